"""The published menu of a run and its regret, as a result and a receipt show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fixit_runtime.agent.demand.menu import Offer, publish
from fixit_runtime.agent.demand.regret import Run, expected_regret
from fixit_runtime.agent.economy import Belief, Prices, Verdict
from fixit_runtime.agent.ledger import Spend
from fixit_runtime.agent.report.record import Menu, Offered, Regret
from fixit_runtime.agent.seams import Booking, Decision, State


def menu_shown(
    belief: Belief | None, decisions: Mapping[int, Decision], prices: Prices
) -> Menu | None:
    """What there was to choose from at the first decision, at the user's own prices; None where
    none was made."""
    if belief is None or not decisions:
        return None
    first = decisions[min(decisions)]
    quotes = [s.quote for s in first.menu]
    offered = publish(belief, quotes, prices, beyond=first.beyond, tightened=first.prices)
    return Menu(
        tiers=[_row(offer) for offer in offered.tiers],
        by_value=[_row(offer, value) for value, offer in offered.by_value],
        regret_bound_usd=offered.regret_bound_usd,
    )


def regret_shown(
    belief: Belief | None,
    decisions: Mapping[int, Decision],
    bookings: Sequence[Booking],
    state: State,
    prices: Prices,
    menu: Menu | None,
) -> Regret | None:
    """How far the run is expected to be from hindsight; None where nothing was decided."""
    if belief is None or menu is None:
        return None
    first = decisions[min(decisions)]
    every = [*(s.quote for s in first.menu), *first.beyond]
    usd = expected_regret(belief, every, prices, _run(bookings, state, prices))
    return Regret(expected_usd=usd, bound_usd=menu.regret_bound_usd)


def _run(bookings: Sequence[Booking], state: State, prices: Prices) -> Run:
    """What the run bought, at the user's prices. What it risked is in P(right)."""
    best = state.best
    failed: dict[str, tuple[int, float]] = {}
    found_usd: float | None = None
    for booking in (b for b in bookings if b.tier):
        made, paid = failed.get(booking.tier, (0, 0.0))
        paid += _usd(booking.spend, prices)
        failed[booking.tier] = made + (booking.verdict is not Verdict.FAILED), paid
        own = best is not None and booking.tier == best.tier
        if own and booking.verdict is Verdict.ACCEPT and found_usd is None:
            found_usd = paid
    return Run(
        state.belief.weights(),
        sum(_usd(b.spend, prices) for b in bookings),
        failed,
        state.belief.chance_of(best.id) if best else 0.0,
        failed.get(best.tier, (0, 0.0))[1] if found_usd is None and best else found_usd or 0.0,
        state.ended == "submitted",
    )


def _usd(spend: Spend, prices: Prices) -> float:
    return spend.usd + prices.latency_usd_per_s * spend.seconds


def menu_lines(menu: Menu, regret: Regret | None, value_usd: float) -> list[str]:
    """What each tier costs and each value gets, where there is a choice, and the regret."""
    lines = []
    if len(menu.tiers) > 1:
        alone = [f"{o.name} {_buys(o)}" for o in menu.tiers]
        rows = [f"${o.for_usd:g}: {_buys(o)}{_by(o)}" for o in menu.by_value]
        lines = [
            f"menu, one attempt of a tier alone: {'; '.join(alone)}",
            f"menu by the value of a fix: {'; '.join(rows)}",
        ]
    bound = f"before the first step it was ${menu.regret_bound_usd:.2f} at most"
    if regret is not None:
        lines.append(f"expected regret at ${value_usd:g}: ${regret.expected_usd:.2f}; {bound}")
    return lines


def _buys(offer: Offered) -> str:
    if not offer.quality:
        return "nothing"
    return f"P {offer.quality:.2f}, wrong {offer.p_wrong:.2f}, for ${offer.price_usd:.2f}"


def _by(offer: Offered) -> str:
    return f" ({offer.name})" if offer.tiers else ""


def _row(offer: Offer, value_usd: float | None = None) -> Offered:
    return Offered(
        name=offer.name,
        price_usd=offer.cost_usd,
        quality=offer.quality,
        p_wrong=offer.p_wrong,
        tiers=list(offer.tiers),
        for_usd=value_usd,
    )
