"""The published menu: what each tier costs and how well it does, and what each value buys.

Users know what a fix is worth to them, V, and what a wrong patch costs them, ρ(V), and nobody
else does. So a row of the menu shows what it costs (c), how often it ends right (q) and how often
it shows a wrong patch (w), and no row is priced by whoever claims it. Each user takes what is
best by their own V and ρ: no one gains by claiming another value (incentive compatibility, Eq. 5),

    V_k·q_k − ρ(V_k)·w_k − c_k ≥ V_k·q_j − ρ(V_k)·w_j − c_j      for every value k and every row j.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fixit_runtime.agent.demand.regret import regret_bound
from fixit_runtime.agent.economy import (
    DEPTH,
    Action,
    Belief,
    Prices,
    Quote,
    Verdict,
    full_cost,
    rank,
    stop_worth,
)

SLACK = 1e-9  # dollars by which a comparison may be off
NUDGE = 1e-6  # of ρ, to see how much of what a plan is worth is risk


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to have a task done: its expected cost (USD: compute, time, attention), its quality
    P(right) and the expected number of wrong patches shown, with the tiers that it asks, in
    order, until one has done it."""

    name: str
    cost_usd: float
    quality: float
    p_wrong: float = 0.0
    tiers: tuple[str, ...] = ()

    def surplus(self, value_usd: float, risk_usd: float) -> float:
        """V·q − ρ·w − c."""
        return value_usd * self.quality - risk_usd * self.p_wrong - self.cost_usd


NOTHING = Offer("defer", 0.0, 0.0)
VALUES = (0.5, 1.0, 2.0, 5.0, 10.0, 50.0)  # USD a right fix, for which a menu is published
_LEAVE = Quote("defer", Action.DEFER)
Menu = Mapping[float, Offer]  # what each value (USD a right fix) gets


@dataclass(frozen=True, slots=True)
class Published:
    """What users may choose from: each tier alone; what each value gets; and the most that the
    run is expected to fall short of hindsight, USD."""

    tiers: tuple[Offer, ...]
    by_value: tuple[tuple[float, Offer], ...]
    regret_bound_usd: float


def tiers(belief: Belief, menu: Sequence[Quote], prices: Prices) -> list[Offer]:
    """One attempt of each tier on its own as things stand, its candidate shown if it passes the
    checks that it owes; cheapest first."""
    acts = [q for q in menu if q.action is Action.ACT]
    has, weights = belief.attempts(acts), belief.weights()
    accepted, right = has.accept @ weights, has.sensitivity * (has.right @ weights)
    p_pass, chance, owed_usd = belief.settle(right / np.maximum(accepted, 1e-12))
    offers = [
        Offer(
            quote.tier,
            full_cost(quote, prices)
            + float(accepted[k] * (owed_usd[k] + p_pass[k] * prices.handover_usd)),
            float(accepted[k] * p_pass[k] * chance[k]),
            float(accepted[k] * p_pass[k] * (1.0 - chance[k])),
            (quote.tier,),
        )
        for k, quote in enumerate(acts)
    ]
    return sorted(offers, key=lambda o: (o.cost_usd, -o.quality))


def plans(
    belief: Belief, menu: Sequence[Quote], prices: Prices, values: Sequence[float]
) -> list[Offer]:
    """What the index rule does for a user of each value, planning included: how it is expected
    to end, and what it is expected to cost on the way. The price of a wrong patch keeps its ratio
    to V, as its default does; all other prices are as they are."""
    return [_plan(belief, menu, prices.worth_of(value)) for value in values]


def _plan(belief: Belief, menu: Sequence[Quote], prices: Prices) -> Offer:
    """W = V·q − ρ·w − c, taken apart: q is what the rule reports, and w = −dW/dρ, since a plan
    that is best does not change with a price that hardly does (the envelope theorem)."""
    best = rank(belief, [*menu, _LEAVE], prices)[0]
    if best.quote.action is Action.DEFER:
        return NOTHING
    quality = best.quote.quality_gain + stop_worth(belief, prices).quality
    nudge = NUDGE * max(prices.risk_usd, prices.value_usd)
    riskier = replace(prices, risk_usd=prices.risk_usd + nudge)
    p_wrong = max((best.score - rank(belief, [*menu, _LEAVE], riskier)[0].score) / nudge, 0.0)
    cost = prices.value_usd * quality - prices.risk_usd * p_wrong - best.score
    asked = _asked(belief, menu, prices)
    runs = [(tier, len(list(again))) for tier, again in itertools.groupby(asked)]
    name = ", then ".join(f"{tier} x{n}" if n > 1 else tier for tier, n in runs)
    return Offer(name, max(cost, 0.0), quality, p_wrong, tuple(dict.fromkeys(asked)))


def _asked(belief: Belief, menu: Sequence[Quote], prices: Prices) -> list[str]:
    """The tiers that the rule asks in turn as long as each fails."""
    asked: list[str] = []
    for _ in range(DEPTH):
        acts = [q for q in menu if q.action is Action.ACT]
        gone = {q.option for q, n in zip(acts, belief.attempts(acts).left, strict=True) if n <= 0}
        menu = [q for q in menu if q.option not in gone]
        quote = rank(belief, [*menu, _LEAVE], prices)[0].quote
        if quote.action is Action.PLAN:
            menu = [q for q in menu if q.action is not Action.PLAN]
            belief = belief.after(quote, Verdict.INFORMED)
        elif quote.action is Action.ACT:
            asked.append(quote.tier)
            belief = belief.after(quote, Verdict.REJECT)
        else:
            break
    return asked


def published(values: Sequence[float], offers: Sequence[Offer], ratio: float) -> dict[float, Offer]:
    """Each value's best offer at ρ = ratio·V, or nothing at all; ties go to the cheaper one.

    Every value chooses from the same rows by its own prices, so a higher value never gets a lower
    q − ratio·w.
    """
    listed = sorted([NOTHING, *offers], key=lambda o: (o.cost_usd, -o.quality))
    return {v: max(listed, key=lambda o: o.surplus(v, ratio * v)) for v in sorted(values)}


def publish(
    belief: Belief,
    menu: Sequence[Quote],
    prices: Prices,
    *,
    beyond: Sequence[Quote] = (),
    tightened: Prices | None = None,
) -> Published:
    """The menu of a run before its first step, and how far from hindsight it may end.

    Args:
        prices: those that the user gave.
        beyond, tightened: what the limits keep off the menu, and the prices with those of the
            limits; they widen the bound.
    """
    values = sorted({*VALUES, prices.value_usd})
    offers = published(values, plans(belief, menu, prices, values), prices.risk_ratio)
    return Published(
        tuple(tiers(belief, menu, prices)),
        tuple(offers.items()),
        regret_bound(belief, menu, prices, beyond=beyond, tightened=tightened),
    )


def envies(menu: Menu, ratio: float) -> list[tuple[float, float]]:
    """The pairs (V_k, V_j) where a user of V_k, to whom a wrong patch costs ratio·V_k, would gain
    by claiming V_j; none in a menu that is incentive compatible."""
    return [
        (mine, claimed)
        for mine, own in menu.items()
        for claimed, other in menu.items()
        if other.surplus(mine, ratio * mine) > own.surplus(mine, ratio * mine) + SLACK
    ]
