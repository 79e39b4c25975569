"""From the last state of a run to its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fixit_runtime.agent.action.questions import shown
from fixit_runtime.agent.controls import PATIENCE, Controls
from fixit_runtime.agent.demand.router import routing
from fixit_runtime.agent.economy import Action, Prices
from fixit_runtime.agent.ledger import Limits, Spend
from fixit_runtime.agent.report.go_on import GoOn, go_on
from fixit_runtime.agent.report.offers import menu_shown, regret_shown
from fixit_runtime.agent.report.record import (
    Ended,
    HandOver,
    RunReport,
    Tests,
    cost,
    limits_used,
    prices_used,
    step_lines,
)
from fixit_runtime.agent.seams import (
    Booking,
    Candidate,
    Decision,
    Learner,
    Question,
    Stage,
    State,
    TestFacts,
)

SHOWN = 12


@dataclass(slots=True)
class Story:
    """What happened, step by step, as it happens."""

    decisions: dict[int, Decision] = field(default_factory=dict)
    bookings: list[Booking] = field(default_factory=list)
    belief: Learner | None = None  # before the first step
    tiers: tuple[str, ...] = ()  # that may be used

    def decided(self, decision: Decision) -> None:
        self.decisions[decision.step] = decision

    def booked(self, booking: Booking) -> None:
        self.bookings.append(booking)


@dataclass(frozen=True, slots=True)
class Asked:
    """The question of a deferred run, and what an answer is expected to be worth after the
    attention that it asks for; None where that is not known."""

    question: Question
    worth_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """What every result of a run carries, however it ends."""

    prices: Prices
    run_id: str
    trace: str
    sandbox: str
    notes: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


def conclude(
    state: State,
    story: Story,
    spent: Spend,
    header: Header,
    controls: Controls,
    asked: Asked | None = None,
) -> RunReport:
    """The result of a run that ended by submitting or deferring, with what is asked then."""
    if state.ended == "submitted" and state.best:
        return _report(
            Ended.FIXED,
            _fixed_reason(state.facts),
            header,
            spent,
            story,
            patch=state.best.diff,
            p_correct=state.belief.chance_of(state.best.id),
            tests=_tests(state.facts, failing_after=[]),
            state=state,
        )
    last = story.decisions[max(story.decisions)].reason if story.decisions else "no step was taken"
    return _report(
        Ended.ENVIRONMENT_FAILED if state.broken else Ended.DEFERRED,
        "; ".join(state.broken) or last,
        header,
        spent,
        story,
        tests=_tests(state.facts),
        hand_over=hand_over(state, story, controls, asked),
        state=state,
    )


def cut_short(
    outcome: Ended,
    reason: str,
    header: Header,
    spent: Spend,
    *,
    facts: TestFacts | None = None,
    story: Story | None = None,
) -> RunReport:
    """The result of a run that never came to a last decision, or needed none."""
    tests = _tests(facts) if facts else Tests()
    return _report(outcome, reason, header, spent, story or Story(), tests=tests)


def hand_over(
    state: State,
    story: Story,
    controls: Controls,
    asked: Asked | None = None,
) -> HandOver:
    """What was tried, the best that is left, what would settle it, and the prices and limits at
    which fixit would have gone on."""
    tried = [
        f"{b.option}: {b.detail}"
        for b in story.bookings
        if b.action in (Action.ACT, Action.VERIFY, Action.PLAN)
    ]
    refused = [_refusal(c) for c in state.candidates if c.stage is Stage.REJECTED]
    refused += [f"{option}: set aside, since it changed nothing" for option in _stuck(state)]
    best, decisions = state.best, story.decisions
    further = go_on(state, decisions[max(decisions)], controls) if decisions else GoOn()
    return HandOver(
        tried=tried,
        refused=refused[:SHOWN],
        question=asked.question.text if asked else "",
        answers=shown(asked.question) if asked else [],
        answer_worth_usd=asked.worth_usd if asked else None,
        show_risk_usd=show_risk(state, controls.prices),
        best_patch=best.diff if best else None,
        best_p_correct=state.belief.chance_of(best.id) if best else 0.0,
        best_stage=best.stage if best else "",
        go_on_value_usd=further.value_usd,
        go_on_cost_usd=further.cost_usd,
        go_on_deadline_s=further.deadline_s,
    )


def show_risk(state: State, prices: Prices) -> float | None:
    """The highest price of a wrong patch at which a confirmed candidate would have been shown;
    None where there is none, or where it owes checks."""
    best = state.best
    if best is None or best.stage is not Stage.CONFIRMED:
        return None
    chance = state.belief.chance_of(best.id)
    worth = prices.value_usd * chance - prices.handover_usd
    return worth / (1.0 - chance) if chance < 1 and worth > 0 else None


def _stuck(state: State) -> list[str]:
    return [option for option, times in state.idle.items() if times >= PATIENCE]


def _report(
    outcome: Ended,
    reason: str,
    header: Header,
    spent: Spend,
    story: Story,
    *,
    tests: Tests,
    patch: str | None = None,
    p_correct: float = 0.0,
    hand_over: HandOver | None = None,
    state: State | None = None,
) -> RunReport:
    prices, decisions = header.prices, story.decisions
    menu, regret = menu_shown(story.belief, decisions, prices), None
    if state is not None:
        regret = regret_shown(story.belief, decisions, story.bookings, state, prices, menu)
    return RunReport(
        outcome=outcome,
        patch=patch,
        p_correct=p_correct,
        tests=tests,
        cost=cost(spent),
        prices=prices_used(header.prices),
        limits=limits_used(header.limits),
        steps=step_lines(story.bookings, decisions),
        run_id=header.run_id,
        trace=header.trace,
        reason=reason,
        hand_over=hand_over,
        menu=menu,
        regret=regret,
        routing=routing([decisions[n] for n in sorted(decisions)], story.tiers),
        sandbox=header.sandbox,
        notes=list(header.notes),
        schema="fixit.result/1",
    )


def _tests(facts: TestFacts, failing_after: Sequence[str] | None = None) -> Tests:
    return Tests(
        failing_before=list(facts.failing),
        failing_after=list(facts.failing if failing_after is None else failing_after),
        flaky=list(facts.flaky),
        passing=len(facts.passing),
    )


def _fixed_reason(facts: TestFacts) -> str:
    count = len(facts.failing)
    return f"{count} failing test{'s' if count != 1 else ''} now pass{'es' if count == 1 else ''}"


def _refusal(candidate: Candidate) -> str:
    return f"{candidate.tier} {candidate.note or candidate.id}: {candidate.why_rejected}"
