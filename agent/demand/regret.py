"""How far a run was from the best that hindsight allows, and how far it should be at most.

Regret is what the best single attempt, known beforehand, would have earned (or nothing, where
none was worth its price), less what was earned; all in risk-adjusted dollars (§3.1 of the
paper). It is zero only for a clairvoyant. Before a run it is bounded by E[hindsight] − W, since
the index rule's forecast W is what it earns at least. After one it is known where every attempt's
end is (`regret`), and else expected, by what the run has seen (`expected_regret`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
    submit_value,
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


@dataclass(frozen=True, slots=True)
class Run:
    """What a run has bought, as far as its regret depends on it. USD are full costs κ, and
    `paid_usd` is all of them; `failed` has, by tier, how many attempts failed and what they cost.
    The best candidate at hand is right with P = `chance`, and attempts of `found_usd` made it;
    `shown` says that it was shown."""

    weights: Array  # the posterior over the grid of difficulties, (G,)
    paid_usd: float = 0.0
    failed: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    chance: float = 0.0
    found_usd: float = 0.0
    shown: bool = False

    def utility(self, prices: Prices) -> float:
        """What it is expected to have earned: V·P − ρ·(1 − P) if it showed, less what it paid."""
        return (submit_value(self.chance, prices) if self.shown else 0.0) - self.paid_usd


def expected_hindsight(
    belief: Belief, menu: Sequence[Quote], prices: Prices, run: Run | None = None
) -> float:
    """E[best in hindsight], USD: before anything is tried, or once a run has shown what it has.

    Given the difficulty, attempts succeed independently; the clairvoyant knows which will, and
    pays for the cheapest way to a success: n attempts of one tier, of which the last succeeds,
    as long as they cost less than showing it brings. Of what a run has tried it is known what
    failed.

    Args:
        belief: the one before the first attempt.
    """
    acts = [q for q in menu if q.action is Action.ACT]
    has, weights = belief.attempts(acts), belief.weights() if run is None else run.weights
    ways: list[tuple[float, Array]] = []
    if run is not None and run.chance > 0:
        ways.append((run.found_usd, np.full(len(weights), run.chance)))
    for k, quote in enumerate(acts):
        made, paid = run.failed.get(quote.tier, (0, 0.0)) if run is not None else (0, 0.0)
        each = full_cost(quote, prices)
        for n in range(made + 1, int(min(has.left[k], made + DEPTH)) + 1):
            ways.append((paid + (n - made) * each, has.right[k] * has.decay[k] ** (n - 1)))
    none_before, total = np.ones(len(weights)), np.zeros(len(weights))
    brings = submit_value(1.0, prices)
    for usd, right in sorted((w for w in ways if w[0] < brings), key=lambda w: w[0]):
        total += none_before * right * (brings - usd)
        none_before = none_before * (1 - right)
    return float(weights @ total)


def expected_regret(belief: Belief, menu: Sequence[Quote], prices: Prices, run: Run) -> float:
    """What this run is expected to have fallen short of hindsight, USD, by all that it has seen:
    what an unneeded attempt cost, a candidate not shown, a wrong one shown, a better tier unasked.

    Args:
        belief: the one before the first attempt.
        menu: all that made sense then, affordable or not.
    """
    usual = max(expected_hindsight(b, menu, prices, run) for b in _informed(belief, menu))
    return usual - run.utility(prices)


def regret_bound(
    belief: Belief,
    menu: Sequence[Quote],
    prices: Prices,
    *,
    beyond: Sequence[Quote] = (),
    tightened: Prices | None = None,
) -> float:
    """What the index rule's expected regret is at most from here, USD, if the belief is right.

    Where planning is on the menu, the clairvoyant is one who has planned for nothing. No limit
    binds the clairvoyant: `beyond` is what the limits keep off the menu. What is earned under a
    limit is at least what the rule expects with the limit's price, `tightened`, on top.
    """
    paid = tightened or prices
    every = [*menu, *beyond]
    ideal = max(expected_hindsight(b, every, prices) for b in _informed(belief, every))
    earned = max(worth(belief, menu, paid).usd, *(s.score for s in rank(belief, menu, paid)), 0.0)
    return ideal - earned


def _informed(belief: Belief, menu: Sequence[Quote]) -> tuple[Belief, ...]:
    """The belief, and what it would be once all planning was done."""
    informed = belief
    for quote in menu:
        if quote.action is Action.PLAN:
            informed = informed.after(quote, Verdict.INFORMED)
    return (belief, informed)


def share_closed(utility: Array, base: Array, best: Array) -> float:
    """The part of the gap between `base` and `best` that `utility` closes; means over tasks.

    1 is hindsight, 0 the base, below 0 worse than it; nan where there is no gap.
    """
    gap = float(best.mean() - base.mean())
    return float(utility.mean() - base.mean()) / gap if gap else float("nan")
