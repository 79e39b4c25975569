"""The menu of steps: plan, act, verify, submit, defer. Each prices itself, and can be done.

An act is quoted together with the failing tests that make it worth something; a candidate
then owes two checks before it may be shown: the rest of the suite, and a cold confirmation in
a fresh sandbox. Both are steps of their own, bought like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fixit_runtime.agent.action.beliefs import CheckModel
from fixit_runtime.agent.action.canary import WHOLE_SUITE_S, hear, word_for
from fixit_runtime.agent.economy import Action, Prices, Quote, Verdict, full_cost
from fixit_runtime.agent.errors import BudgetExceeded, ModelError, UsageError
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import (
    Candidate,
    Clock,
    Proposer,
    Result,
    RunLimits,
    Sandbox,
    Stage,
    State,
    SuiteRun,
    Suspect,
    TestCommand,
    TestFacts,
    replaced,
)
from fixit_runtime.tools.judge import judge
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.source import to_bytes

SUITE = "verify:suite"
CONFIRM = "verify:confirm"
COVERAGE_SLOWDOWN = 4.0  # a traced run against a plain one, until measured
SANDBOX_START_S = 1.0  # a fresh sandbox with its copy, until measured


@dataclass(frozen=True, slots=True)
class Bench:
    """What the steps work on: the sandbox in use, a way to open a fresh one, the tests.

    `cold` runs the tests in a new interpreter each time; `command` may be a faster way to the
    same verdicts. What is called fixed was seen cold.
    """

    sandbox: Sandbox
    fresh: Callable[[], Sandbox]
    command: TestCommand
    cold: TestCommand
    originals: Callable[[str], str | None]
    prices: Prices
    clock: Clock
    limits: RunLimits

    def spend(self, run: SuiteRun, started: float) -> Spend:
        """What a run of tests cost: wall seconds since `started`, CPU at its price."""
        usd = run.cpu_s * self.prices.cpu_usd_per_s
        return Spend(usd=usd, seconds=self.clock() - started, cpu_s=run.cpu_s)

    def test(
        self, command: TestCommand, sandbox: Sandbox, files: Mapping[str, str | None]
    ) -> SuiteRun:
        """The whole suite with these files in place; the originals are put back after."""
        sandbox.put({path: _bytes(text) for path, text in files.items()})
        try:
            return command.run(sandbox, limits=self.limits)
        finally:
            sandbox.put({path: _bytes(self.originals(path)) for path in files})

    def test_fresh(
        self, files: Mapping[str, str | None], nodeids: Sequence[str] | None = None
    ) -> SuiteRun:
        """These tests, or all, cold in a fresh sandbox with these files in place."""
        sandbox = self.fresh()
        try:
            sandbox.start()
            sandbox.put({path: _bytes(text) for path, text in files.items()})
            return self.cold.run(sandbox, nodeids, limits=self.limits)
        finally:
            sandbox.close()


def checks(facts: TestFacts, prices: Prices) -> tuple[CheckModel, ...]:
    """The two checks that every candidate owes, with this repository's costs.

    Sensitivities and specificities are assumptions (assumed/1): the rest of a suite stops
    about half of the wrong patches that turn the failing tests green; the cold repeat tells
    of little but flakiness and leftovers.
    """
    suite = _checking(SUITE, facts, prices, fresh=False)
    confirm = _checking(CONFIRM, facts, prices, fresh=True)
    return (
        CheckModel(SUITE, Stage.GREEN, Stage.SAFE, 0.99, 0.5, full_cost(suite, prices)),
        CheckModel(CONFIRM, Stage.SAFE, Stage.CONFIRMED, 0.99, 0.1, full_cost(confirm, prices)),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """Localise: one traced run of the suite, and the lines that the failing tests point at."""

    bench: Bench
    localise: Callable[[TestFacts, SuiteRun], tuple[Suspect, ...]]
    option: str = "plan:localise"

    def quote(self, state: State) -> Quote | None:
        if state.planned or state.best:
            return None
        seconds = state.facts.suite_s * COVERAGE_SLOWDOWN
        usd = state.facts.suite_cpu_s * COVERAGE_SLOWDOWN * self.bench.prices.cpu_usd_per_s
        return Quote(
            self.option,
            Action.PLAN,
            cost_usd=usd,
            cost_worst_usd=usd,
            latency_s=seconds,
            outcomes=((Verdict.INFORMED, 1.0),),
            sources=("suite time x4",),
        )

    def do(self, state: State, ledger: Ledger) -> Result:
        started = self.bench.clock()
        run = self.bench.cold.run(self.bench.sandbox, limits=self.bench.limits, coverage=True)
        ledger.charge(self.bench.spend(run, started))
        suspects = self.localise(state.facts, run)
        detail = f"{len(suspects)} suspicious lines"
        if suspects:
            detail += f", first {suspects[0].path}:{suspects[0].line}"
        return Result(Verdict.INFORMED, suspects=suspects, detail=detail)


@dataclass(frozen=True, slots=True)
class Act:
    """One slice of a proposer, with the failing tests run on what it proposes."""

    proposer: Proposer

    @property
    def option(self) -> str:
        return f"act:{self.proposer.tier}"

    def quote(self, state: State) -> Quote | None:
        if self.proposer.tier in state.exhausted:
            return None
        quote = self.proposer.quote(state)
        return None if quote is None else replace(quote, option=self.option)

    def do(self, state: State, ledger: Ledger) -> Result:
        try:
            proposal = self.proposer.propose(state, ledger)
        except BudgetExceeded as error:
            return Result(Verdict.FAILED, exhausted=True, detail=error.message)
        except (ModelError, UsageError) as error:
            # Other tiers may still do; the failure is told at the end if none does.
            return Result(Verdict.FAILED, exhausted=True, detail=error.message, broken=str(error))
        known = {c.id for c in state.candidates}
        news = tuple(c for c in proposal.candidates if c.id not in known)
        verdict = Verdict.ACCEPT if news else Verdict.REJECT
        return Result(
            verdict,
            candidates=(*news, *proposal.refused),
            exhausted=proposal.exhausted,
            cursor=proposal.cursor,
            detail=proposal.detail or f"{proposal.tried} tried, {len(news)} pass",
            question=proposal.question,
            tried=proposal.tried,
        )


@dataclass(frozen=True, slots=True)
class Verify:
    """One owed check of the best candidate: the whole suite, here or cold in a fresh sandbox.

    In a fresh one together with a canary: the failing tests, made to fail again, must fail.
    """

    bench: Bench
    check: CheckModel
    fresh: bool = False

    @property
    def option(self) -> str:
        return self.check.option

    def quote(self, state: State) -> Quote | None:
        if state.best is None or state.best.stage is not self.check.source:
            return None
        quote = _checking(self.option, state.facts, self.bench.prices, fresh=self.fresh)
        p = self.check.p_accept(state.belief.chance_of(state.best.id))
        return replace(quote, p_accept=p, outcomes=Quote.attempt(p))

    def do(self, state: State, ledger: Ledger) -> Result:
        candidate = state.best
        if candidate is None:
            return Result(Verdict.FAILED, detail="no candidate to verify")
        bench, files = self.bench, candidate.files
        started = bench.clock()
        if self.fresh:
            run = bench.test_fresh(files)
        else:
            run = bench.test(bench.command, bench.sandbox, files)
        ledger.charge(bench.spend(run, started))
        judgement = judge(state.facts, run, scope="suite")
        why, where = judgement.why, ""
        if judgement.ok and self.fresh:
            why, seen = self._hear(state.facts, candidate, ledger)
            where = f" in a fresh sandbox; {seen}"
        if why:
            refused = replace(candidate, stage=Stage.REJECTED, why_rejected=why)
            return Result(Verdict.REJECT, candidates=(refused,), detail=why)
        passed = replace(candidate, stage=self.check.target)
        count = len(judgement.fixed) + len(state.facts.passing)
        return Result(Verdict.ACCEPT, candidates=(passed,), detail=f"{count} tests pass{where}")

    def _hear(self, facts: TestFacts, candidate: Candidate, ledger: Ledger) -> tuple[str, str]:
        """What the canary shows, as `canary.hear` tells it. Each of its runs is charged."""
        bench = self.bench

        def run(files: Mapping[str, str | None], nodeids: Sequence[str] | None) -> SuiteRun:
            started = bench.clock()
            seen = bench.test_fresh(files, nodeids)
            ledger.charge(bench.spend(seen, started))
            return seen

        return hear(
            facts,
            candidate.files,
            bench.originals,
            run,
            word=word_for(candidate.id),
            extra=isinstance(bench.cold, PytestCommand),
        )


@dataclass(frozen=True, slots=True)
class Submit:
    """Show the best candidate. On the menu only once it owes no check."""

    option: str = "submit"

    def quote(self, state: State) -> Quote | None:
        if state.best is None or state.best.stage is not Stage.CONFIRMED:
            return None
        return Quote(
            self.option, Action.SUBMIT, risk_events=1.0 - state.belief.chance_of(state.best.id)
        )

    def do(self, state: State, ledger: Ledger) -> Result:
        return Result(Verdict.ENDED, detail=state.best.note if state.best else "")


@dataclass(frozen=True, slots=True)
class Defer:
    """Stop without a patch. Always on the menu, and free."""

    option: str = "defer"

    def quote(self, state: State) -> Quote | None:
        return Quote(self.option, Action.DEFER)

    def do(self, state: State, ledger: Ledger) -> Result:
        return Result(Verdict.ENDED)


def menu(
    bench: Bench,
    localise: Callable[[TestFacts, SuiteRun], tuple[Suspect, ...]],
    proposers: Sequence[Proposer],
    checks: Sequence[CheckModel],
) -> list[Plan | Act | Verify | Submit | Defer]:
    """All steps of a repair."""
    return [
        Plan(bench, localise),
        *(Act(p) for p in proposers),
        *(Verify(bench, check, fresh=check.target is Stage.CONFIRMED) for check in checks),
        Submit(),
        Defer(),
    ]


def advance(state: State, quote: Quote, result: Result) -> State:
    """The state once a step has shown its result."""
    ended = {Action.SUBMIT: "submitted", Action.DEFER: "deferred"}.get(quote.action, "")
    cursors = {**state.cursors, quote.tier: result.cursor} if result.cursor else state.cursors
    return replace(
        state,
        belief=state.belief.learn(quote, result),
        candidates=replaced(state.candidates, result.candidates),
        suspects=state.suspects if result.suspects is None else result.suspects,
        planned=state.planned or result.suspects is not None,
        exhausted=state.exhausted | ({quote.tier} if result.exhausted else frozenset()),
        cursors=cursors,
        broken=(*state.broken, result.broken) if result.broken else state.broken,
        question=result.question or state.question,
        steps=state.steps + 1,
        ended=ended,
    )


def _checking(option: str, facts: TestFacts, prices: Prices, *, fresh: bool) -> Quote:
    usd = facts.suite_cpu_s * prices.cpu_usd_per_s
    whole = facts.suite_s <= WHOLE_SUITE_S
    canary_s = facts.suite_s if whole else sum(report.seconds for report in facts.reports)
    return Quote(
        option,
        Action.VERIFY,
        cost_usd=usd,
        cost_worst_usd=usd,
        latency_s=facts.suite_s + (2 * SANDBOX_START_S + canary_s if fresh else 0.0),
        outcomes=((Verdict.ACCEPT, 1.0),),
        sources=("baseline suite time",),
    )


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else to_bytes(text)
