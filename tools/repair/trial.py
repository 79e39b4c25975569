"""Runs tests on candidates in the sandbox, many at once where the command can, and charges what
that costs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace

from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.errors import LimitReached
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import (
    Clock,
    Outcome,
    RunLimits,
    Sandbox,
    SuiteRun,
    TestCommand,
    TestFacts,
    TestResult,
)
from fixit_runtime.tools.bounded import Bounded
from fixit_runtime.tools.judge import Judgement, judge
from fixit_runtime.tools.probe_report import TIMED_OUT
from fixit_runtime.tools.repair.batches import Batches, Texts, runs
from fixit_runtime.tools.source import to_bytes
from fixit_runtime.tools.within import Within, left_cpu_s, left_wall_s

START_CPU_S = 0.6  # the interpreter, pytest and the imports, until measured
TICK_S = 1e-3  # no run is expected to be shorter
SHARED_START = 0.15  # of a start, that a candidate costs where many share one, until measured
START_CPU_MOST_S = 10.0
HUNG_CPU_S = 0.3  # what tests that hung are given once repaired: each wrong candidate may hang
# again, so a generous guess would cost most of the budget
QUICK_CPU_S = 0.1  # and four times what the tests took: of a candidate that is only swapped in
MEASURED_FROM = 3  # ended runs after which what they took is believed
LATE_TO_DOUBT = 3
LATE_TO_RAISE = 8
TOGETHER = 6  # so many failing tests are all run, to see which of them turn green
DEAR = 5.0  # times what the cheapest failing test takes: then that is asked first, alone
OUTPUT_BYTES = 200_000
_RED = (Outcome.FAILED, Outcome.ERROR)


@dataclass(slots=True)
class Meter:
    """What runs have cost so far. `slowest_cpu_s` is of runs in a new process that ended by
    themselves."""

    runs: int = 0
    ended: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    slowest_cpu_s: float = 0.0
    late_in_a_row: int = 0

    def add(self, run: SuiteRun, seconds: float) -> None:
        self.runs += 1
        self.cpu_s += run.cpu_s
        self.wall_s += seconds
        if run.screened:
            return
        if is_late(run):
            self.late_in_a_row += 1
        elif run.returncode >= 0:
            self.ended += 1
            self.late_in_a_row = 0
            self.slowest_cpu_s = max(self.slowest_cpu_s, run.cpu_s)

    @property
    def is_sure(self) -> bool:
        """Whether the slowest run so far bounds the next. Several in a row that ran out of time
        may mean that runs have become slower: a warm worker was lost, say."""
        return self.ended >= MEASURED_FROM and self.late_in_a_row < LATE_TO_DOUBT


@dataclass(frozen=True, slots=True)
class Tried:
    """What the tests say of one candidate. `late`: its time was up, so that more time might
    show something else."""

    judgement: Judgement
    late: bool
    results: tuple[TestResult, ...] = ()


@dataclass(frozen=True)
class Trial:
    """The tests of one task as the check of a candidate.

    `read` gives a file's original text, which is put back after each run.
    """

    sandbox: Sandbox
    command: TestCommand
    read: Callable[[str], str | None]
    prices: Prices
    clock: Clock
    meter: Meter = field(default_factory=Meter)

    def each(
        self, facts: TestFacts, batch: Sequence[Texts], ledger: Ledger, *, patience: float = 1.0
    ) -> Generator[Tried]:
        """Whether the failing tests pass on each candidate, in order. Every run is charged as
        it ends; nothing more is run once the iterator is closed, and it ends early where the
        deadline or the cap leaves no more: a run that they cut short says nothing.

        Where some failing tests are dear, or hang in the untouched copy, another is asked
        first, and these only where it passes.

        Args:
            patience: factor on the time that a candidate is given.

        Raises:
            SandboxError, EnvironmentFailed: not for anything that a candidate does.
        """
        first = replace(facts, failing=asked_first(facts))
        whole = len(first.failing) == len(facts.failing)
        stop = not whole or len(facts.failing) > TOGETHER
        made = self._runs(first, batch, ledger, patience, stop=stop, meter=self.meter)
        try:
            for files, run in zip(batch, made, strict=False):
                tried = _tried(first, run)
                if tried.judgement.ok and not whole:
                    both = list(self._runs(facts, [files], ledger, patience, stop=True))
                    if not both:
                        return
                    tried = _tried(facts, both[0])
                yield tried
        finally:
            made.close()

    def broken(
        self,
        facts: TestFacts,
        batch: Sequence[Texts],
        nodeids: Sequence[str],
        ledger: Ledger,
        *,
        seconds: float,
    ) -> Iterator[str]:
        """The test among these passing ones that each candidate breaks; "" for none, and where
        that takes much longer than `seconds`, which they took in the untouched copy. Ends early
        as `each` does."""
        took = TestResult("", Outcome.PASSED, seconds)
        neighbours = replace(facts, failing=tuple(nodeids), passing=(), reports=(took,))
        for run in self._runs(neighbours, batch, ledger, 1.0, stop=True):
            red = next((result for result in run.results if result.outcome in _RED), None)
            yield red.nodeid if red and red.error_type != TIMED_OUT else ""

    def limits(self, facts: TestFacts, patience: float = 1.0) -> RunLimits:
        """Those of a quick run, one second, and twice what a start takes; the wall limit is a
        backstop for what sleeps."""
        hangs = any(report.error_type == TIMED_OUT for report in facts.reports)
        start = self._start_cpu_s(facts, hangs=hangs)
        quick_s = self.quick_limits(facts, patience).cpu_s
        cpu_s = quick_s + 1.0 + (HUNG_CPU_S if hangs else 0.0) + 2.0 * start
        return RunLimits(wall_s=3.0 * cpu_s + 5.0, cpu_s=cpu_s, output_bytes=OUTPUT_BYTES)

    def quick_limits(self, facts: TestFacts, patience: float = 1.0) -> RunLimits:
        """Of a candidate in a process that has imported everything: four times what the failing
        tests took, and a little. What this is too short for is asked again, with patience."""
        cpu_s = (QUICK_CPU_S + 4.0 * _tests_s(facts)) * patience
        return RunLimits(wall_s=5.0 * cpu_s + 1.0, cpu_s=cpu_s, output_bytes=OUTPUT_BYTES)

    def expected(self, facts: TestFacts) -> tuple[float, float]:
        """CPU and wall seconds of the next run: the mean so far, or else a documented guess."""
        if self.meter.runs:
            return self.meter.cpu_s / self.meter.runs, self.meter.wall_s / self.meter.runs
        start = min(facts.suite_cpu_s or START_CPU_S, START_CPU_S)
        if isinstance(self.command, Batches):
            start *= SHARED_START
        first = min((_expected_s(r.error_type, r.seconds) for r in facts.reports), default=0.0)
        return start + first, start + first

    def charge(self, run_cpu_s: float, seconds: float, ledger: Ledger) -> None:
        """Book CPU seconds of the sandbox, and wall seconds wherever they went."""
        usd = run_cpu_s * self.prices.cpu_usd_per_s
        ledger.charge(Spend(usd=usd, seconds=seconds, cpu_s=run_cpu_s))

    def _start_cpu_s(self, facts: TestFacts, *, hangs: bool) -> float:
        """What comes before the tests, at most: imports and collection. Where a test hangs, the
        suite's time tells nothing of it, and a guess holds until it proves too small."""
        meter = self.meter
        if hangs:
            doubtful = meter.ended == 0 and meter.late_in_a_row >= LATE_TO_RAISE
            most = START_CPU_MOST_S if doubtful else 2 * START_CPU_S
        else:
            rest = facts.suite_cpu_s - sum(report.seconds for report in facts.reports)
            most = min(max(rest, START_CPU_S), START_CPU_MOST_S)
        return min(most, meter.slowest_cpu_s) if meter.is_sure else most

    def bounded(self, ledger: Ledger) -> Sandbox:
        """The sandbox, with no more for any command than the deadline and the cap leave."""
        return Bounded(self.sandbox, ledger, self.prices.cpu_usd_per_s)

    def _runs(
        self,
        facts: TestFacts,
        batch: Sequence[Texts],
        ledger: Ledger,
        patience: float,
        *,
        stop: bool,
        meter: Meter | None = None,
    ) -> Generator[SuiteRun]:
        """The facts' failing tests on each candidate; ends early at the deadline or the cap."""
        begun = 0
        while begun < len(batch):
            todo = batch[begun:]
            made = self._together(facts, todo, ledger, patience, stop=stop, meter=meter)
            ran, cut = yield from made
            if cut:
                return
            begun += ran

    def _room(
        self, facts: TestFacts, ledger: Ledger, patience: float, count: int
    ) -> tuple[Within, RunLimits, int]:
        """Limits of a run, those of a quick one, and how many candidates may share a request:
        as many as are expected to take half of what is left, so that the other half is there for
        one that must be run in a process of its own. Raises LimitReached."""
        price, quick = self.prices.cpu_usd_per_s, self.quick_limits(facts, patience)
        within = Within.of(self.limits(facts, patience), ledger, price)
        half_s, half_cpu_s = left_wall_s(ledger) / 2, left_cpu_s(ledger, price) / 2
        each_cpu_s, each_s = (max(each, TICK_S) for each in self.expected(facts))
        most = min(count, half_s / each_s, half_cpu_s / each_cpu_s)
        if most >= 2:
            kept = within.kept
            kept = replace(kept, wall_s=min(kept.wall_s, half_s), cpu_s=min(kept.cpu_s, half_cpu_s))
            within = replace(within, kept=kept)
        quick = replace(
            quick,
            wall_s=min(quick.wall_s, within.kept.wall_s),
            cpu_s=min(quick.cpu_s, within.kept.cpu_s),
        )
        return within, quick, max(int(most), 1)

    def _together(
        self,
        facts: TestFacts,
        batch: Sequence[Texts],
        ledger: Ledger,
        patience: float,
        *,
        stop: bool,
        meter: Meter | None,
    ) -> Generator[SuiteRun, None, tuple[int, bool]]:
        """One request's runs; how many, and whether a limit has cut the next short. It stops
        before a run for which less is left than its limits say. Test files that one has harmed
        are put back; other harm to the copy is left to the cold confirmation in a fresh sandbox.
        """
        try:
            within, quick, most = self._room(facts, ledger, patience, len(batch))
        except LimitReached:
            return 0, True
        batch = batch[:most]
        originals = {path: self.read(path) for files in batch for path in files}
        made = runs(
            self.command,
            self.sandbox,
            batch,
            originals,
            facts.failing,
            limits=within.kept,
            quick_limits=quick,
            stop_at_first_failure=stop,
        )
        ran = 0
        try:
            started = self.clock()
            for files, run in zip(batch, made, strict=False):
                seconds = self.clock() - started
                self.charge(run.cpu_s, seconds, ledger)
                if not run.screened and _is_cut(within, run) and len(batch) == 1:
                    return ran, True  # of several, it was late, and may be asked again
                if meter is not None:
                    meter.add(run, seconds)
                red = any(result.outcome in _RED for result in run.results)
                if not red and self._mend(facts, originals) and len(batch) > 1:
                    # its own doing, or that of one before: ask it again, alone
                    alone = list(self._runs(facts, [files], ledger, patience, stop=stop))
                    if not alone:
                        return ran, True
                    run = alone[0]
                ran += 1
                yield run
                next_most = quick if run.screened else within.kept
                if left_wall_s(ledger) < next_most.wall_s:
                    break
                if left_cpu_s(ledger, within.cpu_usd_per_s) < next_most.cpu_s:
                    break
                started = self.clock()
        finally:
            made.close()
            self._mend(facts, originals)
        return ran, False

    def _mend(self, facts: TestFacts, originals: Texts) -> bool:
        """Put the tests' own files back where they have changed; whether any had."""
        harmed: dict[str, bytes | None] = {}
        for path in {nodeid.partition("::")[0] for nodeid in facts.failing} - set(originals):
            text = self.read(path)
            if text is not None and self.sandbox.get(path) != to_bytes(text):
                harmed[path] = to_bytes(text)
        if harmed:
            self.sandbox.put(harmed)
        return bool(harmed)


