"""What a run is decided with, and who watches it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fixit_runtime.agent.economy import Prices, Quote
from fixit_runtime.agent.seams import Booking, Decision, Policy, State

MAX_STEPS = 200
PATIENCE = 2  # times in a row that a step may change nothing
Tighten = Callable[[State, Sequence[Quote], Prices], tuple[State, Prices]]


def untightened(state: State, menu: Sequence[Quote], prices: Prices) -> tuple[State, Prices]:
    """For policies that look at no limit but what is on the menu."""
    return state, prices


@dataclass(frozen=True, slots=True)
class Controls:
    """What a run is decided with. `explore` is the share of random choices (0 for users);
    `tighten` gives limits that bind their price, see `action.duals`."""

    policy: Policy
    prices: Prices
    seed: int = 0
    explore: float = 0.0
    estimators: tuple[str, ...] = ()
    max_steps: int = MAX_STEPS
    tighten: Tighten = untightened


@dataclass(frozen=True, slots=True)
class Watch:
    """Told of every decision before it is carried out, and of what came of it."""

    decided: Callable[[Decision], None] = lambda decision: None
    booked: Callable[[Booking], None] = lambda booking: None
