"""Values as text that is equal where they are: sent into the sandbox with `behaviour_probe.py`.
Python 3.8+, standard library only.

Two texts are compared: a long one, of which only a digest leaves the sandbox, and a short one
for people. Both are bounded, whatever the value is. A value is looked into however deep it lies,
since what a method changes may lie deep in `self`; one with more than PARTS parts is seen in
part, what lies near its top twice as surely.

What a person could see of a value counts: the order of a dictionary, the attributes of a list's
subclass, what a function holds on to. What nobody looks at does not: the order of attributes,
and whether two equal parts are one object.
"""

from __future__ import annotations

import functools
import hashlib
import re
import types
from collections import deque
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

PARTS = 3_000  # of one value
NEAR = 6  # levels of a value with more parts that are looked at again
SHOWN = 90  # characters of the short text
LONG = 160  # characters of a part; a longer one is told by its digest
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_PLAIN = (int, complex, str, bytes, bytearray)
_LOOSE = (set, frozenset)
_MANY: tuple[Any, ...] = (list, tuple, set, frozenset)
_NAMED = (type, types.BuiltinFunctionType, types.ModuleType)
_HEAP_TYPE = 1 << 9  # of a type's flags: it was made by a class statement, mostly
_END = object()


class _Open:
    """A value that is being looked into: what its text begins with, the parts left to look at
    and the texts of those before."""

    __slots__ = ("head", "key", "left", "loose", "texts")

    def __init__(self, key: int, head: str, parts: Iterable[Any], loose: bool) -> None:
        self.key, self.head, self.left, self.loose = key, head, iter(parts), loose
        self.texts: list[str] = []

    def text(self) -> str:
        inside = ",".join(sorted(self.texts) if self.loose else self.texts)
        text = f"{self.head}({inside})"
        return text if len(text) <= LONG else "#" + _hash(text, 16)


class _Walk:
    """One look at a value, with no recursion: a list of thousands of links is no depth."""

    def __init__(self, depth: int) -> None:
        self._depth, self.left = depth, PARTS
        self._closed: dict[int, str] = {}
        self._held: list[Any] = []  # so that no id is given to another

    def text(self, value: Any) -> str:
        stack = [_Open(0, "", (value,), False)]
        levels: dict[int, int] = {}
        while True:
            top = stack[-1]
            part = next(top.left, _END) if self.left > 0 else _END
            if part is _END:
                stack.pop()
                if not stack:
                    return top.text()
                levels.pop(top.key, None)
                text = self._closed[top.key] = top.text()
                stack[-1].texts.append(text)
                continue
            self.left -= 1
            key = id(part)
            if key in levels:  # it holds itself
                top.texts.append(f"^{len(stack) - levels[key]}")
            elif key in self._closed:
                top.texts.append(self._closed[key])
            else:
                opened = _opened(part)
                if isinstance(opened, str):
                    top.texts.append(opened)
                elif len(stack) > self._depth:
                    top.texts.append("...")
                else:
                    self._held.append(part)
                    levels[key] = len(stack)
                    stack.append(opened)


def _opened(value: Any) -> _Open | str:
    """The text of a value without parts, or its parts."""
    kind = type(value)
    if value is None or kind is bool:
        return repr(value)
    if isinstance(value, Enum):
        return f"{kind.__qualname__}.{value.name}"
    if isinstance(value, _NAMED):
        return str(getattr(value, "__qualname__", getattr(value, "__name__", "")))
    more = _attributes(value, kind) if _may_have_more(kind) else []
    if isinstance(value, float):
        return _text_and(value, kind, format(value, ".12g"), more)
    if isinstance(value, _PLAIN):
        base = next(base for base in _PLAIN if isinstance(value, base))
        return _text_and(value, kind, base.__repr__(value), more)
    parts = _parts(value)
    if parts is not None:
        loose = isinstance(value, _LOOSE)
        if loose and more:
            parts, loose = [frozenset(parts)], False
        return _Open(id(value), kind.__name__, [*parts, *more], loose)
    own = "" if more and not _is_of_c(kind) else _own_text(value)
    return _text_and(value, kind, own, more)


def _text_and(value: Any, kind: type, text: str, more: list[Any]) -> _Open | str:
    head = kind.__qualname__ + ":" + text
    return _Open(id(value), head, more, False) if more else head


def _parts(value: Any) -> Iterable[Any] | None:
    """What a value of one of Python's own kinds holds; None for any other."""
    if isinstance(value, dict):
        return [each for pair in dict.items(value) for each in pair]
    for base in _MANY:
        if isinstance(value, base):
            return list(base.__iter__(value))
    if isinstance(value, deque):
        return [value.maxlen, *deque.__iter__(value)]
    if isinstance(value, types.FunctionType):
        return [value.__qualname__, *cells(value)]
    if isinstance(value, types.MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, BaseException):
        return [type(value).__qualname__, value.args]
    if isinstance(value, types.MappingProxyType):
        return [dict(value)]
    if isinstance(value, Iterator) and type(value).__module__ == "builtins":
        return _still_to_come(value)
    return None


def _still_to_come(value: Any) -> list[Any]:
    """What an iterator over a list, a text, a range ... would go on with, as far as it tells."""
    try:
        return list(value.__reduce__()[1:])
    except Exception:
        return []


def cells(function: Any) -> list[Any]:
    """What a function holds on to; the class that `super()` needs aside."""
    found = []
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):  # noqa: B905
        try:
            found.append("" if name == "__class__" else cell.cell_contents)
        except ValueError:  # it is empty still
            found.append("")
    return found


def _may_have_more(kind: type) -> bool:
    return kind.__module__ != "builtins"


def _attributes(value: Any, kind: type) -> list[Any]:
    """Names and values of attributes, by name."""
    try:
        found = dict(object.__getattribute__(value, "__dict__"))
    except (AttributeError, TypeError):
        found = {}
    for base in kind.__mro__:
        for name, part in list(base.__dict__.items()):
            if type(part) is types.MemberDescriptorType and base.__flags__ & _HEAP_TYPE:
                try:
                    found[name] = part.__get__(value)
                except AttributeError:  # not set yet
                    continue
    return [each for name in sorted(found, key=str) for each in (name, found[name])]


def _is_of_c(kind: type) -> bool:
    """Whether it holds what no attribute tells, as a date does."""
    return any(not base.__flags__ & _HEAP_TYPE for base in kind.__mro__ if base is not object)


def _own_text(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # it may not be made whole yet
        return ""
    return "" if text == object.__repr__(value) else _ADDRESS.sub("", text)[:2_000]


def shape(*values: Any) -> str:
    """Equal for values that are equal in type and content. May raise what the values' code
    raises."""
    texts = []
    for value in values:
        walk = _Walk(PARTS)
        texts.append(walk.text(value))
        if walk.left <= 0:
            texts.append(_Walk(NEAR).text(value))
    return "".join(texts)


def digest(text: str) -> str:
    return _hash(text, 8)


def _hash(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=size).hexdigest()


def shown(value: Any) -> str:
    """A value for people; "<Name>" where its own text says nothing."""
    try:
        text = repr(value)
    except Exception:
        text = ""
    if not text or _ADDRESS.search(text):
        text = "<" + type(value).__name__ + ">"
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
