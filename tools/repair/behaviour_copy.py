"""Copies of values, as deep as they go: sent into the sandbox with `behaviour_probe.py`.
Python 3.8+, standard library only.

As `copy.deepcopy`, but a part that cannot be copied does not cost the whole: a lock is made anew,
and a module, a generator, an object whose own code fails is shared with the original. Not so what
lies outside the process (files, sockets, threads): a call that holds one is not to be done again.
"""

from __future__ import annotations

import contextlib
import copyreg
import io
import re
import socket
import sys
import threading
import types
import weakref
from collections.abc import Iterator
from enum import Enum
from typing import Any

OBJECTS = 40_000  # of one value: larger ones are not copied
STACK = 5_000  # frames that a copy may need
_LOCKS = {type(threading.Lock()): threading.Lock, type(threading.RLock()): threading.RLock}
_SHARED = (
    type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.CodeType,
    types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, types.MappingProxyType,
    types.MemberDescriptorType, types.GetSetDescriptorType, property, staticmethod, classmethod,
    weakref.ReferenceType, re.Pattern, range, Enum,
)  # fmt: skip
_OUTSIDE = (io.RawIOBase, io.BufferedReader, io.BufferedWriter, io.BufferedRandom,
            io.TextIOWrapper, socket.socket, threading.Thread)  # fmt: skip
_ATOMS = frozenset((type(None), int, float, bool, complex, str, bytes, type(...)))


class NotCopiedError(Exception):
    """A value that cannot be copied, or is too large."""


@contextlib.contextmanager
def deep_stack() -> Iterator[None]:
    """Room for values that hold others many times over, as a list of links does."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, STACK))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class Copier:
    """Copies values; what two of them share, their copies share."""

    def __init__(self) -> None:
        self._memo: dict[int, Any] = {}
        self._held: list[Any] = []  # so that no id is given to another
        self._level = 0

    def copy(self, value: Any) -> Any:
        """Raises NotCopiedError, RecursionError, and what the value's own code raises where it
        is the value itself that fails, not a part of it."""
        kind = type(value)
        if kind in _ATOMS or isinstance(value, _SHARED):
            return value
        known = self._memo.get(id(value))
        if known is not None:
            return known
        if isinstance(value, _OUTSIDE):
            raise NotCopiedError(kind.__name__)
        if len(self._held) > OBJECTS:
            raise NotCopiedError("too large")
        self._held.append(value)
        self._level += 1
        try:
            made = self._made(value, kind)
        except (NotCopiedError, RecursionError, MemoryError):
            raise
        except Exception:
            if self._level <= 2:  # 1: the dictionary of a call's arguments
                raise
            made = value
        finally:
            self._level -= 1
        self._memo[id(value)] = made
        return made

    def _made(self, value: Any, kind: type) -> Any:
        if kind is list:
            made: Any = []
            self._memo[id(value)] = made
            made += [self.copy(part) for part in value]
            return made
        if kind is dict:
            made = {}
            self._memo[id(value)] = made
            for key, part in value.items():
                made[self.copy(key)] = self.copy(part)
            return made
        if kind is tuple:
            parts = [self.copy(part) for part in value]
            same = all(new is old for new, old in zip(parts, value))  # noqa: B905
            return value if same else self._memo.get(id(value), tuple(parts))
        if kind in _LOCKS:
            return _LOCKS[kind]()
        if kind is types.MethodType:
            return types.MethodType(value.__func__, self.copy(value.__self__))
        own = getattr(kind, "__deepcopy__", None)
        return own(value, self._memo) if own else self._of_object(value, kind)

    def _of_object(self, value: Any, kind: type) -> Any:
        """By what the object tells `pickle` of itself."""
        reduce = copyreg.dispatch_table.get(kind)
        told = reduce(value) if reduce else value.__reduce_ex__(4)
        if isinstance(told, str):
            return value
        make, given, state, items, pairs, put = (*told, *[None] * 6)[:6]
        made = make(*[self.copy(each) for each in given])
        self._memo[id(value)] = made
        if state is not None:
            self._restore(made, self.copy(state), put)
        for item in items or ():
            made.append(self.copy(item))
        for key, part in pairs or ():
            made[self.copy(key)] = self.copy(part)
        return made

    def _restore(self, made: Any, state: Any, put: Any) -> None:
        if put is not None:
            put(made, state)
            return
        if hasattr(type(made), "__setstate__"):
            made.__setstate__(state)
            return
        plain, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
        if plain:
            made.__dict__.update(plain)
        for name, part in (slots or {}).items():
            object.__setattr__(made, name, part)
