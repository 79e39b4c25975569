from __future__ import annotations

from collections.abc import Callable

from drip.bucket import Bucket
from drip.plans import Plan


class LimitExceeded(Exception):
    def __init__(self, client: str, retry_after: float) -> None:
        super().__init__(f"{client}: retry after {retry_after:.1f} s")
        self.retry_after = retry_after


class Limiter:
    """One bucket a client."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def admit(self, client: str, plan: Plan, cost: int = 1) -> None:
        """Count a request. Raises LimitExceeded, which takes nothing."""
        now = self._clock()
        bucket = self._bucket(client, plan, now)
        if not bucket.take(cost, now):
            raise LimitExceeded(client, bucket.wait_for(cost, now))

    def remaining(self, client: str, plan: Plan) -> int:
        """Whole requests that would be admitted right now."""
        now = self._clock()
        return int(self._bucket(client, plan, now).level(now))

    def forget_idle(self) -> int:
        """Drop buckets that are full again; returns how many."""
        now = self._clock()
        full = [name for name, b in self._buckets.items() if b.level(now) >= b.capacity]
        for name in full:
            del self._buckets[name]
        return len(full)

    def _bucket(self, client: str, plan: Plan, now: float) -> Bucket:
        bucket = self._buckets.get(client)
        if bucket is None or bucket.capacity != plan.burst:
            bucket = self._buckets[client] = Bucket(plan.burst, plan.per_second, now)
        return bucket
