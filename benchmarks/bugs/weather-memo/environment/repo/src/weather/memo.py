from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any


class Memo:
    """Keeps values for some seconds, at most `size` of them."""

    def __init__(self, clock: Callable[[], float], seconds: float = 600, size: int = 100) -> None:
        self._clock = clock
        self._seconds = seconds
        self._size = size
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self.hits = 0
        self.misses = 0

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value kept for a key, or a new one."""
        now = self._clock()
        if key in self._kept:
            until, value = self._kept[key]
            if now < until:
                self.hits += 1
                return value
            del self._kept[key]
        self.misses += 1
        value = make()
        if len(self._kept) >= self._size:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (now + self._seconds, value)
        return value

    def __len__(self) -> int:
        return len(self._kept)
