"""Equation 1, written once: what a step is worth, and which step to take.

Source: S. Zhu, *Agentic AI Systems Should Be Designed as Marginal Token Allocators*,
arXiv 2605.01214, Eq. 1-3. The index rule is Weitzman's (1979) for a yes/no outcome:
buy the attempt with the least cost per chance, and stop when nothing raises the worth.

    full cost      κ = ΔC + λ·ΔL + ρ·ΔR + ρ_irr·ΔR_irr + H
    submit         V·P − ρ·(1 − P)                                 defer = 0
    score(i)       −κ_i + Σ_o P(o | belief, i) · W(belief after o)
    W(b)           max(0, submit(b), index(b))
    index(b)       buy k = argmin κ_k / p_k while that raises W:
                   −κ_k + p_k · max(0, submit after accept) + (1 − p_k) · W(b after reject)

Both submits are those of the belief that the step leaves: what an attempt shows also moves the
candidate at hand.

One attempt with a perfect verifier makes score(i) = p·V − κ, which is Eq. 1. The
literal next-step rule (V·ΔQ − κ) is `marginal_surplus`; it is kept as a peer policy.

Everything is US dollars, seconds and probabilities. Nothing here does I/O.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]
DEPTH = 12  # attempts that the index rule looks ahead (design §4)
TINY = 1e-12
NEVER = 1e-200  # keeps a price finite where an attempt cannot succeed
GONE = 1e60  # κ of an attempt that is not to be had any more
SECONDS_PER_HOUR = 3600.0


class Action(StrEnum):
    """The five kinds of step."""

    PLAN = "plan"
    ACT = "act"
    VERIFY = "verify"
    SUBMIT = "submit"
    DEFER = "defer"


class Verdict(StrEnum):
    """What a step showed.

    ACCEPT and REJECT move the belief in a candidate or a tier; INFORMED means that a plan
    brought facts; FAILED means that the step did not run (an endpoint down, a sandbox lost)
    and says nothing about the task; ENDED closes the run (submit, defer).
    """

    ACCEPT = "accept"
    REJECT = "reject"
    INFORMED = "informed"
    FAILED = "failed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Prices:
    """What the user says things are worth. All in US dollars; λ per second.

    Raises:
        ValueError: a price is negative, not finite, or not a number.
    """

    value_usd: float = 5.0
    latency_usd_per_s: float = 10.0 / SECONDS_PER_HOUR
    risk_usd: float = 20.0
    irreversible_usd: float = 100.0
    cpu_usd_per_s: float = 0.05 / SECONDS_PER_HOUR
    money: float = 1.0  # what a dollar spent counts: more where a spending cap binds

    def __post_init__(self) -> None:
        for name in self.__slots__:
            price = getattr(self, name)
            if not (math.isfinite(price) and price >= 0):
                raise ValueError(f"{name} must be a finite number of at least 0, not {price!r}")

    @classmethod
    def of(
        cls,
        value_usd: float = 5.0,
        *,
        latency_usd_per_hour: float = 10.0,
        risk_usd: float | None = None,
        irreversible_usd: float | None = None,
        cpu_usd_per_hour: float = 0.05,
    ) -> Self:
        """Prices as people give them: by the hour, and ρ = 4·V, ρ_irr = 20·V unless said."""
        return cls(
            value_usd,
            latency_usd_per_hour / SECONDS_PER_HOUR,
            4 * value_usd if risk_usd is None else risk_usd,
            20 * value_usd if irreversible_usd is None else irreversible_usd,
            cpu_usd_per_hour / SECONDS_PER_HOUR,
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """What a step promises and what it would cost, before it is taken.

    `p_accept` is the chance that the step ends in ACCEPT (0 for plan, submit and defer).
    `cost_worst_usd` is what must be reserved; `cost_usd` is the expectation, CPU included.
    `outcomes` are (verdict, probability) and sum to 1. `quality_gain` (ΔQ) is filled in by
    `score`. `sources` names the estimator and version behind the figures.

    Raises:
        ValueError: the outcomes do not sum to 1, or a figure is negative or not finite.
    """

    option: str
    action: Action
    tier: str = ""
    p_accept: float = 0.0
    p_sd: float = 0.0
    quality_gain: float = 0.0
    quality_gain_sd: float = 0.0
    cost_usd: float = 0.0
    cost_worst_usd: float = 0.0
    latency_s: float = 0.0
    risk_events: float = 0.0
    irreversible_events: float = 0.0
    oversight_usd: float = 0.0
    outcomes: tuple[tuple[Verdict, float], ...] = ((Verdict.ENDED, 1.0),)
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        total = 0.0
        for _, p in self.outcomes:
            total += p
        if not abs(total - 1.0) <= 1e-6:
            raise ValueError(f"{self.option}: outcomes must sum to 1, not {self.outcomes}")
        if not (
            0 <= self.cost_usd < math.inf
            and 0 <= self.cost_worst_usd < math.inf
            and 0 <= self.latency_s < math.inf
            and 0 <= self.risk_events < math.inf
            and 0 <= self.irreversible_events < math.inf
        ):
            raise ValueError(f"{self.option}: costs and risks must be finite and at least 0")

    @staticmethod
    def attempt(p_accept: float) -> tuple[tuple[Verdict, float], ...]:
        """The outcomes of a step that accepts with this chance and else rejects."""
        return ((Verdict.ACCEPT, p_accept), (Verdict.REJECT, 1.0 - p_accept))


class Owed(NamedTuple):
    """Checks still owed by a candidate: the chance that it passes them all, its chance of being
    right once it has, and their expected full cost in USD."""

    p_pass: float
    chance: float
    usd: float


class AtHand(NamedTuple):
    """The best candidate: P(right | d), (G,), and the checks that it owes. If it is right it
    passes them with P = `right_passes` for `right_usd`; if it is wrong, with `wrong_passes`."""

    right: Array
    right_passes: float = 1.0
    right_usd: float = 0.0
    wrong_passes: float = 1.0
    wrong_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Attempts:
    """What K acts could bring, over a grid of G difficulties. Arrays of (K, G) or (K,).

    `right` is P(the next attempt is right | d), `decay` what a further attempt of the same act
    keeps of it, `left` how many more can be bought. An attempt that is right is accepted with
    P = sensitivity, one that is wrong with P = 1 − specificity. `spread` is the standard error
    of `right` where it was estimated from few outcomes; None says that it is not known.
    `at_hand` lets what attempts show move the candidate at hand too; where it is None, a
    candidate keeps the chance that `owed` gives it.
    """

    right: Array
    decay: Array
    left: Array
    sensitivity: Array
    specificity: Array
    spread: Array | None = None
    at_hand: AtHand | None = None

    @property
    def accept(self) -> Array:
        """L(accept | d) = sens·q(d) + (1 − spec)·(1 − q(d)), (K, G)."""
        slope = (self.sensitivity + self.specificity - 1.0)[:, None]
        return (1.0 - self.specificity)[:, None] + slope * self.right


class Belief(Protocol):
    """What is believed about the task; the economy asks it, and never looks inside."""

    def weights(self) -> Array:
        """The posterior over the grid of difficulties, (G,), summing to 1."""

    def attempts(self, menu: Sequence[Quote]) -> Attempts:
        """The acts among these quotes, in the menu's order."""

    def owed(self) -> Owed:
        """Of the best candidate at hand; (0, 0, 0) while there is none."""

    def settle(self, chance: Array) -> tuple[Array, Array, Array]:
        """Owed, as three arrays, of a new candidate that an act accepted with these chances. A
        likelier candidate is worth no less than one that is not worth showing."""

    def after(self, quote: Quote, verdict: Verdict) -> Belief:
        """The belief once `quote` has been taken and has shown `verdict`."""


