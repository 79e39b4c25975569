"""What a step promises and costs, and what the user says things are worth."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, Self

SECONDS_PER_HOUR = 3600.0
RISK_TO_VALUE = 4.0  # what a wrong patch costs, in values of a right one, unless said


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
    money: float = 1.0  # what a dollar spent counts: more where a cap or a purse binds
    handover_usd: float = 0.0  # what handing a patch over asks of a person, and may harm

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
            RISK_TO_VALUE * value_usd if risk_usd is None else risk_usd,
            20 * value_usd if irreversible_usd is None else irreversible_usd,
            cpu_usd_per_hour / SECONDS_PER_HOUR,
        )

    @property
    def risk_ratio(self) -> float:
        """ρ / V."""
        return self.risk_usd / self.value_usd if self.value_usd else RISK_TO_VALUE

    def worth_of(self, value_usd: float) -> Self:
        """For a fix of another worth: a wrong patch keeps its ratio to it, as its default does."""
        return replace(self, value_usd=value_usd, risk_usd=self.risk_ratio * value_usd)

    def dearer_money(self, mu: float) -> Self:
        """With every dollar spent counted μ times more: the dual of a limit on money, be it one
        task's cap or a purse for many. Attention and risk are not paid for from either."""
        return replace(self, money=self.money + mu)


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


class Scored(NamedTuple):
    """A quote (with its chances and ΔQ filled in) and its score in dollars."""

    quote: Quote
    score: float
