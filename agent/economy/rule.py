"""The rule: every option of the menu scored alike, and the best one first."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fixit_runtime.agent.economy.belief import Array, Belief, Worth
from fixit_runtime.agent.economy.lookahead import Branches, Outlook, Shown, look_ahead
from fixit_runtime.agent.economy.quotes import Action, Prices, Quote, Scored
from fixit_runtime.agent.economy.value import full_cost, submit_value

DEPTH = 12  # attempts that the index rule looks ahead (design §4)


def worth(belief: Belief, menu: Sequence[Quote], prices: Prices, depth: int = DEPTH) -> Worth:
    """W(b) = max(0, submit, index(b)): the belief's worth if the index rule goes on from here."""
    offer = _Offer.of(belief, menu, prices, depth)
    return offer.worths([offer.outlook(belief).here()])[0]


def rank(belief: Belief, menu: Sequence[Quote], prices: Prices, depth: int = DEPTH) -> list[Scored]:
    """The whole menu, best first; ties by κ/p, then defer.

    `depth` is how many further attempts are looked ahead; with 0 no step leads to another.
    """
    offer = _Offer.of(belief, menu, prices, depth)
    now, acts = offer.outlook(belief), 2 * len(offer.acts)
    informing = [q for q in menu if q.action in (Action.PLAN, Action.VERIFY)]
    shown = [(belief.tells(q), [v for v, p in q.outcomes if p]) for q in informing]
    after = {
        (told, verdict): belief.after(quote, verdict)
        for quote, (told, verdicts) in zip(informing, shown, strict=True)
        for verdict in verdicts
    }
    ways = [now.one_step_on(), *(offer.outlook(each).here() for each in after.values())]
    worths = offer.worths(ways)
    scored, then = offer.score(now, worths[:acts]), dict(zip(after, worths[acts:], strict=True))
    for quote, (told, _) in zip(informing, shown, strict=True):
        ends = [(p, then[told, verdict]) for verdict, p in quote.outcomes if p]
        usd = sum(p * w.usd for p, w in ends) - full_cost(quote, prices)
        gain = sum(p * w.quality for p, w in ends) - now.stop.quality
        ends_right = [w.quality for _, w in ends]
        sd = quote.p_sd * (max(ends_right) - min(ends_right))
        scored.append(Scored(replace(quote, quality_gain=gain, quality_gain_sd=sd), usd))
    scored += [_ending(q, belief, now.stop, prices) for q in menu if q.action in _ENDINGS]
    if len({s.score for s in scored}) < len(scored):
        scored.sort(key=lambda s: _tie(s.quote, prices))
    return sorted(scored, key=lambda s: -s.score)


def score(quote: Quote, belief: Belief, menu: Sequence[Quote], prices: Prices) -> Scored:
    """One quote's score, and its ΔQ = E[P(ends right) | taken] − P(ends right | stop now)."""
    return next(s for s in rank(belief, menu, prices) if s.quote.option == quote.option)


_ENDINGS = (Action.SUBMIT, Action.DEFER)


def _ending(quote: Quote, belief: Belief, stop: Worth, prices: Prices) -> Scored:
    """Submit or defer: nothing follows."""
    if quote.action is Action.DEFER:
        return Scored(replace(quote, quality_gain=-stop.quality), -full_cost(quote, prices))
    chance = belief.owed().chance
    # What a submit quote books, submit_value prices: 1 − P as risk events, and handing over.
    gained = replace(quote, quality_gain=chance - stop.quality)
    return Scored(gained, submit_value(chance, prices))


