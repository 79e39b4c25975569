"""Inputs like those that were seen: sent into the sandbox with `behaviour_probe.py`.
Python 3.8+, standard library only.

One argument is changed at a time, by its type: numbers by one, to 0, negative, larger; texts
empty, shorter, longer, reversed, in other case; lists empty, shorter, repeated, reordered, with
one element changed; dictionaries without a key, with one value changed; objects with one
attribute changed; members of an enumeration to others; anything to what else the same parameter
was seen with, and to None.
"""

from __future__ import annotations

import copy
import random
from collections import deque
from collections.abc import Iterator
from enum import Enum
from itertools import islice
from typing import Any

DEPTH = 3
_SAMPLES = 4  # of the parts of a value


def variants(value: Any, chance: random.Random, depth: int = DEPTH) -> Iterator[Any]:
    """Values like this one, the most telling first; never the value itself changed."""
    if isinstance(value, Enum):  # never changed: there is one of each in the process
        yield from islice((each for each in type(value) if each is not value), _SAMPLES)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from _numbers(value)
    elif isinstance(value, float):
        yield from (value + 0.5, 0.0, -value, value * 2, value - 1)
    elif isinstance(value, (str, bytes)):
        yield from _texts(value)
    elif isinstance(value, (list, deque)):
        yield from _lists(value, chance, depth)
    elif isinstance(value, tuple):
        yield from _tuples(value, chance, depth)
    elif isinstance(value, dict):
        yield from _dicts(value, chance, depth)
    elif isinstance(value, (set, frozenset)):
        parts = sorted(value, key=repr)
        yield type(value)(parts[1:])
        yield type(value)()
    elif depth and value is not None and hasattr(value, "__dict__"):
        yield from _objects(value, chance, depth)


def _numbers(value: int) -> Iterator[int]:
    seen = {value}
    near = (value + 1, value - 1, 0, -value, 1, 2 * value + 1, -1, 2, 3 * value + 2)
    for number in (*near, 10, 100):
        if number not in seen:
            seen.add(number)
            yield type(value)(number) if type(value) is int else number


def _texts(value: Any) -> Iterator[Any]:
    empty = value[:0]
    yield empty
    if not value:
        yield from (["a", " ", "Ab c"] if isinstance(value, str) else [b"a"])
        return
    yield value[:-1]
    yield value[1:]
    yield value + value
    yield value[::-1]
    yield value.swapcase()
    yield value[: len(value) // 2]
    space = " " if isinstance(value, str) else b" "
    yield space + value + space
    yield value[:1]
    middle = len(value) // 2
    yield value[:middle] + space + value[middle:]
    yield value.lower()
    yield value.title()


def _lists(value: Any, chance: random.Random, depth: int) -> Iterator[Any]:
    kind, parts = type(value), list(value)
    yield kind()
    if not parts:
        yield kind([0])
        yield kind([1, 2])
        return
    yield kind(parts[:-1])
    yield kind(parts[1:])
    yield kind(parts[::-1])
    yield kind(parts[:1])
    yield kind(parts + parts[:1])
    for at, new in _changed(dict(enumerate(parts)), chance, depth):
        yield kind([*parts[:at], new, *parts[at + 1 :]])
    yield kind(parts * 2)
    mixed = list(parts)
    chance.shuffle(mixed)
    yield kind(mixed)
    yield kind(parts[: len(parts) // 2])
    try:
        yield kind(sorted(parts))
    except Exception:
        return


def _tuples(value: Any, chance: random.Random, depth: int) -> Iterator[Any]:
    named = hasattr(value, "_fields")
    for at, new in _changed(dict(enumerate(value)), chance, depth):
        parts = [*value[:at], new, *value[at + 1 :]]
        yield type(value)(*parts) if named else tuple(parts)
    if not named and value:
        yield value[:-1]
        yield value[::-1]
        yield value + value[:1]
        yield ()


def _dicts(value: dict[Any, Any], chance: random.Random, depth: int) -> Iterator[Any]:
    keys = list(value)
    for key in chance.sample(keys, min(len(keys), _SAMPLES)):
        less = copy.copy(value)
        del less[key]
        yield less
    for key, new in _changed(value, chance, depth):
        other = copy.copy(value)
        other[key] = new
        yield other
    empty = copy.copy(value)
    empty.clear()
    yield empty


def _objects(value: Any, chance: random.Random, depth: int) -> Iterator[Any]:
    for name, new in _changed(vars(value), chance, depth):
        other = copy.copy(value)
        if other is value:  # a function, or what there is one of in the process
            return
        try:
            vars(other)[name] = new
        except Exception:
            return
        yield other


def _changed(parts: dict[Any, Any], chance: random.Random, depth: int) -> Iterator[tuple[Any, Any]]:
    """(key, new value) for some of the parts of a value, one part after another, round and
    round."""
    if depth == 0:
        return
    keys = chance.sample(list(parts), min(len(parts), _SAMPLES))
    left = [(key, variants(parts[key], chance, depth - 1)) for key in keys]
    for _ in range(_SAMPLES):
        for key, more in left:
            for new in more:
                yield key, new
                break
