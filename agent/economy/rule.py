"""The rule: every option of the menu scored alike, and the best one first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from fixit_runtime.agent.economy.belief import Belief, Worth
from fixit_runtime.agent.economy.lookahead import Shelf
from fixit_runtime.agent.economy.quotes import Action, Prices, Quote, Scored
from fixit_runtime.agent.economy.value import full_cost, submit_value

DEPTH = 12  # attempts that the index rule looks ahead (design §4)


def worth(belief: Belief, menu: Sequence[Quote], prices: Prices, depth: int = DEPTH) -> Worth:
    """W(b) = max(0, submit, index(b)): the belief's worth if the index rule goes on from here."""
    return Shelf.of(belief, _acts(menu), prices).worth(depth)


def rank(belief: Belief, menu: Sequence[Quote], prices: Prices, depth: int = DEPTH) -> list[Scored]:
    """The whole menu, best first; ties by κ/p, then defer.

    `depth` is how many further attempts are looked ahead; with 0 no step leads to another.
    """
    shelf = Shelf.of(belief, _acts(menu), prices)
    scored = shelf.score(depth)
    scored += [_score_other(q, shelf, depth) for q in menu if q.action is not Action.ACT]
    return sorted(scored, key=lambda s: (-s.score, *_tie(s.quote, prices)))


def score(quote: Quote, belief: Belief, menu: Sequence[Quote], prices: Prices) -> Scored:
    """One quote's score, and its ΔQ = E[P(ends right) | taken] − P(ends right | stop now)."""
    return next(s for s in rank(belief, menu, prices) if s.quote.option == quote.option)


def _acts(menu: Sequence[Quote]) -> list[Quote]:
    return [q for q in menu if q.action is Action.ACT]


def _score_other(quote: Quote, shelf: Shelf, depth: int) -> Scored:
    """Plan, verify, submit and defer: their outcomes stand in the quote."""
    belief, prices, stop = shelf.belief, shelf.prices, shelf.stop
    if quote.action is Action.DEFER:
        return Scored(replace(quote, quality_gain=-stop.quality), -full_cost(quote, prices))
    if quote.action is Action.SUBMIT:
        chance = belief.owed().chance
        # A submit quote books 1 − P as risk events; submit_value has priced them already.
        cost = full_cost(replace(quote, risk_events=0.0), prices)
        gained = replace(quote, quality_gain=chance - stop.quality)
        return Scored(gained, submit_value(chance, prices) - cost)
    usd, quality = -full_cost(quote, prices), 0.0
    for verdict, p in quote.outcomes:
        if p > 0:
            then = shelf.after(quote, verdict).worth(depth)
            usd += p * then.usd
            quality += p * then.quality
    return Scored(replace(quote, quality_gain=quality - stop.quality), usd)


def _tie(quote: Quote, prices: Prices) -> tuple[float, bool, str]:
    price = full_cost(quote, prices) / quote.p_accept if quote.p_accept > 0 else math.inf
    return price, quote.action is not Action.DEFER, quote.option