@dataclass(frozen=True, slots=True)
class _Offer:
    """The acts of a menu, with κ of each, (K,), and how many of them are looked ahead."""

    acts: Sequence[Quote]
    cost: Array
    new: Shown  # what a candidate of theirs would bring
    prices: Prices
    depth: int

    @classmethod
    def of(cls, belief: Belief, menu: Sequence[Quote], prices: Prices, depth: int) -> _Offer:
        acts = [q for q in menu if q.action is Action.ACT]
        cost = np.array([full_cost(q, prices) for q in acts])
        return cls(acts, cost, Shown.new(belief, prices), prices, depth if acts else 0)

    def outlook(self, belief: Belief) -> Outlook:
        return Outlook.of(belief, belief.attempts(self.acts), self.new, self.prices)

    def worths(self, ways: Sequence[Branches]) -> list[Worth]:
        usd, quality = look_ahead(ways, self.cost, self.depth)
        return [Worth(*each) for each in zip(usd.tolist(), quality.tolist(), strict=True)]

    def score(self, now: Outlook, worths: Sequence[Worth]) -> list[Scored]:
        """−κ + p·W(after accept) + (1 − p)·W(after reject); the worths carry the chances."""
        accept = now.attempts.accept
        p = accept @ now.weights
        figures = (p.tolist(), _spread(now, p, accept).tolist(), self.cost.tolist())
        yes, no = worths[: len(self.acts)], worths[len(self.acts) :]
        brings = [
            (a.usd + r.usd - usd, a.quality + r.quality)
            for a, r, usd in zip(yes, no, figures[2], strict=True)
        ]
        for at, dearer in _alike(now, self.cost):
            usd, quality = brings[dearer]
            usd += figures[0][at] * (figures[2][dearer] - figures[2][at])
            brings[at] = max(brings[at], (usd, quality))
        return [
            Scored(
                _priced(
                    quote,
                    chance,
                    spread,
                    quality - now.stop.quality,
                    spread * _apart(chance, a.quality, r.quality),
                ),
                usd,
            )
            for quote, chance, spread, (usd, quality), a, r in zip(
                self.acts, *figures[:2], brings, yes, no, strict=True
            )
        ]


def _alike(now: Outlook, cost: Array) -> list[tuple[int, int]]:
    """Pairs of acts that bring the same, the cheaper one first.

    Whatever is planned after the dearer one, the same with the two exchanged costs the difference
    less where it succeeds at once, and no more where it does not; so the cheaper one is worth at
    least that much more. The walk, which goes by κ/p, does not see it where the one fades before
    the other comes up.
    """
    has = now.attempts
    alike: dict[bytes, list[int]] = {}
    parts = np.column_stack((has.right, has.decay, has.left, has.sensitivity, has.specificity))
    for at, row in enumerate(parts):
        alike.setdefault(row.tobytes(), []).append(at)
    pairs = []
    for group in alike.values():
        group.sort(key=lambda at: -cost[at])  # each hands on what the next dearer one is worth
        pairs += [(at, dearer) for dearer, at in itertools.pairwise(group)]
    return pairs


def _apart(p: float, if_accepted: float, if_rejected: float) -> float:
    """How far P(ends right) is apart by what an act shows: ΔQ moves by that with its chance.
    The arguments carry the chances p and 1 − p."""
    yes = if_accepted / p if p > 0 else 0.0
    return abs(yes - (if_rejected / (1.0 - p) if p < 1 else 0.0))


def _spread(now: Outlook, p: Array, accept: Array) -> Array:
    """Standard deviation of P(accept): difficulty is hidden, and curves are estimates."""
    has = now.attempts
    variance = ((accept - p[:, None]) ** 2) @ now.weights
    if has.spread is not None:
        slope = has.sensitivity + has.specificity - 1.0
        variance = variance + (slope * (has.spread @ now.weights)) ** 2
    deviation: Array = np.sqrt(variance)
    return deviation


def _priced(quote: Quote, p: float, p_sd: float, gain: float, gain_sd: float) -> Quote:
    """The quote with its chances filled in. (`replace` takes four times as long, for every
    option of every decision.)"""
    return Quote(
        quote.option,
        quote.action,
        quote.tier,
        p,
        p_sd,
        gain,
        gain_sd,
        quote.cost_usd,
        quote.cost_worst_usd,
        quote.latency_s,
        quote.risk_events,
        quote.irreversible_events,
        quote.oversight_usd,
        Quote.attempt(p),
        quote.sources,
    )


def _tie(quote: Quote, prices: Prices) -> tuple[float, bool, str]:
    price = full_cost(quote, prices) / quote.p_accept if quote.p_accept > 0 else math.inf
    return price, quote.action is not Action.DEFER, quote.option
