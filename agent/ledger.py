"""The account: what was forecast, what happened, and what may still be spent.

Limits are hard. A step that could cost money reserves its worst case first; a reservation
that does not fit is refused before anything is spent, so a cap is never exceeded, not even
by one call.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fixit_runtime.agent.errors import BudgetExceeded


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens by kind, as billed. `input` excludes cache reads and writes; `output` includes
    reasoning, of which `reasoning` is the part."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input + other.input,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.output + other.output,
            self.reasoning + other.reasoning,
        )

    def __sub__(self, other: Usage) -> Usage:
        return Usage(
            self.input - other.input,
            self.cache_read - other.cache_read,
            self.cache_write - other.cache_write,
            self.output - other.output,
            self.reasoning - other.reasoning,
        )

    @property
    def total(self) -> int:
        return self.input + self.cache_read + self.cache_write + self.output


@dataclass(frozen=True, slots=True)
class Spend:
    """What a step really cost. `usd` includes the CPU seconds at their price."""

    usd: float = 0.0
    seconds: float = 0.0
    cpu_s: float = 0.0
    usage: Usage = field(default_factory=Usage)
    risk_events: float = 0.0
    model_usd: float = 0.0

    def __add__(self, other: Spend) -> Spend:
        return Spend(
            self.usd + other.usd,
            self.seconds + other.seconds,
            self.cpu_s + other.cpu_s,
            self.usage + other.usage,
            self.risk_events + other.risk_events,
            self.model_usd + other.model_usd,
        )

    def __sub__(self, other: Spend) -> Spend:
        return Spend(
            self.usd - other.usd,
            self.seconds - other.seconds,
            self.cpu_s - other.cpu_s,
            self.usage - other.usage,
            self.risk_events - other.risk_events,
            self.model_usd - other.model_usd,
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """Hard limits of a run. Infinite where the user gave none."""

    cost_usd: float = math.inf
    deadline_s: float = math.inf
    risk_events: float = math.inf


@dataclass(slots=True)
class Reservation:
    """Money set aside for one call; `settle` it with what was really charged."""

    held_usd: float
    settled: Spend | None = None

    def settle(self, spend: Spend) -> None:
        self.settled = spend


class Ledger:
    """Counts spending against limits. One per run; not shared between threads."""

    def __init__(self, limits: Limits | None = None, spent: Spend | None = None) -> None:
        self.limits = limits or Limits()
        self.spent = spent or Spend()
        self.held_usd = 0.0

    @property
    def left_usd(self) -> float:
        return self.limits.cost_usd - self.spent.usd - self.held_usd

    @property
    def left_s(self) -> float:
        return self.limits.deadline_s - self.spent.seconds

    @property
    def left_risk(self) -> float:
        return self.limits.risk_events - self.spent.risk_events

    def affords(self, worst_usd: float, seconds: float = 0.0, risk_events: float = 0.0) -> bool:
        """Whether a step fits into what the limits leave. A free step always does."""
        return (
            worst_usd <= max(self.left_usd, 0.0)
            and seconds <= max(self.left_s, 0.0)
            and risk_events <= max(self.left_risk, 0.0)
        )

    def charge(self, spend: Spend) -> None:
        """Book money, time and tokens that are gone."""
        self.spent = self.spent + spend

    @contextmanager
    def reserve(self, worst_usd: float) -> Iterator[Reservation]:
        """Hold a worst case while a call runs; on leaving, the settled spend is charged.

        A call that ends without settling (an exception, a lost reply) is charged in full:
        the provider may have billed it.

        Raises:
            BudgetExceeded: the worst case does not fit; nothing is held, nothing is spent.
        """
        if not worst_usd <= self.left_usd:
            raise BudgetExceeded(
                f"the next call may cost ${worst_usd:.4f}, but the cap leaves ${self.left_usd:.4f}",
                hint="raise --max-cost, or name a cheaper --model",
            )
        reservation = Reservation(worst_usd)
        self.held_usd += worst_usd
        try:
            yield reservation
        finally:
            self.held_usd -= worst_usd
            self.charge(reservation.settled or Spend(usd=worst_usd, model_usd=worst_usd))