def asked_first(facts: TestFacts) -> tuple[str, ...]:
    """The failing tests that are asked of every candidate: all where they are few and cheap,
    else those that do not hang, else the cheapest of them."""
    reports = {report.nodeid: report for report in facts.reports}
    quick = [n for n in facts.failing if n in reports and reports[n].error_type != TIMED_OUT]
    if not quick:
        return facts.failing
    cheapest = min(quick, key=lambda nodeid: reports[nodeid].seconds)
    all_s = sum(reports[nodeid].seconds for nodeid in quick)
    if len(quick) > TOGETHER or all_s > QUICK_CPU_S + DEAR * reports[cheapest].seconds:
        return (cheapest,)
    return tuple(n for n in facts.failing if n not in reports or n in quick)


def is_late(run: SuiteRun) -> bool:
    """Whether the time of a run was up."""
    return any(result.error_type == TIMED_OUT for result in run.results)


def _is_cut(within: Within, run: SuiteRun) -> bool:
    try:
        within.check_run(run)
    except LimitReached:
        return True
    return False


def _tried(facts: TestFacts, run: SuiteRun) -> Tried:
    return Tried(judge(facts, run, scope="failing"), is_late(run), run.results)


def _tests_s(facts: TestFacts) -> float:
    return sum(r.seconds for r in facts.reports if r.error_type != TIMED_OUT)


def _expected_s(error_type: str, seconds: float) -> float:
    return HUNG_CPU_S if error_type == TIMED_OUT else seconds
