"""Runs the failing tests on one candidate in the sandbox, and charges what that costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import Clock, RunLimits, Sandbox, SuiteRun, TestCommand, TestFacts
from fixit_runtime.tools.judge import Judgement, judge
from fixit_runtime.tools.probe_report import TIMED_OUT
from fixit_runtime.tools.source import to_bytes

START_CPU_S = 0.6  # the interpreter, pytest and the imports, until measured
START_CPU_MOST_S = 10.0
HUNG_CPU_S = 0.3  # what tests that hung are given once repaired: each wrong candidate may hang
# again, so a generous guess would cost most of the budget
MEASURED_FROM = 3  # ended runs after which what they took is believed
LATE_TO_DOUBT = 3
LATE_TO_RAISE = 8
OUTPUT_BYTES = 200_000

Texts = Mapping[str, str | None]


@dataclass(slots=True)
class Meter:
    """What runs have cost so far. `slowest_cpu_s` is of runs that ended by themselves."""

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
        if any(result.error_type == TIMED_OUT for result in run.results):
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


@dataclass(frozen=True)
class Trial:
    """The failing tests of one task as the check of a candidate.

    `read` gives a file's original text, which is put back after each run.
    """

    sandbox: Sandbox
    command: TestCommand
    read: Callable[[str], str | None]
    prices: Prices
    clock: Clock
    meter: Meter = field(default_factory=Meter)

    def passes(self, facts: TestFacts, files: Texts, ledger: Ledger) -> Judgement:
        """Whether the failing tests pass with these files in place.

        What hangs in the untouched copy is run only once the other failing tests pass.

        Raises:
            SandboxError, EnvironmentFailed: not for anything that the candidate does.
        """
        self.sandbox.put({path: _bytes(text) for path, text in files.items()})
        try:
            quick = _quick(facts)
            if quick and len(quick) < len(facts.failing):
                first = self._run(facts, quick, ledger)
                judgement = judge(replace(facts, failing=quick), first, scope="failing")
                if not judgement.ok:
                    return judgement
            return judge(facts, self._run(facts, facts.failing, ledger), scope="failing")
        finally:
            self._tidy(facts, files)

    def _tidy(self, facts: TestFacts, files: Texts) -> None:
        """Put the candidate's files back, and the failing tests' where it harmed them. Other
        harm to the copy is left to the cold confirmation in a fresh sandbox."""
        originals = {path: _bytes(self.read(path)) for path in files}
        for path in {nodeid.partition("::")[0] for nodeid in facts.failing} - set(files):
            data = _bytes(self.read(path))
            if data is not None and self.sandbox.get(path) != data:
                originals[path] = data
        self.sandbox.put(originals)

    def limits(self, facts: TestFacts) -> RunLimits:
        """Four times what the failing tests took, one second, and twice what a start takes; the
        wall limit is a backstop for what sleeps."""
        tests = sum(r.seconds for r in facts.reports if r.error_type != TIMED_OUT)
        hangs = any(report.error_type == TIMED_OUT for report in facts.reports)
        start = self._start_cpu_s(facts, hangs=hangs)
        cpu_s = 1.0 + 4.0 * tests + (HUNG_CPU_S if hangs else 0.0) + 2.0 * start
        return RunLimits(wall_s=3.0 * cpu_s + 5.0, cpu_s=cpu_s, output_bytes=OUTPUT_BYTES)

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

    def expected(self, facts: TestFacts) -> tuple[float, float]:
        """CPU and wall seconds of the next run: the mean so far, or else a documented guess."""
        if self.meter.runs:
            return self.meter.cpu_s / self.meter.runs, self.meter.wall_s / self.meter.runs
        start = min(facts.suite_cpu_s or START_CPU_S, START_CPU_S)
        first = min((_expected_s(r.error_type, r.seconds) for r in facts.reports), default=0.0)
        return start + first, start + first

    def _run(self, facts: TestFacts, nodeids: tuple[str, ...], ledger: Ledger) -> SuiteRun:
        started = self.clock()
        run = self.command.run(
            self.sandbox, nodeids, limits=self.limits(facts), stop_at_first_failure=True
        )
        seconds = self.clock() - started
        usd = run.cpu_s * self.prices.cpu_usd_per_s
        ledger.charge(Spend(usd=usd, seconds=seconds, cpu_s=run.cpu_s))
        self.meter.add(run, seconds)
        return run


def _quick(facts: TestFacts) -> tuple[str, ...]:
    """The failing tests that do not hang."""
    hung = {report.nodeid for report in facts.reports if report.error_type == TIMED_OUT}
    return tuple(nodeid for nodeid in facts.failing if nodeid not in hung)


def _expected_s(error_type: str, seconds: float) -> float:
    return HUNG_CPU_S if error_type == TIMED_OUT else seconds


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else to_bytes(text)
