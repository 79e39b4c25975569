"""The menu of steps: plan, act, submit, defer; what verifies is in `verify` and `evidence`.

Each step prices itself, and can be done. An act is quoted together with the failing tests that
make it worth something; a candidate then owes two checks before it may be shown: the whole suite,
cold in a fresh sandbox, and the confirmation that its verdicts are not forged. Both are steps of
their own, bought like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from fixit_runtime.agent.action.alike import alike
from fixit_runtime.agent.action.bench import Bench
from fixit_runtime.agent.action.traced import traced
from fixit_runtime.agent.economy import Action, Prices, Quote, Verdict
from fixit_runtime.agent.errors import BudgetExceeded, ModelError, UsageError
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import (
    Answered,
    Candidate,
    Proposal,
    Proposer,
    Result,
    Stage,
    State,
    Step,
    SuiteRun,
    Suspect,
    TestFacts,
    Typed,
    replaced,
)

COVERAGE_SLOWDOWN = 4.0  # of tests that are traced, against plain ones, until measured
TYPED_MOST = 400  # functions whose names' types the search is told
COVERING_SHARE = 0.5  # of the passing tests: where more ran a file, they are no shorter way


@dataclass(frozen=True, slots=True)
class Plan:
    """Localise: one traced run of the suite, or of a part of a long one, and the lines that the
    failing tests point at."""

    bench: Bench
    localise: Callable[[TestFacts, SuiteRun], tuple[Suspect, ...]]
    option: str = "plan:localise"

    def quote(self, state: State) -> Quote | None:
        if state.planned or state.best:
            return None
        part, facts = traced(state.facts), state.facts
        seconds = part.start_s + part.tests_s * COVERAGE_SLOWDOWN
        busy = facts.suite_cpu_s / facts.suite_s if facts.suite_s else 1.0
        usd = seconds * busy * self.bench.prices.cpu_usd_per_s
        return Quote(
            self.option,
            Action.PLAN,
            cost_usd=usd,
            cost_worst_usd=usd,
            latency_s=seconds,
            outcomes=((Verdict.INFORMED, 1.0),),
            sources=(f"suite start, tests x{COVERAGE_SLOWDOWN:.0f}",),
        )

    def do(self, state: State, ledger: Ledger) -> Result:
        bench = self.bench
        part = traced(state.facts).nodeids
        run = bench.traced(ledger, part)
        suspects = self.localise(state.facts, run)
        detail = f"{len(suspects)} suspicious lines"
        if suspects:
            detail += f", first {suspects[0].path}:{suspects[0].line}"
        paths = tuple(dict.fromkeys(s.path for s in suspects))
        near = covering(state.facts, run, frozenset(paths))
        return Result(
            Verdict.INFORMED,
            suspects=suspects,
            detail=detail,
            covering=near,
            types=types_in(run, paths),
        )


def types_in(run: SuiteRun, paths: Sequence[str]) -> tuple[Typed, ...]:
    """What the run saw of functions in these files, at most TYPED_MOST; the first files first."""
    places = {path: place for place, path in enumerate(paths)}
    seen = sorted((t for t in run.types if t.path in places), key=lambda t: places[t.path])
    return tuple(seen[:TYPED_MOST])


def covering(
    facts: TestFacts, run: SuiteRun, paths: AbstractSet[str]
) -> dict[str, tuple[str, ...]]:
    """The traced passing tests that ran a line of each file. Files that most run are left out."""
    most = COVERING_SHARE * sum(nodeid in run.coverage for nodeid in facts.passing)
    by_path: dict[str, list[str]] = {path: [] for path in sorted(paths)}
    for nodeid in facts.passing:
        for path in run.coverage.get(nodeid, {}):
            if path in by_path:
                by_path[path].append(nodeid)
    return {path: tuple(tests) for path, tests in by_path.items() if len(tests) <= most}


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
        if quote is None:
            return None
        chances = f"chances: {state.belief.source(self.proposer.tier)}"
        return replace(quote, option=self.option, sources=(*quote.sources, chances))

    def do(self, state: State, ledger: Ledger) -> Result:
        taken = take(self.proposer, state, ledger)
        if isinstance(taken, Result):
            return taken
        news, others, twin = sorted_out(state, taken)
        detail = taken.detail or f"{taken.tried} tried, {len(news)} pass"
        if twin is not None:
            detail += f"; the same change as {twin.note or twin.id}, by another way"
        return Result(
            Verdict.ACCEPT if news or twin else Verdict.REJECT,
            candidates=(*news, *others),
            exhausted=taken.exhausted,
            cursor=taken.cursor,
            detail=detail,
            question=taken.question,
            tried=taken.tried,
            agrees=twin.id if twin else "",
            revealed=taken.revealed,
            renewed=taken.renewed,
        )


def take(proposer: Proposer, state: State, ledger: Ledger) -> Proposal | Result:
    """A slice of the proposer, or what became of it where it could not be had."""
    try:
        return proposer.propose(state, ledger)
    except BudgetExceeded as error:
        return Result(Verdict.FAILED, exhausted=True, detail=error.message)
    except (ModelError, UsageError) as error:
        # Other tiers may still do; the failure is told at the end if none does.
        return Result(Verdict.FAILED, exhausted=True, detail=error.message, broken=str(error))


def sorted_out(
    state: State, proposal: Proposal
) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...], Candidate | None]:
    """What a proposal brought: new candidates that pass, those that were refused, and the
    candidate at hand that another tier has now made too (it is in neither)."""
    known = {c.id for c in state.candidates}
    live = [c for c in state.candidates if c.stage is not Stage.REJECTED]
    repeated = {
        c.id: old
        for c in (*proposal.candidates, *proposal.refused)
        for old in live
        if alike(c, old)
    }
    news = tuple(c for c in proposal.candidates if c.id not in known and c.id not in repeated)
    refused = tuple(c for c in proposal.refused if c.id not in repeated)
    twins = (
        old
        for c in (*proposal.candidates, *proposal.refused)
        if (old := repeated.get(c.id)) is not None and old.tier != c.tier
    )
    return news, refused, next(twins, None)


@dataclass(frozen=True, slots=True)
class Submit:
    """Show the best candidate, and hand it over as far as was asked for. On the menu only once it
    owes no check. What handing it over asks of a person, what it may harm at the worst, and
    whether it can be taken back, has its price."""

    option: str = "submit"
    oversight_usd: float = 0.0
    harm_usd: float = 0.0
    irreversible_events: float = 0.0

    def quote(self, state: State) -> Quote | None:
        if state.best is None or state.best.stage is not Stage.CONFIRMED:
            return None
        return Quote(
            self.option,
            Action.SUBMIT,
            risk_events=1.0 - state.belief.chance_of(state.best.id),
            irreversible_events=self.irreversible_events,
            cost_usd=self.harm_usd,
            oversight_usd=self.oversight_usd,
        )

    def asks_usd(self, prices: Prices) -> float:
        """What handing a patch over costs at these prices, the chance of a wrong one apart."""
        final_usd = prices.irreversible_usd * self.irreversible_events
        return self.oversight_usd + self.harm_usd + final_usd

    def do(self, state: State, ledger: Ledger) -> Result:
        if state.best:
            ledger.charge(Spend(risk_events=1.0 - state.belief.chance_of(state.best.id)))
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
    verify: Sequence[Step],
    submit: Submit = Submit(),
) -> list[Step]:
    """All steps of a repair."""
    acts = [Act(proposer) for proposer in proposers]
    return [Plan(bench, localise), *acts, *verify, submit, Defer()]


def advance(state: State, quote: Quote, result: Result) -> State:
    """The state once a step has shown its result."""
    ended = {Action.SUBMIT: "submitted", Action.DEFER: "deferred"}.get(quote.action, "")
    cursors = {**state.cursors, quote.tier: result.cursor} if result.cursor else state.cursors
    after = replace(
        state,
        belief=state.belief.learn(quote, result),
        candidates=replaced(_renewed(state, result), result.candidates),
        suspects=state.suspects if result.suspects is None else result.suspects,
        planned=state.planned or result.suspects is not None,
        exhausted=state.exhausted | ({quote.tier} if result.exhausted else frozenset()),
        cursors=cursors,
        broken=(*state.broken, result.broken) if result.broken else state.broken,
        question=result.question or state.question,
        covering=state.covering if result.covering is None else result.covering,
        types=state.types if result.types is None else result.types,
        steps=state.steps + 1,
        cut={**state.cut, quote.option: result.needs} if result.needs else state.cut,
        ended=ended,
    )
    visited = state.visited | {state.digest()}
    return replace(after, visited=visited, idle=_idle(state, after, visited, quote, result))


def _renewed(state: State, result: Result) -> tuple[Candidate, ...]:
    """The candidates at hand, with what their proposer thinks of them now."""
    new = result.renewed
    return tuple(replace(c, prior=new[c.id]) if c.id in new else c for c in state.candidates)


def _idle(
    before: State, after: State, visited: AbstractSet[str], quote: Quote, result: Result
) -> dict[str, int]:
    """How often each step has brought nothing new since one did: it led to a state that the run
    has been in before, this one or an earlier, and nothing was tried on the way. So steps that
    undo each other are left as one that does nothing is."""
    again = after.digest() in visited and not result.tried and not result.agrees
    return {**before.idle, quote.option: before.idle.get(quote.option, 0) + 1} if again else {}


def hear(state: State, answered: Answered, listening: AbstractSet[str] = frozenset()) -> State:
    """The state once the user has answered: every candidate owes its checks again. What was
    called exhausted by a proposer that reads words (`listening`) is open again."""
    proven = (Stage.SAFE, Stage.CONFIRMED)
    return replace(
        state,
        belief=state.belief.hear(answered),
        candidates=tuple(
            replace(c, stage=Stage.GREEN) if c.stage in proven else c for c in state.candidates
        ),
        answers=(*state.answers, answered),
        exhausted=state.exhausted - listening,
        question=None if state.question == answered.question else state.question,
        idle={},
        visited=frozenset(),
        ended="",
    )
