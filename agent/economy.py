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

One attempt with a perfect verifier makes score(i) = p·V − κ, which is Eq. 1. The
literal next-step rule (V·ΔQ − κ) is `marginal_surplus`; it is kept as a peer policy.

Everything is US dollars, seconds and probabilities. Nothing here does I/O.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DEPTH = 12  # attempts that the index rule looks ahead (design §4)
TINY = 1e-12
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
        if not math.isclose(sum(p for _, p in self.outcomes), 1.0, abs_tol=1e-6):
            raise ValueError(f"{self.option}: outcomes must sum to 1, not {self.outcomes}")
        figures = (self.cost_usd, self.cost_worst_usd, self.latency_s, self.risk_events)
        if not all(math.isfinite(x) and x >= 0 for x in (*figures, self.irreversible_events)):
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


@dataclass(frozen=True, slots=True)
class Attempts:
    """What K acts could bring, over a grid of G difficulties. Arrays of (K, G) or (K,).

    `right` is P(the next attempt is right | d), `decay` what a further attempt of the same act
    keeps of it, `left` how many more can be bought. An attempt that is right is accepted with
    P = sensitivity, one that is wrong with P = 1 − specificity.
    """

    right: Array
    decay: Array
    left: Array
    sensitivity: Array
    specificity: Array

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
        """Owed, as three arrays, of a new candidate that an act accepted with these chances."""

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
        quote.cost_usd
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
    acts = _acts(menu)
    stop = stop_worth(belief, prices)
    rows = _Rows.of(belief, acts, prices, stop)
    usd, quality = rows.worth(depth)
    return Worth(float(usd[0]), float(quality[0]))


def rank(belief: Belief, menu: Sequence[Quote], prices: Prices) -> list[Scored]:
    """The whole menu, best first; ties by κ/p, then defer."""
    stop = stop_worth(belief, prices)
    acts = _acts(menu)
    scored = _score_acts(belief, acts, prices, stop) if acts else []
    scored += [_score_other(q, belief, acts, prices, stop) for q in menu if q not in acts]
    return sorted(scored, key=lambda s: (-s.score, *_tie(s.quote, prices)))


def score(quote: Quote, belief: Belief, menu: Sequence[Quote], prices: Prices) -> Scored:
    """One quote's score, and its ΔQ = E[P(ends right) | taken] − P(ends right | stop now)."""
    return next(s for s in rank(belief, menu, prices) if s.quote.option == quote.option)


def _acts(menu: Sequence[Quote]) -> list[Quote]:
    return [q for q in menu if q.action is Action.ACT]


def _score_acts(belief: Belief, acts: Sequence[Quote], prices: Prices, stop: Worth) -> list[Scored]:
    """−κ + p·W(after accept) + (1 − p)·W(after reject), for all acts at once."""
    rows = _Rows.of(belief, acts, prices, stop)
    p, accepted = rows.branch(accept=True)
    _, rejected = rows.branch(accept=False)
    usd_yes, quality_yes = accepted.worth(DEPTH)
    usd_no, quality_no = rejected.worth(DEPTH)
    scores = -rows.cost + p * usd_yes + (1 - p) * usd_no
    gains = p * quality_yes + (1 - p) * quality_no - stop.quality
    return [
        Scored(
            replace(
                quote,
                p_accept=float(p[k]),
                outcomes=Quote.attempt(float(p[k])),
                quality_gain=float(gains[k]),
            ),
            float(scores[k]),
        )
        for k, quote in enumerate(acts)
    ]


def _score_other(
    quote: Quote, belief: Belief, acts: Sequence[Quote], prices: Prices, stop: Worth
) -> Scored:
    """Plan, verify, submit and defer: their outcomes stand in the quote."""
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
            then = worth(belief.after(quote, verdict), acts, prices)
            usd += p * then.usd
            quality += p * then.quality
    return Scored(replace(quote, quality_gain=quality - stop.quality), usd)


