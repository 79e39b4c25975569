"""What a candidate can leave behind for the next one in the same process. Sent into the sandbox
with `worker.py`: Python 3.8+, standard library only.

A fingerprint of the repository's own modules, as deep as `_DEPTH`, and of what any code can
change: environment, folder, path, threads, chance. It sees most of what tests leave; for the
rest, the tests of the untouched code are run again at the end (`worker_screen`).
"""
# ruff: noqa: PTH109

from __future__ import annotations

import decimal
import locale
import logging
import os
import random
import sys
import threading
import types
import warnings
from collections import deque
from collections.abc import Callable
from typing import Any

_DEPTH = 5
MOST = 20_000  # things in a fingerprint
_OF_UNITTEST = ("tearDown_exceptions", "_class_cleanups")  # it leaves them in classes of tests
_ATOMS = (int, float, str, bytes, bool, complex, type(None))


class TooMuch(Exception):
    """More state than can be watched."""


class Watched:
    """State that is compared with itself later. Holds what it has seen, so that no new object
    can have an old one's address."""

    def __init__(self, is_inside: Callable[[str], bool]) -> None:
        """Raises TooMuch."""
        self._modules = [
            module
            for module in list(sys.modules.values())
            if isinstance(getattr(module, "__file__", None), str)
            and is_inside(str(module.__file__))
        ]
        self._names = {module.__name__ for module in self._modules}
        self._is_inside, self._known = is_inside, set(sys.modules)
        self._held: list[Any] = []
        self._first = self._print()

    def changed(self) -> bool:
        """Whether anything differs from the first time."""
        held, self._held = self._held, []
        try:
            return self._print() != self._first
        except TooMuch:
            return True
        finally:
            self._held = held

    def _print(self) -> list[Any]:
        found: list[Any] = [
            os.getcwd(),
            dict(os.environ),
            list(sys.path),
            [name for name in set(sys.modules) - self._known if self._is_own(name)],
            threading.active_count(),
            random.getstate(),
            list(warnings.filters),
            locale.setlocale(locale.LC_ALL),
            repr(decimal.getcontext()),
            logging.root.level,
            list(logging.root.handlers),
            sys.getrecursionlimit(),
        ]
        seen: set[int] = set()
        for module in self._modules:
            self._add(vars(module), _DEPTH, found, seen)
        return found

    def _add(self, thing: Any, depth: int, found: list[Any], seen: set[int]) -> None:
        kind = type(thing)
        if kind in _ATOMS:
            found.append((kind, thing))
            return
        found.append(id(thing))
        self._held.append(thing)
        if len(found) > MOST:
            raise TooMuch
        if depth == 0 or id(thing) in seen:
            return
        seen.add(id(thing))
        for part in self._parts(thing, kind):
            self._add(part, depth - 1, found, seen)

    def _parts(self, thing: Any, kind: type) -> list[Any]:
        if issubclass(kind, dict):
            return [part for pair in list(dict.items(thing)) for part in pair]
        if issubclass(kind, (list, tuple, deque)):
            return list(thing)
        if issubclass(kind, (set, frozenset)):
            return [len(thing), hash(frozenset(map(id, thing)))]
        if kind is types.FunctionType:
            cells = [_content(cell) for cell in thing.__closure__ or ()]
            code = thing.__code__
            return [code, thing.__defaults__, thing.__kwdefaults__, thing.__dict__, *cells]
        if kind.__name__ == "_lru_cache_wrapper":
            return [repr(thing.cache_info())]
        if isinstance(thing, type):
            own = thing.__module__ in self._names
            if not own:
                return []
            pairs = [pair for pair in list(vars(thing).items()) if pair[0] not in _OF_UNITTEST]
            return [part for pair in pairs for part in pair]
        if kind.__module__ in self._names:
            return [getattr(thing, "__dict__", None), *_slots(thing, kind)]
        return [repr(thing)] if kind.__module__ in ("collections", "array") else []

    def _is_own(self, name: str) -> bool:
        file = getattr(sys.modules.get(name), "__file__", None)
        return isinstance(file, str) and self._is_inside(file)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _slots(thing: Any, kind: type) -> list[Any]:
    names = [name for base in kind.__mro__ for name in getattr(base, "__slots__", ())]
    return [getattr(thing, name, None) for name in names if isinstance(name, str)]
