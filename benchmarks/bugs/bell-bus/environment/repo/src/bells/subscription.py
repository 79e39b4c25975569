from dataclasses import dataclass, field
from itertools import count
from typing import Any, Callable

_numbers = count(1)


@dataclass(eq=False)
class Subscription:
    """A listener's place on the bus; lower priorities are called first."""

    pattern: str
    listener: Callable[..., Any]
    priority: int = 0
    once: bool = False
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def rank(self):
        return self.priority, self.number
