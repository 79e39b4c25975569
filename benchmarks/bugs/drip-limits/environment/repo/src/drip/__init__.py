"""Rate limits by token bucket; the clock is given, never read."""

from drip.limiter import Limiter, LimitExceeded
from drip.plans import PLANS, Plan

__all__ = ["PLANS", "LimitExceeded", "Limiter", "Plan"]
