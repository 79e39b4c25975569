"""One run between the first and the last line of its trace: observe, decide, hand over."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from fixit_runtime.agent import loop
from fixit_runtime.agent.action import steps
from fixit_runtime.agent.action.beliefs import GridEstimator
from fixit_runtime.agent.action.model_proposer import ModelProposer
from fixit_runtime.agent.capital.records import encode
from fixit_runtime.agent.capital.resume import Earlier, restore
from fixit_runtime.agent.capital.trace import FileTrace
from fixit_runtime.agent.config import Settings
from fixit_runtime.agent.deliver import deliver
from fixit_runtime.agent.demand.catalog import parse_models
from fixit_runtime.agent.demand.models import LiteLLMGateway
from fixit_runtime.agent.errors import EnvironmentFailed, FixitError
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.report.conclude import Header, Story, conclude, cut_short
from fixit_runtime.agent.report.progress import Progress
from fixit_runtime.agent.report.record import Ended, RunReport
from fixit_runtime.agent.seams import (
    Booking,
    Candidate,
    Clock,
    Decision,
    Policy,
    Proposer,
    RunLimits,
    Sandbox,
    State,
    SuiteRun,
    Suspect,
    TestCommand,
    TestFacts,
)
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tools.baseline import observe
from fixit_runtime.tools.detect import DetectedTests
from fixit_runtime.tools.localise import localise
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.repair.coverage import Coverage
from fixit_runtime.tools.repair.search import SearchProposer
from fixit_runtime.tools.source import SourceTree
from fixit_runtime.tools.warm import WarmCommand

RERUNS = 2
FIRST_RUN = RunLimits(wall_s=600.0, cpu_s=600.0)
SLACK_FACTOR, SLACK_S = 10.0, 20.0  # a candidate's suite against the baseline's


@dataclass(frozen=True, slots=True)
class Host:
    """What a run takes from the machine that it runs on."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    clock: Clock = time.monotonic
    now: Clock = time.time


@dataclass(frozen=True, slots=True)
class Done:
    """A finished run. `failure` is set where the patch could not be written as the flags asked;
    the patch itself is in the report all the same."""

    report: RunReport
    failure: FixitError | None = None


@dataclass(frozen=True, slots=True)
class Metered:
    """A test command that charges every run to the ledger: the baseline is not free."""

    command: TestCommand
    ledger: Ledger
    clock: Clock
    cpu_usd_per_s: float

    @property
    def text(self) -> str:
        return self.command.text

    def collect(self, sandbox: Sandbox, *, limits: RunLimits) -> tuple[str, ...]:
        collect = getattr(self.command, "collect", None)
        return tuple(collect(sandbox, limits=limits)) if collect else ()

    def run(
        self,
        sandbox: Sandbox,
        nodeids: Sequence[str] | None = None,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        coverage: bool = False,
        stop_at_first_failure: bool = False,
    ) -> SuiteRun:
        started = self.clock()
        run = self.command.run(
            sandbox,
            nodeids,
            limits=limits,
            coverage=coverage,
            stop_at_first_failure=stop_at_first_failure,
        )
        seconds, usd = self.clock() - started, run.cpu_s * self.cpu_usd_per_s
        self.ledger.charge(Spend(usd=usd, seconds=seconds, cpu_s=run.cpu_s))
        return run


