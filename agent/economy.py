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

DEPTH = 12  # attempts that the index rule looks ahead (design §4)
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
    """Checks still owed by the best candidate: the chance that it passes them all, its chance
    of being right once it has, and their expected full cost in USD."""

    p_pass: float
    chance: float
    usd: float


class Belief(Protocol):
    """What is believed about the task; the economy asks it, and never looks inside."""

    def chance(self) -> float:
        """P that the best candidate at hand is right; 0 while there is none."""

    def owed(self) -> Owed:
        """The checks that must still pass before the best candidate may be shown."""

    def accept_chances(self, menu: Sequence[Quote]) -> Sequence[float]:
        """P(accept) of each quote under this belief, in the menu's order; 0 where spent."""

    def after(self, quote: Quote, verdict: Verdict) -> Belief:
        """The belief once `quote` has been taken and has shown `verdict`."""


class Worth(NamedTuple):
    """W of a belief: expected dollars, and the chance that the task then ends right."""

    usd: float
    quality: float


class Scored(NamedTuple):
    """A quote (with its ΔQ filled in) and its score in dollars."""

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


def cheapest_attempt(
    belief: Belief, menu: Sequence[Quote], prices: Prices
) -> tuple[Quote, float] | None:
    """The attempt with the least κ/p, and its p; None when nothing on the menu can accept."""
    best: tuple[Quote, float] | None = None
    best_price = math.inf
    for quote, p in zip(menu, belief.accept_chances(menu), strict=True):
        if p > 0 and (price := full_cost(quote, prices) / p) < best_price:
            best, best_price = (quote, p), price
    return best


def worth(belief: Belief, menu: Sequence[Quote], prices: Prices, depth: int = DEPTH) -> Worth:
    """W(b) = max(0, submit, index(b)): the belief's worth if the index rule goes on from here."""
    stop = stop_worth(belief, prices)
    if depth <= 0 or (pick := cheapest_attempt(belief, menu, prices)) is None:
        return stop
    quote, p = pick
    accepted = stop_worth(belief.after(quote, Verdict.ACCEPT), prices)
    rejected = worth(belief.after(quote, Verdict.REJECT), menu, prices, depth - 1)
    index = Worth(
        -full_cost(quote, prices) + p * accepted.usd + (1 - p) * rejected.usd,
        p * accepted.quality + (1 - p) * rejected.quality,
    )
    return max(stop, index, key=lambda w: w.usd)


def score(quote: Quote, belief: Belief, menu: Sequence[Quote], prices: Prices) -> Scored:
    """The quote's score, and its ΔQ = E[P(ends right) | taken] − P(ends right | stop now)."""
    stop = stop_worth(belief, prices)
    if quote.action is Action.DEFER:
        return Scored(_with_gain(quote, 0.0 - stop.quality), -full_cost(quote, prices))
    if quote.action is Action.SUBMIT:
        usd = submit_value(belief.chance(), prices) - full_cost(_without_risk(quote), prices)
        return Scored(_with_gain(quote, belief.chance() - stop.quality), usd)
    usd, quality = -full_cost(quote, prices), 0.0
    for verdict, p in quote.outcomes:
        if p > 0:
            then = worth(belief.after(quote, verdict), menu, prices)
            usd += p * then.usd
            quality += p * then.quality
    return Scored(_with_gain(quote, quality - stop.quality), usd)


def rank(belief: Belief, menu: Sequence[Quote], prices: Prices) -> list[Scored]:
    """The whole menu, best first; ties by κ/p, then defer."""
    scored = [score(quote, belief, menu, prices) for quote in menu]
    return sorted(scored, key=lambda s: (-s.score, *_tie(s.quote, prices)))


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


def _with_gain(quote: Quote, gain: float) -> Quote:
    return replace(quote, quality_gain=gain)


def _without_risk(quote: Quote) -> Quote:
    """A submit quote books ρ·(1 − P) as risk_events; its score counts that once."""
    return replace(quote, risk_events=0.0)