class Worth(NamedTuple):
    """W of a belief: expected dollars, and the chance that the task then ends right."""

    usd: float
    quality: float


class Scored(NamedTuple):
    """A quote (with its chances and ΔQ filled in) and its score in dollars."""

    quote: Quote
    score: float


NOTHING = Worth(0.0, 0.0)


def full_cost(quote: Quote, prices: Prices) -> float:
    """κ = ΔC + λ·ΔL + ρ·ΔR + ρ_irr·ΔR_irr + H, in USD (Eq. 1 and 6)."""
    return (
        prices.money * quote.cost_usd
        + prices.latency_usd_per_s * quote.latency_s
        + prices.risk_usd * quote.risk_events
        + prices.irreversible_usd * quote.irreversible_events
        + quote.oversight_usd
    )


def marginal_surplus(quote: Quote, prices: Prices) -> float:
    """Eq. 1 to the letter: V·ΔQ − κ of the next step alone."""
    return prices.value_usd * quote.quality_gain - full_cost(quote, prices)


def submit_value(chance: float, prices: Prices) -> float:
    """V·P − ρ·(1 − P): what showing a candidate with this chance of being right is worth."""
    return prices.value_usd * chance - prices.risk_usd * (1.0 - chance)


def stop_worth(belief: Belief, prices: Prices) -> Worth:
    """max(0, submit): stop here, showing the candidate if that is worth more than nothing.

    A candidate that still owes checks is worth what it is once they pass, less their cost:
    verification is quoted together with the submission that it makes worth something.
    """
    p_pass, chance, owed_usd = belief.owed()
    usd = p_pass * submit_value(chance, prices) - owed_usd
    return Worth(usd, p_pass * chance) if usd > 0 else NOTHING


