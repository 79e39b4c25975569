"""The published menu: what each tier costs and how well it does, and what each value buys.

Users know what a fix is worth to them, and nobody else does. So the menu shows prices and
qualities, and each user takes what is best for them: no one gains by claiming another value
(incentive compatibility, Eq. 5),

    V_k·q_k − p_k ≥ V_k·q_j − p_j      for every value k and every row j.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fixit_runtime.agent.demand.regret import regret_bound
from fixit_runtime.agent.economy import (
    Action,
    Belief,
    Prices,
    Quote,
    full_cost,
    rank,
    stop_worth,
)

SLACK = 1e-9  # dollars by which a comparison may be off


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to have a task done: its price (expected full cost, USD) and quality (P(right))."""

    name: str
    price_usd: float
    quality: float

    def surplus(self, value_usd: float) -> float:
        """V·q − p."""
        return value_usd * self.quality - self.price_usd


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
    """One attempt of each tier on its own, cheapest first."""
    acts = [s.quote for s in rank(belief, menu, prices, depth=0) if s.quote.action is Action.ACT]
    offers = [Offer(q.tier, full_cost(q, prices), q.p_accept) for q in acts]
    return sorted(offers, key=lambda o: (o.price_usd, -o.quality))


def plans(
    belief: Belief, menu: Sequence[Quote], prices: Prices, values: Sequence[float]
) -> list[Offer]:
    """What the index rule does for a user of each value, planning included: how well it is
    expected to end, and what it is expected to cost on the way. The price of a wrong patch keeps
    its ratio to V, as its default does."""
    ratio = prices.risk_usd / prices.value_usd if prices.value_usd else 4.0
    offers = []
    for value in values:
        mine = replace(prices, value_usd=value, risk_usd=ratio * value)
        best = rank(belief, [*menu, _LEAVE], mine)[0]
        quality = best.quote.quality_gain + stop_worth(belief, mine).quality
        price = max(value * quality - best.score, 0.0)
        offers.append(Offer(f"up to ${value:g}", price, quality))
    return offers


def published(values: Sequence[float], offers: Sequence[Offer]) -> dict[float, Offer]:
    """Each value's best offer, or nothing at all; ties go to the cheaper one.

    Since every value chooses from the same list, the result is incentive compatible, and a
    higher value never gets a lower quality.
    """
    listed = sorted([NOTHING, *offers], key=lambda o: (o.price_usd, -o.quality))
    return {v: max(listed, key=lambda o: o.surplus(v)) for v in sorted(values)}


def publish(belief: Belief, menu: Sequence[Quote], prices: Prices) -> Published:
    """The menu of a run before its first step, and how far from hindsight it may end."""
    values = sorted({*VALUES, prices.value_usd})
    offers = published(values, plans(belief, menu, prices, values))
    return Published(
        tuple(tiers(belief, menu, prices)),
        tuple(offers.items()),
        regret_bound(belief, menu, prices),
    )


def envies(menu: Menu) -> list[tuple[float, float]]:
    """The pairs (V_k, V_j) where a user of V_k would gain by claiming V_j; none in a menu that
    is incentive compatible."""
    return [
        (mine, claimed)
        for mine, own in menu.items()
        for claimed, other in menu.items()
        if other.surplus(mine) > own.surplus(mine) + SLACK
    ]
