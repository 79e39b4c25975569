"""Values as text that is equal where they are: sent into the sandbox with `behaviour_probe.py`.
Python 3.8+, standard library only.

Two texts are compared: a long one, of which only a digest leaves the sandbox, and a short one
for people. Both are bounded, whatever the value is.
"""

from __future__ import annotations

import hashlib
import re
import types
from typing import Any

DEPTH = 7
PARTS = 3_000  # of one value
SHOWN = 90  # characters of the short text
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)


class Shape:
    """The long text of one value, or of several."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._open: set[int] = set()

    def add(self, value: Any, depth: int = DEPTH) -> None:
        if len(self._parts) > PARTS:
            return
        if depth == 0 or id(value) in self._open:
            self._parts.append("...")
            return
        self._open.add(id(value))
        try:
            self._add(value, depth)
        finally:
            self._open.discard(id(value))

    def _add(self, value: Any, depth: int) -> None:
        kind = type(value)
        if isinstance(value, float):
            self._parts.append(kind.__name__ + format(value, ".12g"))
        elif isinstance(value, (int, complex, str, bytes, bytearray, type(None))):
            self._parts.append(kind.__name__ + repr(value))
        elif isinstance(value, dict):
            self._many(kind, [self._alone(pair, depth) for pair in dict.items(value)], True)
        elif isinstance(value, (set, frozenset)):
            self._many(kind, [self._alone(part, depth) for part in value], True)
        elif isinstance(value, (list, tuple)):
            self._many(kind, [self._alone(part, depth) for part in value], False)
        elif isinstance(value, _NAMED):
            self._parts.append(str(getattr(value, "__qualname__", getattr(value, "__name__", ""))))
        elif isinstance(value, BaseException):
            self._parts.append(kind.__qualname__)
            self.add(value.args, depth - 1)
        else:
            self._object(value, kind, depth)

    def _many(self, kind: type, parts: list[str], in_any_order: bool) -> None:
        self._parts.append(kind.__name__)
        self._parts += ["(", *(sorted(parts) if in_any_order else parts), ")"]

    def _alone(self, value: Any, depth: int) -> str:
        kept, self._parts = self._parts, []
        try:
            self.add(value, depth - 1)
            return "".join(self._parts)
        finally:
            self._parts = kept

    def _object(self, value: Any, kind: type, depth: int) -> None:
        self._parts.append(kind.__qualname__)
        found = dict(getattr(value, "__dict__", {}))
        for base in kind.__mro__:
            slots = base.__dict__.get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if hasattr(value, name) and name not in ("__dict__", "__weakref__"):
                    found[name] = getattr(value, name)
        if found:
            self.add(found, depth - 1)
        elif repr(value) != object.__repr__(value):
            self._parts.append(_ADDRESS.sub("", repr(value))[:2_000])

    def text(self) -> str:
        return "".join(self._parts)


def shape(*values: Any) -> str:
    """Equal for values that are equal in type and content. May raise what the values' code
    raises."""
    made = Shape()
    for value in values:
        made.add(value)
    return made.text()


def digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def shown(value: Any) -> str:
    """A value for people; "<Name>" where its own text says nothing."""
    try:
        text = repr(value)
    except Exception:
        text = ""
    if not text or _ADDRESS.search(text):
        text = "<" + type(value).__name__ + ">"
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
