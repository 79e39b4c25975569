from __future__ import annotations


class Bucket:
    """Tokens that drip in at a steady rate; it starts full and overflows when full."""

    def __init__(self, capacity: float, rate: float, now: float) -> None:
        self.capacity = capacity
        self.rate = rate  # tokens a second
        self._tokens = capacity
        self._updated = now

    def level(self, now: float) -> float:
        """Tokens in the bucket at a time, which must not run backwards."""
        if now < self._updated:
            raise ValueError("the clock runs backwards")
        self._tokens = self._tokens + (now - self._updated) * self.rate
        self._updated = now
        return self._tokens

    def take(self, count: float, now: float) -> bool:
        """Take tokens, all or none."""
        if self.level(now) < count:
            return False
        self._tokens -= count
        return True

    def wait_for(self, count: float, now: float) -> float:
        """Seconds until so many tokens will be there; infinite when they never can be."""
        if count > self.capacity:
            return float("inf")
        return max(0.0, (count - self.level(now)) / self.rate)