@dataclass(slots=True)
class Session:
    """One run between its first and its last line of trace."""

    root: Path
    settings: Settings
    policy: Policy
    host: Host
    say: Callable[[str], None]
    progress: Progress
    ledger: Ledger
    trace: FileTrace
    notes: list[str]
    story: Story = field(default_factory=Story)
    facts: TestFacts | None = None
    sandbox_name: str = ""
    coverage: Coverage = field(default_factory=Coverage)

    def to_the_end(
        self,
        stack: ExitStack,
        make: Callable[[], Sandbox],
        detected: DetectedTests,
        snapshot: Snapshot,
        gateway: LiteLLMGateway | None,
        past: Earlier | None,
    ) -> Done:
        try:
            sandbox = make()
            self.sandbox_name = sandbox.name
            stack.callback(sandbox.close)
            sandbox.start()
            facts = self.facts = self.observe(sandbox, detected)
            if not facts.failing:
                return Done(self.nothing_to_do(facts))
            tree = SourceTree(self.root, snapshot.files)
            bench = self.bench(sandbox, make, detected.command, tree, facts)
            proposers = self.proposers(bench, tree, gateway)
            return self.decide(bench, proposers, tree, facts, past)
        except KeyboardInterrupt:
            again = f"interrupted; go on with: fixit --resume {self.trace.run}"
            return Done(self.cut_short(Ended.INTERRUPTED, again))
        except EnvironmentFailed as error:
            return Done(self.cut_short(Ended.ENVIRONMENT_FAILED, str(error)))

    def observe(self, sandbox: Sandbox, detected: DetectedTests) -> TestFacts:
        """What fails on the untouched copy. Charged, like every run of a test."""
        before = self.ledger.spent
        prices = self.settings.economy
        metered = Metered(detected.command, self.ledger, self.host.clock, prices.cpu_usd_per_s)
        named = (*self.settings.failing, *detected.named)
        facts = observe(
            metered, sandbox, named=named, reruns=RERUNS, limits=self.first_limits(), say=self.say
        )
        spent = encode(self.ledger.spent - before)
        self.trace.append(
            "tool", {"name": "baseline", "facts": encode(facts), "spent": spent}, sync=True
        )
        return facts

    def first_limits(self) -> RunLimits:
        """Of a run about which nothing is known yet: what the deadline leaves."""
        left = min(self.ledger.left_s, FIRST_RUN.wall_s)
        return replace(FIRST_RUN, wall_s=max(left, 1.0), cpu_s=max(left, 1.0))

    def bench(
        self,
        sandbox: Sandbox,
        make: Callable[[], Sandbox],
        command: TestCommand,
        tree: SourceTree,
        facts: TestFacts,
    ) -> steps.Bench:
        limits = RunLimits(
            wall_s=facts.suite_s * SLACK_FACTOR + SLACK_S,
            cpu_s=facts.suite_cpu_s * SLACK_FACTOR + SLACK_S,
        )
        return steps.Bench(
            sandbox,
            make,
            self.warmed(command),
            command,
            tree.read,
            self.settings.economy,
            self.host.clock,
            limits,
        )

    def warmed(self, command: TestCommand) -> TestCommand:
        """The same verdicts by forks of a warm interpreter, where the tests are pytest's."""
        return WarmCommand(command, say=self.say) if isinstance(command, PytestCommand) else command

    def proposers(
        self, bench: steps.Bench, tree: SourceTree, gateway: LiteLLMGateway | None
    ) -> list[Proposer]:
        """The search tier, and each model that the user named."""
        search = SearchProposer(
            bench.sandbox,
            bench.command,
            tree.read,
            tree.python_files(),
            prices=bench.prices,
            clock=bench.clock,
            coverage=self.coverage,
        )
        free: list[Proposer] = [search] if self.settings.search else []
        if gateway is None:
            return free
        edits = self.settings.allow_test_edits
        seed = self.settings.seed
        return [
            *free,
            *(
                ModelProposer(
                    model, model, gateway, bench, gateway.prices, allow_test_edits=edits, seed=seed
                )
                for model in parse_models(self.settings.models)
            ),
        ]

    def decide(
        self,
        bench: steps.Bench,
        proposers: Sequence[Proposer],
        tree: SourceTree,
        facts: TestFacts,
        past: Earlier | None,
    ) -> Done:
        """Build the menu, let the loop run, and hand over what it ends with."""
        prices = self.settings.economy
        checks = steps.checks(facts, prices)
        estimator = GridEstimator(checks)
        state = State(estimator.belief(facts, [p.tier for p in proposers]), facts)
        if past:
            state = restore(state, past, steps.advance)
            for decision, booking in zip(past.decisions, past.bookings, strict=True):
                self.story.decided(decision)
                self.story.booked(booking)
        menu = steps.menu(bench, partial(_localise, tree, self.coverage), proposers, checks)
        controls = loop.Controls(
            self.policy,
            prices,
            self.settings.seed,
            self.settings.explore,
            estimators=(estimator.version,),
        )
        watch = loop.Watch(self.decided, self.booked)
        state = loop.run(state, menu, steps.advance, controls, self.ledger, self.trace, watch)
        report = conclude(state, self.story, self.ledger.spent, self.header(), self.policy)
        best = state.best
        if report.outcome is not Ended.FIXED or best is None:
            return Done(report)
        return self.deliver(report, best, tree)

    def deliver(self, report: RunReport, best: Candidate, tree: SourceTree) -> Done:
        originals = {path: tree.read(path) for path in best.files}
        try:
            lines = deliver(self.root, self.settings, best.files, originals)
        except FixitError as error:
            return Done(report, error)
        return Done(report.model_copy(update={"notes": [*report.notes, *lines]}))

    def nothing_to_do(self, facts: TestFacts) -> RunReport:
        if facts.flaky:
            reason = (
                f"{len(facts.flaky)} test(s) fail only now and then; a patch could not be judged"
            )
            return self.cut_short(Ended.FLAKY, reason)
        return self.cut_short(Ended.NOTHING_TO_FIX, f"all {len(facts.passing)} tests pass")

    def cut_short(self, outcome: Ended, reason: str) -> RunReport:
        spent = self.ledger.spent
        return cut_short(outcome, reason, self.header(), spent, facts=self.facts, story=self.story)

    def header(self) -> Header:
        return Header(
            self.settings.economy,
            self.trace.run,
            str(self.trace.path),
            self.sandbox_name,
            tuple(self.notes),
        )

    def decided(self, decision: Decision) -> None:
        self.story.decided(decision)
        self.progress.decided(decision)

    def booked(self, booking: Booking) -> None:
        self.story.booked(booking)
        self.progress.booked(booking)


def _localise(
    tree: SourceTree, coverage: Coverage, facts: TestFacts, run: SuiteRun
) -> tuple[Suspect, ...]:
    coverage.learn(run)
    return localise(facts, run, tree.text)
