"""The one result of a run, `fixit.result/1`, from which every rendering is made."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.ledger import Limits, Spend
from fixit_runtime.agent.seams import Booking, Decision

SCHEMA: Literal["fixit.result/1"] = "fixit.result/1"


class Ended(StrEnum):
    """How a run ended, with its exit code."""

    FIXED = "fixed"
    NOTHING_TO_FIX = "nothing_to_fix"
    DEFERRED = "deferred"
    FLAKY = "flaky"
    ENVIRONMENT_FAILED = "environment_failed"
    INTERRUPTED = "interrupted"

    @property
    def exit_code(self) -> int:
        return _EXIT_CODES[self]


_EXIT_CODES = {
    Ended.FIXED: 0,
    Ended.NOTHING_TO_FIX: 0,
    Ended.DEFERRED: 1,
    Ended.FLAKY: 1,
    Ended.ENVIRONMENT_FAILED: 3,
    Ended.INTERRUPTED: 130,
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tests(_Part):
    """Node ids. `failing_after` and `broken` are those of the patch shown, empty when fixed."""

    failing_before: list[str] = []
    failing_after: list[str] = []
    broken: list[str] = []
    flaky: list[str] = []
    passing: int = 0


class Tokens(_Part):
    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0


class Cost(_Part):
    """All money in USD; `usd` is all of it, `model_usd` the part paid to model providers."""

    usd: float = 0.0
    model_usd: float = 0.0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    tokens: Tokens = Tokens()


class PricesUsed(_Part):
    """What things were worth in this run, defaults included."""

    value_usd: float
    latency_usd_per_hour: float
    risk_usd: float
    irreversible_usd: float
    cpu_usd_per_hour: float
    handover_usd: float = 0.0


class LimitsUsed(_Part):
    """The hard limits of this run; None where there was none."""

    deadline_s: float | None = None
    max_cost_usd: float | None = None
    max_risk: float | None = None


class Forecast(_Part):
    quality_gain: float
    usd: float
    seconds: float
    score: float


class Realised(_Part):
    verdict: str
    usd: float
    seconds: float
    p_before: float
    p_after: float


class StepLine(_Part):
    """One step: what it promised beside what it brought."""

    step: int
    action: str
    option: str
    tier: str
    reason: str
    forecast: Forecast
    realised: Realised
    detail: str


class Offered(_Part):
    """A row of the published menu: what it costs, how well it is expected to end (P(right), and
    wrong patches shown), and the tiers that it asks in turn. `for_usd` is the value of a fix that
    gets it; None for a tier by itself."""

    name: str
    price_usd: float
    quality: float
    p_wrong: float = 0.0
    tiers: list[str] = []
    for_usd: float | None = None


class Menu(_Part):
    """What there was to choose from before the first step, and the regret to be expected."""

    tiers: list[Offered] = []
    by_value: list[Offered] = []
    regret_bound_usd: float = 0.0


class Regret(_Part):
    """What the run is expected to have fallen short of the best in hindsight, USD, by all that it
    has seen; and the most that it was expected to, before its first step."""

    expected_usd: float
    bound_usd: float


class HandOver(_Part):
    """What a person who takes over needs: what was tried, the best that is left, the one question
    that would settle it, and the prices and limits at which fixit would have gone on, or shown
    the best."""

    tried: list[str] = []
    refused: list[str] = []
    best_patch: str | None = None
    best_p_correct: float = 0.0
    best_stage: str = ""
    question: str = ""
    answers: list[str] = []
    answer_worth_usd: float | None = None
    go_on_value_usd: float | None = None
    go_on_cost_usd: float | None = None
    go_on_deadline_s: float | None = None
    show_risk_usd: float | None = None


class RunReport(_Part):
    """`fixit.result/1`: what `--format json` prints."""

    schema_: Literal["fixit.result/1"] = Field(SCHEMA, alias="schema")
    outcome: Ended
    patch: str | None = None
    p_correct: float = 0.0
    tests: Tests = Tests()
    cost: Cost = Cost()
    prices: PricesUsed
    limits: LimitsUsed = LimitsUsed()
    steps: list[StepLine] = []
    run_id: str = ""
    trace: str = ""
    reason: str = ""
    hand_over: HandOver | None = None
    menu: Menu | None = None
    regret: Regret | None = None
    routing: list[str] = []
    sandbox: str = ""
    notes: list[str] = []

    def to_json(self) -> str:
        return self.model_dump_json(by_alias=True, indent=2)


def prices_used(prices: Prices) -> PricesUsed:
    return PricesUsed(
        value_usd=prices.value_usd,
        latency_usd_per_hour=prices.latency_usd_per_s * 3600,
        risk_usd=prices.risk_usd,
        irreversible_usd=prices.irreversible_usd,
        cpu_usd_per_hour=prices.cpu_usd_per_s * 3600,
        handover_usd=prices.handover_usd,
    )


def limits_used(limits: Limits) -> LimitsUsed:
    given = (limits.deadline_s, limits.cost_usd, limits.risk_events)
    deadline, cap, risk = (x if math.isfinite(x) else None for x in given)
    return LimitsUsed(deadline_s=deadline, max_cost_usd=cap, max_risk=risk)


def cost(spend: Spend) -> Cost:
    usage = spend.usage
    return Cost(
        usd=spend.usd,
        model_usd=spend.model_usd,
        seconds=spend.seconds,
        cpu_seconds=spend.cpu_s,
        tokens=Tokens(
            input=usage.input,
            cache_read=usage.cache_read,
            cache_write=usage.cache_write,
            output=usage.output,
            reasoning=usage.reasoning,
        ),
    )


def step_lines(bookings: Sequence[Booking], decisions: Mapping[int, Decision]) -> list[StepLine]:
    """One line a step, with its decision's reason."""
    return [_step_line(b, decisions[b.step].reason) for b in bookings]


def _step_line(booking: Booking, reason: str) -> StepLine:
    return StepLine(
        step=booking.step,
        action=booking.action,
        option=booking.option,
        tier=booking.tier,
        reason=reason,
        forecast=Forecast(
            quality_gain=booking.forecast_gain,
            usd=booking.forecast_usd,
            seconds=booking.forecast_s,
            score=booking.score,
        ),
        realised=Realised(
            verdict=booking.verdict,
            usd=booking.spend.usd,
            seconds=booking.spend.seconds,
            p_before=booking.p_before,
            p_after=booking.p_after,
        ),
        detail=booking.detail,
    )
