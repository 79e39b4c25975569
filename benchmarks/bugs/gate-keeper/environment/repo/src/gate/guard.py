from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from gate.session import current

P = ParamSpec("P")
R = TypeVar("R")


class Denied(PermissionError):
    def __init__(self, user: str, right: str) -> None:
        super().__init__(f"{user} lacks {right}")


def guarded(right: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: calls need a right of the current session, and are counted in it."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            session = current()
            if not session.holds(right):
                raise Denied(session.user, right)
            session.count(function.__name__)
            function(*args, **kwargs)

        return checked

    return decorate