@dataclass(frozen=True, slots=True)
class _Rows:
    """R beliefs side by side, for one pass of the index rule over all of them.

    `weights` (R, G); `scale` and `left` (R, K) what earlier attempts left of each act; `stop`
    (R,) and `stop_quality` (R,) what stopping is worth. `price` are the users' prices.
    """

    belief: Belief
    attempts: Attempts
    cost: Array
    prices: Prices
    weights: Array
    scale: Array
    left: Array
    stop: Array
    stop_quality: Array

    @classmethod
    def of(cls, belief: Belief, acts: Sequence[Quote], prices: Prices, stop: Worth) -> _Rows:
        attempts = belief.attempts(acts)
        return cls(
            belief,
            attempts,
            np.array([full_cost(q, prices) for q in acts]),
            prices,
            belief.weights()[None, :],
            np.ones((1, len(acts))),
            attempts.left[None, :],
            np.array([stop.usd]),
            np.array([stop.quality]),
        )

    def branch(self, *, accept: bool) -> tuple[Array, _Rows]:
        """From one row to K: act k was taken and accepted (or rejected). And P(accept), (K,)."""
        count = len(self.cost)
        likelihood = self.attempts.accept
        p = likelihood @ self.weights[0]
        taken = np.eye(count)
        stop, quality = np.repeat(self.stop, count), np.repeat(self.stop_quality, count)
        if accept:
            right = self.attempts.right @ self.weights[0] * self.attempts.sensitivity
            stop, quality = self._shown(right / np.maximum(p, TINY), stop, quality)
        return p, replace(
            self,
            weights=bayes(self.weights, likelihood if accept else 1.0 - likelihood),
            scale=self.scale * np.where(taken > 0, self.attempts.decay, 1.0),
            left=self.left - taken,
            stop=stop,
            stop_quality=quality,
        )

    def worth(self, depth: int) -> tuple[Array, Array]:
        """W and its chance of ending right, (R,) each: look ahead along failures, then fold."""
        if not len(self.cost):
            return self.stop, self.stop_quality
        rows = np.arange(len(self.weights))
        right, slope = (
            self.attempts.right,
            self.attempts.sensitivity + self.attempts.specificity - 1,
        )
        floor = 1.0 - self.attempts.specificity
        weights, scale, left = self.weights, self.scale, self.left
        path = []
        for _ in range(depth):
            chance_right = scale * (weights @ right.T)
            p = np.where(left > 0, floor + slope * chance_right, 0.0)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                price = np.where(p > 0, self.cost / p, np.inf)
            pick = price.argmin(axis=1)
            p_pick = p[rows, pick]
            if not p_pick.any():
                break
            shown = chance_right[rows, pick] * self.attempts.sensitivity[pick]
            accepted = self._shown(shown / np.maximum(p_pick, TINY), self.stop, self.stop_quality)
            path.append((p_pick, self.cost[pick], *accepted))
            q = scale[rows, pick][:, None] * right[pick]
            weights = bayes(weights, 1.0 - floor[pick][:, None] - slope[pick][:, None] * q)
            step = np.zeros_like(scale)
            step[rows, pick] = 1.0
            scale = scale * np.where(step > 0, self.attempts.decay, 1.0)
            left = left - step
        usd, quality = self.stop, self.stop_quality
        for p, cost, yes_usd, yes_quality in reversed(path):
            index = np.where(p > 0, -cost + p * yes_usd + (1 - p) * usd, -np.inf)
            go_on = index > self.stop
            quality = np.where(go_on, p * yes_quality + (1 - p) * quality, self.stop_quality)
            usd = np.where(go_on, index, self.stop)
        return usd, quality

    def _shown(self, chance: Array, stop: Array, quality: Array) -> tuple[Array, Array]:
        """max(stop, submit after accept) with a new candidate of this chance of being right."""
        p_pass, settled, owed_usd = self.belief.settle(chance)
        usd = (
            p_pass * (self.prices.value_usd * settled - self.prices.risk_usd * (1 - settled))
            - owed_usd
        )
        better = usd > stop
        return np.where(better, usd, stop), np.where(better, p_pass * settled, quality)


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
