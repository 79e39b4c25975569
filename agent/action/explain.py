"""Why a step was chosen, in one sentence with numbers.

A step is worth what it brings over what is at hand without it: its score, less the best score of
those that only check or show, plus its full cost. So "worth" and "costs" compare, and the larger
one decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from fixit_runtime.agent.economy import Action, Prices, Quote, Scored, chance_needed, full_cost

_ENDS = (Action.VERIFY, Action.SUBMIT)


def reason(
    pick: Scored,
    ranked: Sequence[Scored],
    prices: Prices,
    beyond: Sequence[Quote] = (),
    held: float = 0.0,
) -> str:
    """One sentence: why this step, or why none is worth its price.

    Args:
        beyond: steps that make sense, but that the limits do not leave enough for.
        held: P that the best candidate at hand is right; 0 while there is none.
    """
    rest = [s for s in ranked if s is not pick and s.quote.action is not Action.DEFER]
    match pick.quote.action:
        case Action.SUBMIT:
            return _submitted(pick, rest, prices)
        case Action.DEFER:
            return _deferred(rest, prices, beyond) + _doubt(held, prices)
    return _bought(pick, rest, prices)


def tightened(given: Prices, now: Prices) -> str:
    """Which limits bind, and what they make things cost; "" where none does."""
    told = []
    if now.money > given.money:
        told.append(f"the cap makes a dollar count {now.money:.2f} times")
    if now.latency_usd_per_s > given.latency_usd_per_s:
        told.append(f"the deadline makes an hour cost {usd(now.latency_usd_per_s * 3600)}")
    if now.risk_usd > given.risk_usd:
        told.append(f"the limit of risk makes a wrong patch cost {usd(now.risk_usd)}")
    return f" [{', '.join(told)}]" if told else ""


def usd(amount: float) -> str:
    """Dollars with as many digits as matter."""
    if amount and abs(amount) < 0.0001:
        return "$0.0000" if amount > 0 else "-$0.0000"
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}${size:.2f}" if size >= 0.995 or not size else f"{sign}${size:.{_digits(size)}f}"


def _digits(size: float) -> int:
    return 2 if size >= 0.1 else 3 if size >= 0.01 else 4


def _bought(pick: Scored, rest: Sequence[Scored], prices: Prices) -> str:
    cost = full_cost(pick.quote, prices)
    at_hand = max((s.score for s in rest if s.quote.action in _ENDS), default=0.0)
    worth = pick.score - max(at_hand, 0.0) + cost
    told = f"{_gain(pick.quote)} is worth {usd(worth)}, this step costs {usd(cost)}"
    if pick.quote.action is Action.VERIFY:
        told = (
            f"with this check the patch is worth {usd(pick.score + cost)}; it costs {usd(cost)} "
            f"and passes with P = {pick.quote.p_accept:.2f}"
        )
    if not rest:
        return told
    by_lot = "by lot, " if rest[0].score > pick.score else ""
    return f"{told} ({by_lot}next best {_at(rest[0])} against {usd(pick.score)})"


def _submitted(pick: Scored, rest: Sequence[Scored], prices: Prices) -> str:
    wrong = pick.quote.risk_events
    told = (
        f"P(correct) {1 - wrong:.2f} x {usd(prices.value_usd)} less {wrong:.2f} x "
        f"{usd(prices.risk_usd)} for a wrong patch{_handed(prices)} is worth {usd(pick.score)}"
    )
    if not rest:
        return f"{told}, and no step is left to buy"
    return f"{told}, and no further step adds to it (next best {_at(rest[0])})"


def _deferred(rest: Sequence[Scored], prices: Prices, beyond: Sequence[Quote]) -> str:
    if not rest:
        if not beyond:
            return "no step is left to try: defer"
        return f"the limits leave no room for {_named(beyond)}: defer"
    best = max(rest, key=lambda s: (_brings(s, prices), s.score))
    if best.quote.action is Action.SUBMIT:
        wrong = best.quote.risk_events
        return (
            f"P(correct) {1 - wrong:.2f} is too low to show the patch: it is worth "
            f"{usd(prices.value_usd * (1 - wrong))}, the risk of a wrong one costs "
            f"{usd(prices.risk_usd * wrong)}{_handed(prices)}: defer"
        )
    cost = full_cost(best.quote, prices)
    return (
        f"{_gain(best.quote)} is worth {usd(best.score + cost)}, the best step left "
        f"({best.quote.option}) costs {usd(cost)}, so it is not worth its price: defer"
    )


def _brings(scored: Scored, prices: Prices) -> bool:
    """Whether a step is worth anything at all before its cost."""
    return scored.score + full_cost(scored.quote, prices) > 0.0005


def _doubt(held: float, prices: Prices) -> str:
    """Why the candidate at hand is not shown instead."""
    needed = chance_needed(prices)
    if not 0 < held < needed:
        return ""
    return f" (the candidate at hand: P(correct) {held:.2f}, and showing it needs {needed:.2f})"


def _handed(prices: Prices) -> str:
    return f", and {usd(prices.handover_usd)} to hand it over" if prices.handover_usd else ""


def _gain(quote: Quote) -> str:
    return f"{quote.quality_gain:+.2f} chance of a right fix"


def _at(scored: Scored) -> str:
    return f"{scored.quote.option} at {usd(scored.score)}"


def _named(quotes: Sequence[Quote]) -> str:
    return ", ".join(
        f"{q.option} (risk {q.risk_events:.2f})"
        if q.action is Action.SUBMIT
        else f"{q.option} ({usd(q.cost_worst_usd)}, {q.latency_s:.0f} s)"
        for q in quotes
    )
