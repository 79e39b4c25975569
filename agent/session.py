"""One run between the first and the last line of its trace: observe, decide, hand over."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from fixit_runtime.agent import loop
from fixit_runtime.agent.action import evidence, steps, verify
from fixit_runtime.agent.action.autonomy import ActionClass, Schedule, option_value
from fixit_runtime.agent.action.bench import Bench
from fixit_runtime.agent.action.checks import (
    SAID_BEHAVIOUR,
    SAID_PATCH,
    CheckModel,
    CheckTable,
    shipped_checks,
)
from fixit_runtime.agent.action.duals import tighten
from fixit_runtime.agent.action.estimator import NOTHING_FITTED, GridEstimator
from fixit_runtime.agent.action.features import of_tree
from fixit_runtime.agent.action.fit import Fit
from fixit_runtime.agent.action.learned import learned
from fixit_runtime.agent.action.metered import Metered
from fixit_runtime.agent.action.model_proposer import ModelProposer
from fixit_runtime.agent.action.policies import IndexPolicy
from fixit_runtime.agent.action.questions import answered, question_for, told
from fixit_runtime.agent.capital.outcomes import SEEN, tried
from fixit_runtime.agent.capital.reading import REPAIRED
from fixit_runtime.agent.capital.records import decode, encode
from fixit_runtime.agent.capital.resume import ANSWER, COVERAGE, Earlier, restore
from fixit_runtime.agent.capital.trace import FileTrace
from fixit_runtime.agent.config import Settings
from fixit_runtime.agent.controls import untightened
from fixit_runtime.agent.deliver import Ask, deliver, offers, wanted
from fixit_runtime.agent.demand.catalog import parse_models
from fixit_runtime.agent.demand.models import LiteLLMGateway
from fixit_runtime.agent.demand.router import permitted
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.errors import EnvironmentFailed, FixitError, LimitReached, TraceError
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.report.conclude import Asked, Header, Story, conclude, cut_short
from fixit_runtime.agent.report.progress import Progress
from fixit_runtime.agent.report.record import Ended, RunReport
from fixit_runtime.agent.seams import (
    Booking,
    Candidate,
    Clock,
    Decision,
    Policy,
    Proposer,
    Question,
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
from fixit_runtime.tools.repair.coverage import Coverage, Traced
from fixit_runtime.tools.repair.prior import Prior
from fixit_runtime.tools.repair.search import SearchProposer
from fixit_runtime.tools.source import SourceTree
from fixit_runtime.tools.typecheck import type_checker
from fixit_runtime.tools.warm import WarmCommand

RERUNS = 2
ANSWER_S = 20.0  # of a person's attention, to answer one question
FIRST_RUN = RunLimits(wall_s=600.0, cpu_s=600.0)
SLACK_FACTOR, SLACK_S = 10.0, 20.0  # a candidate's suite against the baseline's


@dataclass(frozen=True, slots=True)
class Host:
    """What a run takes from the machine that it runs on."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    clock: Clock = time.monotonic
    now: Clock = time.time
    ask: Ask | None = None  # asks the person at the terminal; None where there is nobody


