"""Which types a function's names held when it ended: sent into the sandbox with `probe.py`.
Python 3.8+, standard library only.

Class names only, read past whatever a class says of itself, so none of the repository's code
runs for it.
"""

from __future__ import annotations

from typing import Any

ENDS = 6  # of one function in one run that are looked at
NAMES = 24  # of one function
TYPES = 4  # of one name
LENGTH = 60  # characters of a class's name
RETURNED = "return"  # no name that a function can have

_OPTIMIZED = 0x1  # code of functions
_name_of: Any = type.__dict__["__name__"].__get__


class SeenTypes:
    """By path, by the first line of a function (its first decorator's), by name."""

    def __init__(self) -> None:
        self._left: dict[int, tuple[int, Any]] = {}  # by id: a code object is slow to hash
        self._seen: dict[str, dict[int, dict[str, list[str]]]] = {}

    def note(self, path: str, frame: Any, result: Any) -> bool:
        """A frame of the repository's that is about to return or to yield `result`; whether more
        of its function's are wanted."""
        code = frame.f_code
        left, _ = self._left.get(id(code), (ENDS, code))
        if left == 0:
            return False
        self._left[id(code)] = (left - 1, code)  # kept, so that its id stays its own
        if code.co_name[:1] == "<" or not code.co_flags & _OPTIMIZED:  # a comprehension, a class
            self._left[id(code)] = (0, code)
            return False
        function = self._seen.setdefault(path, {}).setdefault(code.co_firstlineno, {})
        for name, value in frame.f_locals.items():
            self._add(function, name, value)
        if result is not None:  # an exception gives None here, too
            self._add(function, RETURNED, result)
        return left > 1

    def _add(self, function: dict[str, list[str]], name: str, value: Any) -> None:
        known = function.get(name)
        if known is None:
            if len(function) >= NAMES:
                return
            known = function[name] = []
        kind = _name_of(type(value))[:LENGTH]
        if kind not in known and len(known) < TYPES:
            known.append(kind)

    def table(self) -> dict[str, dict[int, dict[str, list[str]]]]:
        return self._seen
