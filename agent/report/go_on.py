"""The price of a fix, the cap and the deadline at which a deferred run would have gone on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from fixit_runtime.agent.action.duals import least
from fixit_runtime.agent.controls import Controls
from fixit_runtime.agent.economy import Action, Quote
from fixit_runtime.agent.ledger import Ledger, Limits
from fixit_runtime.agent.seams import Decision, State

MOST_USD, MOST_S = 1e6, 1e6


@dataclass(frozen=True, slots=True)
class GoOn:
    """The least of each at which another step would have been taken; None where it would make
    no difference. `cost_usd` and `deadline_s` count what is spent already; where only both
    together would do, each stands beside the other."""

    value_usd: float | None = None
    cost_usd: float | None = None
    deadline_s: float | None = None


def go_on(state: State, decision: Decision, controls: Controls) -> GoOn:
    """Of the last decision of a run: decided again, with limits priced as the run priced them.

    The price of a wrong patch keeps its ratio to V, as its default does.
    """
    if not [q for q in _offered(decision) if q.action is not Action.DEFER]:
        return GoOn()
    usd, seconds = max(state.left_usd, 0.0), max(state.left_s, 0.0)
    value = controls.prices.value_usd

    def goes(value: float = value, usd: float = usd, seconds: float = seconds) -> bool:
        return _goes_on(replace(state, left_usd=usd, left_s=seconds), decision, controls, value)

    with_money, with_time = goes(usd=math.inf), goes(seconds=math.inf)
    both = not (with_money or with_time) and goes(usd=math.inf, seconds=math.inf)
    other_usd, other_s = (math.inf, math.inf) if both else (usd, seconds)
    more_usd = more_s = None
    if math.isfinite(usd) and (with_money or both):
        more_usd = _least(lambda x: goes(usd=x, seconds=other_s), usd, 0.001, MOST_USD)
    if math.isfinite(seconds) and (with_time or both):
        more_s = _least(lambda x: goes(usd=other_usd, seconds=x), seconds, 1.0, MOST_S)
    return GoOn(
        _least(lambda x: goes(value=x), value, 1.0, MOST_USD),
        None if more_usd is None else state.spent.usd + more_usd,
        None if more_s is None else state.spent.seconds + more_s,
    )


def _offered(decision: Decision) -> list[Quote]:
    return [*(s.quote for s in decision.menu), *decision.beyond]


def _goes_on(state: State, decision: Decision, controls: Controls, value_usd: float) -> bool:
    """Whether another step would be taken in this state, if a fix were worth that."""
    scaled = controls.prices.worth_of(value_usd)
    left = Ledger(Limits(state.left_usd, state.left_s, state.left_risk))
    menu = [
        q for q in _offered(decision) if left.affords(q.cost_worst_usd, q.latency_s, q.risk_events)
    ]
    seen, prices = controls.tighten(state, menu, scaled)
    best = controls.policy.rank(seen, menu, prices)[0]
    return best.quote.action is not Action.DEFER


def _least(goes: Callable[[float], bool], low: float, first: float, most: float) -> float | None:
    """The least amount from `low` on at which it goes on; None where it does not at `most`."""
    if not goes(most):
        return None
    return low + least(lambda more: goes(low + more), max(first, low))