@dataclass(frozen=True, slots=True)
class Done:
    """A finished run. `failure` is set where the patch could not be written as the flags asked;
    the patch itself is in the report all the same. `question` is what a deferred run asks."""

    report: RunReport
    failure: FixitError | None = None
    question: Question | None = None


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
    schedule: Schedule = field(default_factory=Schedule)
    coverage: Coverage = field(default_factory=Coverage)
    prior: Prior | None = None
    known: Fit = NOTHING_FITTED  # of tiers, before what the state folder tells of them
    shipped_state: bool = False  # whether the repository brought the state folder with it
    handover_usd: float = 0.0

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
            fast = self.warmed(detected.command)
            facts = self.facts = self.observe(sandbox, detected, fast)
            if not facts.failing:
                return Done(self.nothing_to_do(facts))
            tree = SourceTree(self.root, snapshot.files)
            bench = self.bench(sandbox, make, detected.command, fast, tree, facts)
            proposers = permitted(self.proposers(bench, tree, gateway), self.settings.allow)
            return self.decide(bench, proposers, tree, facts, past)
        except KeyboardInterrupt:
            again = f"interrupted; go on with: fixit --resume {self.trace.run}"
            return Done(self.cut_short(Ended.INTERRUPTED, again))
        except EnvironmentFailed as error:
            return Done(self.cut_short(Ended.ENVIRONMENT_FAILED, str(error)))
        except LimitReached as error:
            return Done(self.cut_short(Ended.DEFERRED, f"before a step was taken, {error}"))

    def observe(self, sandbox: Sandbox, detected: DetectedTests, fast: TestCommand) -> TestFacts:
        """Start the sandbox, and see what fails on the untouched copy. Every run is charged."""
        started = self.host.clock()
        before = self.ledger.spent
        sandbox.start()
        start_s = self.host.clock() - started
        self.ledger.charge(Spend(seconds=start_s))
        cold, quick = (
            Metered(command, self.ledger, self.host.clock, self.settings.economy.cpu_usd_per_s)
            for command in (detected.command, fast)
        )
        facts = observe(
            cold,
            sandbox,
            named=(*self.settings.failing, *detected.named),
            reruns=RERUNS,
            quick=quick if fast is not detected.command else None,
            limits=self.first_limits(),
            say=self.say,
        )
        facts = replace(facts, sandbox_s=start_s)
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
        fast: TestCommand,
        tree: SourceTree,
        facts: TestFacts,
    ) -> Bench:
        limits = RunLimits(
            wall_s=facts.suite_s * SLACK_FACTOR + SLACK_S,
            cpu_s=facts.suite_cpu_s * SLACK_FACTOR + SLACK_S,
        )
        return Bench(
            sandbox,
            make,
            fast,
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
        self, bench: Bench, tree: SourceTree, gateway: LiteLLMGateway | None
    ) -> list[Proposer]:
        """The search tier, and each model that the user named."""
        search = SearchProposer(
            bench.sandbox,
            bench.command,
            tree.read,
            tree.python_files(),
            prices=bench.prices,
            clock=bench.clock,
            prior=self.prior,
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
        bench: Bench,
        proposers: Sequence[Proposer],
        tree: SourceTree,
        facts: TestFacts,
        past: Earlier | None,
    ) -> Done:
        """Build the menu, let the loop run, and hand over what it ends with."""
        submit = self.submit()
        self.handover_usd = submit.asks_usd(self.settings.economy)
        prices = self.prices
        table = shipped_checks()
        typed = type_checker(tree.text, bench.sandbox)
        checks = (
            *verify.owed(facts, prices, table),
            *evidence.optional(table, proposers, typed),
        )
        tiers = [p.tier for p in proposers]
        estimator = self.estimator(checks, tiers, tree, past)
        sources = estimator.sources(tiers)
        seen = {"name": SEEN, "values": estimator.seen(facts), "estimators": sources}
        self.trace.append("tool", seen)
        state = State(estimator.belief(facts, tiers), facts)
        self.story.belief, self.story.tiers = state.belief, tuple(tiers)
        if past:
            state = self.restored(state, past, proposers)
        checking = evidence.verifications(bench, checks, table, proposers, typed)
        menu = steps.menu(bench, partial(self.localised, tree), proposers, checking, submit)
        controls = loop.Controls(
            self.policy,
            prices,
            self.settings.seed,
            self.settings.explore,
            estimators=(*sources, f"checks {table.version}"),
            tighten=tighten if isinstance(self.policy, IndexPolicy) else untightened,
        )
        watch = loop.Watch(self.decided, self.booked)
        state = loop.run(state, menu, steps.advance, controls, self.ledger, self.trace, watch)
        asked = self.asked(state, table) if state.ended == "deferred" else None
        report = conclude(state, self.story, self.ledger.spent, self.header(), controls, asked)
        best = state.best
        if report.outcome is not Ended.FIXED or best is None:
            return Done(report, question=asked.question if asked else None)
        originals = {path: tree.read(path) for path in best.files}
        fix = {"name": REPAIRED, "candidate": best.id, "originals": originals}
        self.trace.append("tool", fix, sync=True)
        return self.deliver(report, best, tree)

    def localised(self, tree: SourceTree, facts: TestFacts, run: SuiteRun) -> tuple[Suspect, ...]:
        """The suspects after a traced run; what it shows of lines is kept, for a run that goes
        on with this one too."""
        self.coverage.learn(run)
        self.trace.append("tool", {"name": COVERAGE, "traced": encode(self.coverage.traced)})
        return localise(facts, run, tree.text)

    def estimator(
        self,
        checks: Sequence[CheckModel],
        tiers: Sequence[str],
        tree: SourceTree,
        past: Earlier | None,
    ) -> GridEstimator:
        """What is known of the tiers: the user's own fit, or what is assumed, and what earlier
        runs of this state folder tell. What they tell is noted, for the receipt."""
        known, state_dir = self.known, self.trace.path.parent.parent
        if self.settings.learn and self.shipped_state:
            self.say("beliefs: git tracks the state folder, so its outcomes are not learned from")
        elif self.settings.learn:
            seen = tried(state_dir, without=past.run if past else self.trace.run)
            known = learned(known, seen, tiers, str(self.root))
        size = of_tree(tree.text(path) or "" for path in tree.python_files())
        estimator = GridEstimator(tuple(checks), known.model, known.costs, size)
        version, *own = estimator.sources(tiers)
        if own or version != NOTHING_FITTED.model.version:
            self.say(f"beliefs: {'; '.join((version, *own))}")
        return estimator

    def submit(self) -> steps.Submit:
        """Showing the patch, at the price of what handing it over then asks of a person."""
        classes = wanted(self.settings)
        asked = sum(self.schedule.oversight_usd(c, flag=True) for c in classes)
        person = self.host.ask is not None
        if offers(self.root, self.settings, self.schedule, person=person):
            asked += self.schedule.oversight_usd(ActionClass.WRITE, flag=False)
        tail = sum(self.schedule.rules[c].tail_usd() for c in classes)
        final = sum(self.schedule.rules[c].irreversible_events for c in classes)
        return steps.Submit(oversight_usd=asked, harm_usd=tail, irreversible_events=final)

    def asked(self, state: State, table: CheckTable) -> Asked | None:
        """What would settle it, and what an answer is worth: showing the best candidate then,
        where that pays, against not showing it now."""
        question, best = question_for(state), state.best
        if question is None or best is None:
            return Asked(question) if question else None
        look = table.of(SAID_PATCH if question.about else SAID_BEHAVIOUR)
        time_usd = ANSWER_S * self.schedule.human_usd_per_h / 3600.0
        chance = state.belief.chance_of(best.id)
        return Asked(question, option_value(chance, self.settings.economy, look, time_usd))

    def restored(self, state: State, past: Earlier, proposers: Sequence[Proposer]) -> State:
        """The state as the earlier run left it, and with the user's answer to its question."""
        models = frozenset(p.tier for p in proposers if isinstance(p, ModelProposer))
        hear = partial(steps.hear, listening=models)
        state = restore(state, past, steps.advance, hear)
        with suppress(TraceError):  # then the search knows less of lines
            self.coverage.recall(decode(Traced, past.coverage))
        for done in past.steps:
            self.story.decided(done.decision)
            self.story.booked(done.booking)
        if past.question is None or self.settings.answer is None:
            return state
        said = answered(past.question, self.settings.answer)
        self.trace.append("tool", {"name": ANSWER, "answered": encode(said)}, sync=True)
        heard = hear(state, said)
        self.say(told(said, state, heard, bool(models)))
        return heard

    def deliver(self, report: RunReport, best: Candidate, tree: SourceTree) -> Done:
        originals = {path: tree.read(path) for path in best.files}
        try:
            lines = deliver(
                self.root, self.settings, best.files, originals, self.schedule, self.host.ask
            )
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

    @property
    def prices(self) -> Prices:
        """What the user says things are worth, and what handing a patch over asks for."""
        return replace(self.settings.economy, handover_usd=self.handover_usd)

    def header(self) -> Header:
        return Header(
            self.prices,
            self.trace.run,
            str(self.trace.path),
            self.sandbox_name,
            tuple(self.notes),
            self.ledger.limits,
        )

    def decided(self, decision: Decision) -> None:
        self.story.decided(decision)
        self.progress.decided(decision)

    def booked(self, booking: Booking) -> None:
        self.story.booked(booking)
        self.progress.booked(booking)
