from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Session:
    """Who acts now. `calls` counts guarded functions by name."""

    user: str
    rights: frozenset[str] = frozenset()
    calls: dict[str, int] = field(default_factory=dict)

    def holds(self, right: str) -> bool:
        """ "stock:write" is held by whoever has it, "stock:*" or "*"."""
        area = right.partition(":")[0]
        return bool({right, f"{area}:*", "*"} & self.rights)

    def count(self, name: str) -> None:
        self.calls[name] = self.calls.get(name, 0) + 1


ANYBODY = Session("anybody")
_current: ContextVar[Session] = ContextVar("session", default=ANYBODY)


def current() -> Session:
    return _current.get()


@contextmanager
def acting_as(user: str, *rights: str) -> Iterator[Session]:
    """A session for the length of a with block; the one before comes back after it."""
    session = Session(user, frozenset(rights))
    token = _current.set(session)
    try:
        yield session
    finally:
        _current.reset(token)
