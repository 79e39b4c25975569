"""The index rule over what acts may bring, in many branches at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fixit_runtime.agent.economy.belief import TINY, Array, Attempts, Belief, Worth
from fixit_runtime.agent.economy.quotes import Prices, Quote, Scored, Verdict
from fixit_runtime.agent.economy.value import full_cost, stop_worth

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]
NEVER = 1e-200  # keeps a price finite where an attempt cannot succeed
GONE = 1e60  # κ of an attempt that is not to be had any more


class _Shown(NamedTuple):
    """What showing a candidate brings if it is right, and if it is wrong: dollars, and the chance
    of ending right. Its checks are paid for; (R,) or one for all."""

    right_usd: Array
    wrong_usd: Array
    right_ends: Array
    wrong_ends: Array

    def usd(self, right: Array, reached: Array) -> Array:
        """max(0, submit) where P(here) = `reached` and P(here, and it is right) = `right`."""
        worth: Array = right * self.right_usd + (reached - right) * self.wrong_usd
        return np.maximum(worth, 0.0, out=worth)

    def worth(self, right: Array, reached: Array) -> tuple[Array, Array]:
        """The same, and the chance of ending right."""
        usd = self.usd(right, reached)
        ends = right * self.right_ends + (reached - right) * self.wrong_ends
        return usd, np.where(usd > 0, ends, 0.0)

    def of(self, rows: Rows | Mask) -> _Shown:
        return _Shown(*(each[rows] for each in self))

    def if_(self, better: Mask, other: _Shown) -> _Shown:
        """This one where `better`, else the other."""
        return _Shown(*(np.where(better, a, b) for a, b in zip(self, other, strict=True)))


class _Branches(NamedTuple):
    """R ways in which the next steps may go, side by side.

    `mass` (R, G) is P(this way, and difficulty d): a row's sum is the chance of coming this way,
    so nothing needs dividing while it thins out. `scale` and `left` (R, K) are what earlier
    attempts left of each act. `right` (R, G) is P(the candidate at hand is right | d), and
    `shown` what showing it brings.
    """

    mass: Array
    scale: Array
    left: Array
    right: Array
    shown: _Shown

    def only(self, keep: Mask) -> _Branches:
        mass, scale, left, right = (x[keep] for x in self[:4])
        return _Branches(mass, scale, left, right, self.shown.of(keep))


class _Pick(NamedTuple):
    """An act bought next in each of R branches, (R,) each: κ; then chances: of coming so far and
    of being accepted there, that it is accepted and right, and that the candidate at hand is
    right, on coming here and once the new one is accepted."""

    cost: Array
    reached: Array
    accepted: Array
    new_right: Array
    old_right: Array
    both: Array


_Level = tuple[Rows, _Pick]  # which branches, and what is bought in them


@dataclass(frozen=True, slots=True)
class Shelf:
    """The acts on offer under one belief, and the index rule over them."""

    belief: Belief
    acts: Sequence[Quote]
    prices: Prices
    stop: Worth
    attempts: Attempts
    cost: Array
    floor: Array  # P(accept) of an attempt that is wrong
    slope: Array  # and what being right adds to it
    falling: bool  # no failure can raise the chance of any act
    new: _Shown  # a candidate that an act brings

    @classmethod
    def of(cls, belief: Belief, acts: Sequence[Quote], prices: Prices) -> Shelf:
        return cls._at_cost(belief, acts, prices, np.array([full_cost(q, prices) for q in acts]))

    def after(self, quote: Quote, verdict: Verdict) -> Shelf:
        """The same acts once `quote` has been taken and has shown `verdict`."""
        belief = self.belief.after(quote, verdict)
        return self._at_cost(belief, self.acts, self.prices, self.cost)

    @classmethod
    def _at_cost(cls, belief: Belief, acts: Sequence[Quote], prices: Prices, cost: Array) -> Shelf:
        has = belief.attempts(acts)
        floor = 1.0 - has.specificity
        slope = has.sensitivity - floor
        easier_is_likelier = (has.right[:, 1:] <= has.right[:, :-1]).all()
        falling = bool(easier_is_likelier and (slope >= 0).all() and (has.decay <= 1).all())
        # A chain of checks is worth a mixture of what it is for a right and for a wrong one.
        p_pass, chance, owed_usd = belief.settle(np.array([1.0, 0.0]))
        usd = p_pass * (prices.value_usd * chance - prices.risk_usd * (1 - chance)) - owed_usd
        new = _Shown(*(np.asarray(each) for each in (*usd, *(p_pass * chance))))
        stop = stop_worth(belief, prices)
        return cls(belief, acts, prices, stop, has, cost, floor, slope, falling, new)

    def worth(self, depth: int) -> Worth:
        """W of the belief."""
        if not self.acts:
            return self.stop
        usd, quality = self._look_ahead(self._here(1), depth)
        return Worth(float(usd[0]), float(quality[0]))

    def score(self, depth: int) -> list[Scored]:
        """−κ + p·W(after accept) + (1 − p)·W(after reject), for all acts at once."""
        if not self.acts:
            return []
        count, weights, accept = len(self.acts), self.belief.weights(), self.attempts.accept
        p = accept @ weights
        usd, quality = self._look_ahead(self._one_step_on(p, weights * accept), depth)
        scores = usd[:count] + usd[count:] - self.cost
        gains = quality[:count] + quality[count:] - self.stop.quality
        figures = (p, self._spread(p, accept, weights), gains, scores)
        return [
            Scored(_priced(quote, chance, spread, gain), usd)
            for quote, chance, spread, gain, usd in zip(
                self.acts, *(x.tolist() for x in figures), strict=True
            )
        ]

    def _here(self, count: int) -> _Branches:
        """The present, `count` times over."""

        def rows(row: Array) -> Array:
            return np.repeat(row[None, :], count, axis=0)

        right, shown = self._at_hand()
        return _Branches(
            rows(self.belief.weights()),
            rows(np.ones(len(self.acts))),
            rows(self.attempts.left),
            rows(right),
            _Shown(*(np.full(count, each) for each in shown)),
        )

    def _at_hand(self) -> tuple[Array, _Shown]:
        """P(the candidate at hand is right | d), and what showing it brings. Where only its
        chance now is known, it is a sure thing that is worth what stopping is."""
        points = len(self.belief.weights())
        if (held := self.attempts.at_hand) is None:
            sure = np.asarray(self.stop.usd), np.asarray(self.stop.quality)
            return np.ones(points), _Shown(sure[0], sure[0], sure[1], sure[1])
        prices = self.prices
        right_usd = held.right_passes * prices.value_usd - held.right_usd
        wrong_usd = -held.wrong_passes * prices.risk_usd - held.wrong_usd
        brings = (right_usd, wrong_usd, held.right_passes, 0.0)
        return held.right, _Shown(*(np.asarray(x) for x in brings))

    def _one_step_on(self, p: Array, accepted: Array) -> _Branches:
        """2K branches: act k was taken and accepted, for all k; then, taken and rejected."""
        count = len(self.acts)
        ahead, acts = self._here(2 * count), np.arange(count)
        ahead.mass[:count] = accepted
        ahead.mass[count:] -= accepted
        for first in (0, count):
            ahead.scale[first + acts, acts] = self.attempts.decay
            ahead.left[first + acts, acts] -= 1.0
        new_right = self.attempts.sensitivity[:, None] * self.attempts.right
        right = (new_right * self.belief.weights()).sum(axis=1)
        old = ahead.shown.of(acts).usd((accepted * ahead.right[:count]).sum(axis=1), p)
        better = self.new.usd(right, p) > old
        chance = new_right / np.maximum(self.attempts.accept, TINY)
        ahead.right[:count] = np.where(better[:, None], chance, ahead.right[:count])
        better = np.concatenate([better, np.zeros(count, dtype=bool)])
        return ahead._replace(shown=self.new.if_(better, ahead.shown))

    def _look_ahead(self, start: _Branches, depth: int) -> tuple[Array, Array]:
        """W and its chance of ending right in each branch, times the chance of the branch."""
        ended, still_right = start.mass.sum(axis=1), (start.mass * start.right).sum(axis=1)
        path = list(self._along_failures(start, depth))
        for here, pick in path:
            ended[here] -= pick.accepted
            still_right[here] -= pick.both
        usd, quality = start.shown.worth(still_right, ended)
        for (here, pick), stop, yes in reversed(self._stop_or_accept(path, start.shown)):
            go_on = usd[here] + yes[0] - pick.reached * pick.cost
            better = go_on > stop[0]
            usd[here] = np.where(better, go_on, stop[0])
            quality[here] = np.where(better, quality[here] + yes[1], stop[1])
        return usd, quality

    def _along_failures(self, start: _Branches, depth: int) -> Iterator[_Level]:
        """The act with the least κ/p, and the next once it has failed, in all branches at once.
        A branch ends where nothing more can be worth its price. Uses `start` up.
        """
        has, branch, least = self.attempts, np.arange(len(start.mass)), self._least(start)
        now = start
        for _ in range(depth):
            reached = now.mass.sum(axis=1)
            right = now.scale * (now.mass @ has.right.T)  # coming here, and the attempt is right
            accepted = self.slope * right + reached[:, None] * self.floor
            cost = np.where(now.left > 0, self.cost, GONE)
            act = ((cost + TINY) / (accepted + NEVER)).argmin(axis=1)
            rows = np.arange(len(act))
            q = has.right[act] * (self.slope[act] * now.scale[rows, act])[:, None]
            failed = now.mass * (has.specificity[act][:, None] - q)
            old_right = (now.mass * now.right).sum(axis=1)
            pick = _Pick(
                cost[rows, act],
                reached,
                accepted[rows, act],
                right[rows, act] * has.sensitivity[act],
                old_right,
                old_right - (failed * now.right).sum(axis=1),
            )
            keep = self._may_add(cost, reached, right, accepted, least)
            if not keep.all():
                keep |= self._tells(pick, now.shown)
                branch, act, least, rows = branch[keep], act[keep], least[keep], rows[: keep.sum()]
                pick, failed, now = _Pick(*(x[keep] for x in pick)), failed[keep], now.only(keep)
            if not len(branch):
                return
            yield branch, pick
            now.scale[rows, act] *= has.decay[act]
            now.left[rows, act] -= 1.0
            now = now._replace(mass=failed)

    def _least(self, start: _Branches) -> Array:
        """The least that showing the candidate at hand can ever be worth, (R,)."""
        chance = start.right.min(axis=1)
        return start.shown.usd(chance, np.ones(len(chance)))

    def _may_add(
        self, cost: Array, reached: Array, right: Array, accepted: Array, least: Array
    ) -> Mask:
        """Whether some attempt's candidate may be worth its price, now or after any failures.

        Where failures only lower chances, no later attempt is worth more than the same one now;
        else nothing is ruled out but what is gone.
        """
        if not self.falling:
            return np.asarray((cost < GONE).any(axis=1))
        worth = self.new.usd(right * self.attempts.sensitivity, accepted)
        return np.asarray((worth - least[:, None] * accepted > reached[:, None] * cost).any(axis=1))

    def _tells(self, pick: _Pick, shown: _Shown) -> Mask:
        """Whether what an attempt tells of the candidate at hand is worth its price: if it
        fails, that candidate is not shown, or a doubtful one is shown if it does not."""
        accepted = shown.usd(pick.both, pick.accepted)
        failed = shown.usd(pick.old_right - pick.both, pick.reached - pick.accepted)
        before = shown.usd(pick.old_right, pick.reached)
        pays: Mask = accepted + failed - pick.reached * pick.cost > before
        return pays

    def _stop_or_accept(
        self, path: Sequence[_Level], shown: _Shown
    ) -> list[tuple[_Level, tuple[Array, Array], tuple[Array, Array]]]:
        """Each level of the path with W and the chance of ending right, as mass: on stopping
        there, and once its attempt is accepted, showing the better candidate."""
        if not path:
            return []
        old = shown.of(np.concatenate([here for here, _ in path]))
        every = _Pick(*(np.concatenate(x) for x in zip(*(pick for _, pick in path), strict=True)))
        stop_usd, stop_ends = old.worth(every.old_right, every.reached)
        old_usd, old_ends = old.worth(every.both, every.accepted)
        new_usd, new_ends = self.new.worth(every.new_right, every.accepted)
        yes_usd = np.maximum(old_usd, new_usd)
        yes_ends = np.where(new_usd > old_usd, new_ends, old_ends)
        levels, first = [], 0
        for level in path:
            part = slice(first, first + len(level[0]))
            stop, yes = (stop_usd[part], stop_ends[part]), (yes_usd[part], yes_ends[part])
            levels.append((level, stop, yes))
            first = part.stop
        return levels

    def _spread(self, p: Array, accept: Array, weights: Array) -> Array:
        """Standard deviation of P(accept): difficulty is hidden, and curves are estimates."""
        variance = ((accept - p[:, None]) ** 2) @ weights
        if self.attempts.spread is not None:
            variance = variance + (self.slope * (self.attempts.spread @ weights)) ** 2
        deviation: Array = np.sqrt(variance)
        return deviation


def _priced(quote: Quote, p: float, p_sd: float, gain: float) -> Quote:
    """The quote with its chances filled in. (`replace` takes four times as long, for every
    option of every decision.)"""
    return Quote(
        quote.option,
        quote.action,
        quote.tier,
        p,
        p_sd,
        gain,
        quote.quality_gain_sd,
        quote.cost_usd,
        quote.cost_worst_usd,
        quote.latency_s,
        quote.risk_events,
        quote.irreversible_events,
        quote.oversight_usd,
        Quote.attempt(p),
        quote.sources,
    )
