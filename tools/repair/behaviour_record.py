"""The calls that tests do, recorded while they run: sent into the sandbox with
`behaviour_probe.py`. Python 3.8+, pytest 6+ and the standard library.

Recorded are calls of the functions that candidates change (targets), of the functions inside
them, and those calls of a test that lead to one of these (entries).
"""
# ruff: noqa: PTH118, PTH123

from __future__ import annotations

import gc
import inspect
import os
import sys
import time
import types
from collections.abc import Iterator
from typing import Any

import pytest

from fixit_runtime.tools.probe_lines import Tree
from fixit_runtime.tools.repair.behaviour_call import Call, function_of, holds
from fixit_runtime.tools.repair.behaviour_place import Candidates, inner_codes, inner_pairs
from fixit_runtime.tools.worker_swap import Tracer

EACH_RECORDED = 40  # different calls of one function
FUNCTIONS = 12  # that lead to targets
TARGETS = 36  # functions, where a target is a whole file
FORGOTTEN = 200  # times that a function made room for another
FRAMES = 2_000  # of generators that were looked at: then calls are not recorded any more
COPY_S = 0.2  # a call whose arguments take longer to copy is not recorded, nor its function again
_OPTIMIZED = 0x1
_RESUMED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

Json = Any


class Recorder:
    """The pytest plugin that records calls. PYTEST_DONT_REWRITE"""

    def __init__(self, config: Json, tree: Tree, tracer: Tracer) -> None:
        self._tree, self._tracer, self._root = tree, tracer, config["root"]
        self._targets = {
            (t["path"], t["name"], t["line"]): n for n, t in enumerate(config["targets"])
        }
        self._whole = {t["path"]: n for n, t in enumerate(config["targets"]) if not t["name"]}
        self._inner = inner_places(self._root, self._targets)
        self._tests = set(config["tests"])
        self._failing = set(config["failing"])
        self._codes: dict[int, tuple[Any, int | None, bool]] = {}  # code, target, may be an entry
        self._functions: dict[int, Any] = {}
        self._frames: dict[int, Any] = {}  # of generators and coroutines, held for their ids
        self._seen: set[str] = set()
        self._counts: dict[int, int] = {}
        self._entered: set[int] = set()  # codes of entries that led to a target
        self._passing = True
        self._first: dict[str, str] = config["candidates"][0] if config["candidates"] else {}
        self._swapped: list[tuple[Any, Any]] = []
        self._before: dict[int, tuple[Any, Any]] = {}  # code swapped in, code that it stands for
        self._forgotten = 0
        self._slow: set[int] = set()  # codes of functions whose arguments take long to copy
        self._found: list[tuple[Call, bool, bool, int | None, int, str]] = []

    # ---- the hooks

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        self._tracer.stop()
        place = Candidates(self._tree, self._root, self._tracer)
        self._swapped = place.swap(self._first) or []
        for function, code in self._swapped:
            pairs = [(function.__code__, code), *inner_pairs(function.__code__, code)]
            self._before.update((id(now), (now, old)) for now, old in pairs)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        for function, code in self._swapped:
            function.__code__ = code

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        nodeid = item.nodeid
        self._passing = not any(
            nodeid.endswith(name) or name.endswith(nodeid) for name in self._failing
        )
        sys.setprofile(self._on)
        yield
        sys.setprofile(None)

    def recorded(self) -> list[tuple[Call, bool, bool, int]]:
        """(call, in a passing test, called by a test, target or -1) of targets, and of entries
        that led to one."""
        return [
            (call, passing, entry, -1 if target is None else target)
            for call, passing, entry, target, code, _ in self._found
            if target is not None or code in self._entered
        ]

    # ---- while a test runs

    def _on(self, frame: Any, event: str, arg: Any) -> None:
        if event != "call":
            return
        code = frame.f_code
        known = self._codes.get(id(code)) or self._classified(code)
        _, target, may_enter = known
        if target is None and not may_enter:
            return
        if len(self._frames) > FRAMES:
            return
        entry = may_enter and self._is_test(frame.f_back)
        if target is not None:
            self._mark(frame)
        if target is not None or entry:
            self._record(frame, target, entry)

    def _classified(self, code: Any) -> tuple[Any, int | None, bool]:
        path = self._tree.inside(code.co_filename)
        target: int | None = None
        may_enter = False
        if path is not None and path not in self._tests and code.co_flags & _OPTIMIZED:
            old = self._before.get(id(code), (code, code))[1]
            place = path, old.co_name, old.co_firstlineno
            may_enter = not code.co_name.startswith("<")
            target = self._targets.get(place)
            if target is None and may_enter:
                target = self._inner.get(place, self._whole.get(path))
        known = self._codes[id(code)] = (code, target, may_enter)
        return known

    def _is_test(self, frame: Any) -> bool:
        return frame is not None and self._tree.inside(frame.f_code.co_filename) in self._tests

    def _mark(self, frame: Any) -> None:
        for _ in range(60):
            self._entered.add(id(frame.f_code))
            frame = frame.f_back
            if frame is None:
                return

    def _record(self, frame: Any, target: int | None, entry: bool) -> None:
        code = frame.f_code
        if code.co_flags & _RESUMED:
            if id(frame) in self._frames:  # it goes on: this is no call
                return
            self._frames[id(frame)] = frame
        count = self._counts.get(id(code), 0)
        if id(code) in self._slow or count >= EACH_RECORDED:
            return
        if count == 0 and not self._has_room(target is not None):
            return
        started = time.process_time()
        try:
            function = self._function(frame)
            if function is None:
                return
            call = Call.of(function, frame)
            key = str(id(code)) + call.state()
            if key in self._seen:
                return
            call = call.copied()
        except Exception:
            return
        finally:
            if time.process_time() - started > COPY_S:
                self._slow.add(id(code))
        self._seen.add(key)
        self._counts[id(code)] = count + 1
        self._found.append((call, self._passing, entry, target, id(code), key))

    def _has_room(self, for_target: bool) -> bool:
        """Whether one function more can be recorded. Of those that have not led to a target so
        far, the first makes room for another."""
        if for_target:
            return sum(self._is_target(code) for code in self._counts) < TARGETS
        entries = [code for code in self._counts if not self._is_target(code)]
        if len(entries) < FUNCTIONS:
            return True
        idle = next((code for code in entries if code not in self._entered), None)
        if idle is None or self._forgotten >= FORGOTTEN:
            return False
        self._forgotten += 1
        del self._counts[idle]
        self._seen.difference_update(row[5] for row in self._found if row[4] == idle)
        self._found = [row for row in self._found if row[4] != idle]
        return True

    def _is_target(self, code: int) -> bool:
        return self._codes[code][1] is not None

    def _function(self, frame: Any) -> Any:
        """The function that runs in a frame: made anew where there may be many of its code, each
        holding on to something else."""
        code = frame.f_code
        if holds(code):
            return function_of(frame, self._before.get(id(code), (code, code))[1])
        if id(code) not in self._functions:
            found = (
                thing
                for thing in gc.get_referrers(code)
                if type(thing) is types.FunctionType and thing.__code__ is code
            )
            self._functions[id(code)] = next(found, None)
        return self._functions[id(code)]


def inner_places(root: str, targets: dict[tuple[str, str, int], int]) -> dict[Any, int]:
    """The target that holds a function, by the inner one's path, name and first line."""
    found: dict[Any, int] = {}
    for path in {path for path, name, _ in targets if name}:
        try:
            with open(os.path.join(root, path), "rb") as file:
                todo = [(compile(file.read(), path, "exec", dont_inherit=True), -1)]
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        while todo:
            code, target = todo.pop()
            place = path, code.co_name, code.co_firstlineno
            if target >= 0:
                found[place] = target
            inside = targets.get(place, target)
            todo += [(each, inside) for each in inner_codes(code)]
    return found
