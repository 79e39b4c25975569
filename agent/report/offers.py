"""The published menu of a run, as a result carries it and as a receipt prints it."""

from __future__ import annotations

from collections.abc import Mapping

from fixit_runtime.agent.demand.menu import Offer, publish
from fixit_runtime.agent.economy import Belief
from fixit_runtime.agent.report.record import Menu, Offered
from fixit_runtime.agent.seams import Decision


def menu_shown(belief: Belief | None, decisions: Mapping[int, Decision]) -> Menu | None:
    """What there was to choose from at the first decision; None where none was made."""
    if belief is None or not decisions:
        return None
    first = decisions[min(decisions)]
    offered = publish(belief, [s.quote for s in first.menu], first.prices)
    return Menu(
        tiers=[_row(offer) for offer in offered.tiers],
        by_value=[_row(offer, value) for value, offer in offered.by_value],
        regret_bound_usd=offered.regret_bound_usd,
    )


def menu_lines(menu: Menu, value_usd: float) -> list[str]:
    """One line: what each value gets, where there is a choice, and the regret to be expected
    at this one."""
    bound = f"expected regret at ${value_usd:g} is ${menu.regret_bound_usd:.2f} at most"
    if len(menu.tiers) < 2:
        return [bound]
    rows = [f"${o.for_usd:g}: {_buys(o)}" for o in menu.by_value]
    return [f"menu by the value of a fix: {'; '.join(rows)}; {bound}"]


def _buys(offer: Offered) -> str:
    return f"P {offer.quality:.2f} for ${offer.price_usd:.2f}" if offer.quality else "nothing"


def _row(offer: Offer, value_usd: float | None = None) -> Offered:
    return Offered(
        name=offer.name, price_usd=offer.price_usd, quality=offer.quality, for_usd=value_usd
    )