def bayes(weights: Array, likelihood: Array) -> Array:
    """b'(d) ∝ b(d)·L(o | d), over the last axis. Where an outcome was impossible, b stays."""
    joint = weights * likelihood
    total = joint.sum(axis=-1, keepdims=True)
    return np.where(total > 0, joint / np.where(total > 0, total, 1.0), weights)


def worth(belief: Belief, menu: Sequence[Quote], prices: Prices, depth: int = DEPTH) -> Worth:
    """W(b) = max(0, submit, index(b)): the belief's worth if the index rule goes on from here."""
    return _Shelf.of(belief, _acts(menu), prices).worth(depth)


def rank(belief: Belief, menu: Sequence[Quote], prices: Prices, depth: int = DEPTH) -> list[Scored]:
    """The whole menu, best first; ties by κ/p, then defer.

    `depth` is how many further attempts are looked ahead; with 0 no step leads to another.
    """
    shelf = _Shelf.of(belief, _acts(menu), prices)
    scored = shelf.score(depth)
    scored += [_score_other(q, shelf, depth) for q in menu if q.action is not Action.ACT]
    return sorted(scored, key=lambda s: (-s.score, *_tie(s.quote, prices)))


def score(quote: Quote, belief: Belief, menu: Sequence[Quote], prices: Prices) -> Scored:
    """One quote's score, and its ΔQ = E[P(ends right) | taken] − P(ends right | stop now)."""
    return next(s for s in rank(belief, menu, prices) if s.quote.option == quote.option)


def _acts(menu: Sequence[Quote]) -> list[Quote]:
    return [q for q in menu if q.action is Action.ACT]


def _score_other(quote: Quote, shelf: _Shelf, depth: int) -> Scored:
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
class _Shelf:
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
    def of(cls, belief: Belief, acts: Sequence[Quote], prices: Prices) -> _Shelf:
        return cls._at_cost(belief, acts, prices, np.array([full_cost(q, prices) for q in acts]))

    def after(self, quote: Quote, verdict: Verdict) -> _Shelf:
        """The same acts once `quote` has been taken and has shown `verdict`."""
        belief = self.belief.after(quote, verdict)
        return self._at_cost(belief, self.acts, self.prices, self.cost)

    @classmethod
    def _at_cost(cls, belief: Belief, acts: Sequence[Quote], prices: Prices, cost: Array) -> _Shelf:
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


def split_budget(
    budget_usd: float,
    unit_prices: Mapping[str, float],
    quality: Callable[[Mapping[str, float]], float],
    *,
    slices: int = 1000,
) -> dict[str, float]:
    """Spend a budget in equal slices, each where it raises quality most (Eq. 2).

    At the end the marginal quality per dollar is equal over the uses in use. For
    Cobb-Douglas Q = A·Π t_i^α_i this tends to t_i = (α_i / Σα)·(B / p_i).

    Args:
        unit_prices: full price p_i of one unit of each use, USD, above 0.
        quality: Q of the units bought of each use. The first slice is shared by all uses, so
            that a complement is never priced at zero units.
    Returns: units bought of each use.
    Raises:
        ValueError: a price is not above 0, or the budget is negative.
    """
    if budget_usd < 0 or any(price <= 0 for price in unit_prices.values()):
        raise ValueError("the budget must be at least 0 and every unit price above 0")
    piece = budget_usd / slices
    units = {use: piece / len(unit_prices) / price for use, price in unit_prices.items()}
    for _ in range(slices - 1):
        gains = {
            use: quality({**units, use: units[use] + piece / price})
            for use, price in unit_prices.items()
        }
        best = max(gains, key=lambda use: gains[use])
        units[best] += piece / unit_prices[best]
    return units


def _tie(quote: Quote, prices: Prices) -> tuple[float, bool, str]:
    price = full_cost(quote, prices) / quote.p_accept if quote.p_accept > 0 else math.inf
    return price, quote.action is not Action.DEFER, quote.option
