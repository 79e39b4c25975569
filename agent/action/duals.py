"""What the user's limits are worth: the price of each limit that binds (Eq. 3).

A limit's price is the least μ ≥ 0 at which the policy's expected spend, with the limited term
counted (1 + μ) times, fits what remains: zero while it is slack, rising as it binds. For money
the term is ΔC; for the deadline λ·ΔL, and for `--max-risk` ρ·ΔR, whose prices rise above what the
user gave, from zero too.

Nothing here keeps a cap; the ledger does. This only sees to it that what is left is spent where
it brings most, instead of on what comes first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from fixit_runtime.agent.action.beliefs import TaskBelief
from fixit_runtime.agent.economy import (
    DEPTH,
    Action,
    Prices,
    Quote,
    Verdict,
    full_cost,
    stop_worth,
    submit_value,
)
from fixit_runtime.agent.seams import State

HALVINGS = 20
MOST_DOUBLINGS = 40
NEVER = 1e-200  # keeps a price finite where an attempt cannot succeed
IN_USD = Prices(0.0, 0.0, 0.0, 0.0)  # prices at which a full cost is money alone,
IN_SECONDS = Prices(0.0, 1.0, 0.0, 0.0, money=0.0)  # or time alone


class Forecast(NamedTuple):
    """What a policy expects to spend from here."""

    usd: float = 0.0
    seconds: float = 0.0
    risk_events: float = 0.0

    def plus(self, share: float, usd: float, seconds: float, risk_events: float = 0.0) -> Forecast:
        return Forecast(
            self.usd + share * usd,
            self.seconds + share * seconds,
            self.risk_events + share * risk_events,
        )


def tighten(state: State, menu: Sequence[Quote], prices: Prices) -> tuple[State, Prices]:
    """The state and the prices as they are to be decided with, what remains considered."""
    belief = state.belief
    if not isinstance(belief, TaskBelief):
        return state, prices
    limits = (
        (state.left_usd, Prices.dearer_money, Forecast._fields.index("usd"), 1.0),
        (state.left_s, _latency, Forecast._fields.index("seconds"), 0.01),
        (state.left_risk, _risk, Forecast._fields.index("risk_events"), 1.0),
    )
    for left, raised, term, unit in limits:
        if math.isfinite(left):
            mu = least(_spend(belief, menu, prices, raised, term), max(left, 0.0), unit)
            prices = raised(prices, mu)
    return replace(state, belief=belief.at(prices)), prices


def least(spend: Callable[[float], float], left: float, unit: float) -> float:
    """The least μ at which a falling `spend(μ)` fits what is left; `unit` is its scale."""
    if spend(0.0) <= left:
        return 0.0
    low, high = 0.0, unit
    for _ in range(MOST_DOUBLINGS):
        if spend(high) <= left:
            break
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if spend(middle) <= left else (middle, high)
    return high


def expected(belief: TaskBelief, menu: Sequence[Quote], prices: Prices) -> Forecast:
    """What the index rule expects to spend from here, along the path where all attempts fail:
    the act with the least κ/p while p times what its candidate adds is above κ, and the checks of
    what is shown at its end."""
    acts = [q for q in menu if q.action is Action.ACT]
    belief = belief.at(prices)
    in_usd, in_s = belief.at(IN_USD), belief.at(IN_SECONDS)
    cost = np.array([full_cost(q, prices) for q in acts])
    forecast, reached = Forecast(), 1.0
    for _ in range(DEPTH if acts else 0):
        has, weights = belief.attempts(acts), belief.weights()
        accept, right = has.accept @ weights, has.sensitivity * (has.right @ weights)
        k = int(np.argmin(np.where(has.left > 0, cost / (accept + NEVER), np.inf)))
        p = float(accept[k])
        chance = np.array(right[k] / (p + NEVER))
        p_pass, shown, owed = (float(x) for x in belief.settle(chance))
        new = max(p_pass * submit_value(shown, prices) - owed, 0.0)
        if has.left[k] <= 0 or p * (new - stop_worth(belief, prices).usd) <= cost[k]:
            break
        forecast = forecast.plus(reached, acts[k].cost_usd, acts[k].latency_s)
        if new > 0:
            usd, seconds = float(in_usd.settle(chance)[2]), float(in_s.settle(chance)[2])
            forecast = forecast.plus(reached * p, usd, seconds, p_pass * (1.0 - shown))
        belief = belief.after(acts[k], Verdict.REJECT)
        reached *= 1.0 - p
    if stop_worth(belief, prices).usd > 0:
        p_pass, shown, _ = belief.owed()
        usd, seconds = belief.at(IN_USD).owed().usd, belief.at(IN_SECONDS).owed().usd
        forecast = forecast.plus(reached, usd, seconds, p_pass * (1.0 - shown))
    return forecast


def _spend(
    belief: TaskBelief,
    menu: Sequence[Quote],
    prices: Prices,
    raised: Callable[[Prices, float], Prices],
    term: int,
) -> Callable[[float], float]:
    """Expected spend of one kind, at each rise of its price."""
    return lambda mu: float(expected(belief, menu, raised(prices, mu))[term])


def _latency(prices: Prices, mu: float) -> Prices:
    return replace(prices, latency_usd_per_s=prices.latency_usd_per_s + mu)


def _risk(prices: Prices, mu: float) -> Prices:
    return replace(prices, risk_usd=prices.risk_usd + mu)
