"""How far a run was from the best that hindsight allows, and how far it should be at most.

Regret is what the best single attempt, known beforehand, would have earned (or nothing, where
none was worth its price), less what was earned; all in risk-adjusted dollars (§3.1 of the
paper). It is zero only for a clairvoyant, so it is published beside its expectation under the
belief: the index rule's forecast W is what it earns at least, so E[hindsight] − W bounds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fixit_runtime.agent.economy import (
    DEPTH,
    Action,
    Array,
    Belief,
    Prices,
    Quote,
    Verdict,
    full_cost,
    rank,
    worth,
)


@dataclass(frozen=True, slots=True)
class Known:
    """An attempt with a known end: was it right, and its full cost κ in USD."""

    right: bool
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Hindsight:
    """The best that could have been done: a tier, or "" for leaving the task alone."""

    tier: str
    utility_usd: float


def hindsight(attempts: Mapping[str, Known], value_usd: float) -> Hindsight:
    """The tier whose attempt alone would have earned most; ties to leaving it alone."""
    earned = {t: value_usd * k.right - k.cost_usd for t, k in attempts.items()}
    best = max(earned, key=lambda t: earned[t], default="")
    return Hindsight(best, earned[best]) if best and earned[best] > 0 else Hindsight("", 0.0)


def regret(utility_usd: float, attempts: Mapping[str, Known], value_usd: float) -> float:
    """What hindsight would have earned above `utility_usd`. Never below 0 for one who paid for
    the attempt that was shown."""
    return hindsight(attempts, value_usd).utility_usd - utility_usd


def expected_hindsight(belief: Belief, menu: Sequence[Quote], prices: Prices) -> float:
    """E[best in hindsight] before anything is tried, USD.

    Given the difficulty, attempts succeed independently; the clairvoyant knows which will, and
    pays for the cheapest way to a success: n attempts of one tier, of which the last succeeds,
    as long as they cost less than V.
    """
    acts = [q for q in menu if q.action is Action.ACT]
    has = belief.attempts(acts)
    ways = sorted(
        (n * usd, k, n)
        for k, usd in enumerate(full_cost(q, prices) for q in acts)
        for n in range(1, int(min(has.left[k], DEPTH)) + 1)
        if n * usd < prices.value_usd
    )
    none_before = np.ones(len(belief.weights()))
    total = np.zeros(len(none_before))
    for usd, k, n in ways:
        right = has.right[k] * has.decay[k] ** (n - 1)
        total += none_before * right * (prices.value_usd - usd)
        none_before = none_before * (1 - right)
    return float(belief.weights() @ total)


def regret_bound(belief: Belief, menu: Sequence[Quote], prices: Prices) -> float:
    """What the index rule's expected regret is at most from here, USD, if the belief is right.

    Where planning is on the menu, the clairvoyant is one who has planned for nothing.
    """
    informed = belief
    for quote in menu:
        if quote.action is Action.PLAN:
            informed = informed.after(quote, Verdict.INFORMED)
    ideal = max(expected_hindsight(b, menu, prices) for b in (belief, informed))
    earned = max(worth(belief, menu, prices).usd, rank(belief, menu, prices)[0].score)
    return ideal - earned


def share_closed(utility: Array, base: Array, best: Array) -> float:
    """The part of the gap between `base` and `best` that `utility` closes; means over tasks.

    1 is hindsight, 0 the base, below 0 worse than it; nan where there is no gap.
    """
    gap = float(best.mean() - base.mean())
    return float(utility.mean() - base.mean()) / gap if gap else float("nan")
