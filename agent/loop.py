"""The loop: observe, quote, choose, do, book, until the task is submitted or deferred.

It knows no provider, no sandbox and no format. It is handed a priced world (`steps`), a way
to learn (`advance`), prices, and an account; all of these are seams, so the same loop drives a
real repair, a replay of recorded outcomes, and a simulation.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from fixit_runtime.agent.action.explain import reason, tightened
from fixit_runtime.agent.capital.records import encode
from fixit_runtime.agent.controls import PATIENCE, Controls, Watch
from fixit_runtime.agent.economy import Quote, Verdict
from fixit_runtime.agent.errors import LimitReached
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import Booking, Decision, Result, State, Step, TraceStore

__all__ = ["Controls", "Watch", "run"]


def run(
    state: State,
    steps: Sequence[Step],
    advance: Callable[[State, Quote, Result], State],
    controls: Controls,
    ledger: Ledger,
    trace: TraceStore,
    watch: Watch | None = None,
) -> State:
    """Spend one step at a time while one is worth its price. Returns the last state.

    Raises whatever a step raises; what was spent until then is in the ledger and the trace.
    """
    watch, rng = watch or Watch(), random.Random(controls.seed)
    for _ in range(controls.max_steps):
        state = observe(state, ledger)
        menu, beyond = quote(state, steps, ledger)
        decision = choose(state, menu, beyond, controls, rng)
        trace.append("decision", encode(decision))
        watch.decided(decision)
        before, (state, result) = state, do(state, steps, advance, decision, ledger, trace)
        booking = book(before, state, decision, result)
        trace.append("outcome", {"booking": encode(booking), "result": encode(result)}, sync=True)
        watch.booked(booking)
        if state.ended:
            return state
    return replace(state, ended="deferred")


def observe(state: State, ledger: Ledger) -> State:
    """The state with what the account has left."""
    return replace(
        state,
        spent=ledger.spent,
        left_usd=ledger.left_usd,
        left_s=ledger.left_s,
        left_risk=ledger.left_risk,
    )


def quote(state: State, steps: Sequence[Step], ledger: Ledger) -> tuple[list[Quote], list[Quote]]:
    """Every step that makes sense now and that the limits afford; and those that they do not.
    A step that has changed nothing several times in a row makes no sense any more, and one that
    a limit has cut short needs what it may take."""
    awake = [s for s in steps if state.idle.get(s.option, 0) < PATIENCE]
    quotes = [state.known(q) for step in awake if (q := step.quote(state)) is not None]
    fits = [ledger.affords(q.cost_worst_usd, q.latency_s, q.risk_events) for q in quotes]
    menu = [q for q, fit in zip(quotes, fits, strict=True) if fit]
    return menu, [q for q, fit in zip(quotes, fits, strict=True) if not fit]


def choose(
    state: State, menu: Sequence[Quote], beyond: Sequence[Quote], controls: Controls,
    rng: random.Random,
) -> Decision:  # fmt: skip
    """The step with the highest score, or, in an exploring run, now and then any."""
    seen, prices = controls.tighten(state, menu, controls.prices)
    ranked = controls.policy.rank(seen, menu, prices)
    best = pick = ranked[0]
    if controls.explore > 0 and rng.random() < controls.explore:
        pick = rng.choice(ranked)
    share = controls.explore / len(ranked)
    return Decision(
        step=state.steps,
        state_digest=state.digest(),
        prices=prices,
        menu=tuple(ranked),
        chosen=pick.quote.option,
        propensity=share + (1.0 - controls.explore if pick is best else 0.0),
        reason=reason(pick, ranked, prices, beyond, chance(state))
        + tightened(controls.prices, prices),
        policy=controls.policy.name,
        estimators=controls.estimators,
        seed=controls.seed,
        beyond=tuple(beyond),
    )


def do(
    state: State,
    steps: Sequence[Step],
    advance: Callable[[State, Quote, Result], State],
    decision: Decision,
    ledger: Ledger,
    trace: TraceStore,
) -> tuple[State, Result]:
    """Carry the decision out and learn from it. What an interrupted step spent is written down."""
    step = next(s for s in steps if s.option == decision.chosen)
    before = ledger.spent
    try:
        result = step.do(state, ledger)
    except LimitReached as error:  # no verdict on anything
        needs = Spend(usd=error.needs_usd, seconds=error.needs_s)
        result = Result(Verdict.FAILED, detail=error.message, needs=needs)
    except BaseException as error:
        lost = {"step": decision.step, "option": decision.chosen, "error": type(error).__name__}
        trace.append("risk", {**lost, "spent": encode(ledger.spent - before)}, sync=True)
        raise
    result = replace(result, spend=ledger.spent - before)
    return advance(state, decision.quote, result), result


def book(before: State, after: State, decision: Decision, result: Result) -> Booking:
    """Forecast and outcome of one step, side by side."""
    chosen = decision.quote
    return Booking(
        step=decision.step,
        option=chosen.option,
        action=chosen.action,
        tier=chosen.tier,
        spend=result.spend,
        verdict=result.verdict,
        p_before=chance(before),
        p_after=chance(after),
        forecast_gain=chosen.quality_gain,
        forecast_usd=chosen.cost_usd,
        forecast_s=chosen.latency_s,
        score=decision.score,
        detail=result.detail,
    )


def chance(state: State) -> float:
    """P that the best candidate is right; 0 while there is none."""
    return state.belief.chance_of(state.best.id) if state.best else 0.0
