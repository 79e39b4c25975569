"""What functions do on inputs like those of the tests: as they are, and as each candidate has
them. Sent into the sandbox by `behaviour`: Python 3.8+, pytest 6+ and the standard library.

The tests are run once, with the likeliest candidate swapped in where that is possible, since a
test goes no further than its first failure; the calls of the functions in question are recorded,
with copies of their arguments: those that candidates change (targets), and those that a test
calls on the way to them (entries). Then every candidate, in a fork of its own, does these
calls and variations of them. What it does is told as data:

    inputs     calls [text, recorded, passing, entry, target]
    behaviour  n, outcomes [kind, digest, text]     n: -1 and -2 for the untouched code, twice

`kind`: returns, raises, hangs, dies, unasked. The digest covers the result, what was printed and
what became of the arguments.
"""
# ruff: noqa: PTH118

from __future__ import annotations

import asyncio
import contextlib
import copy
import gc
import inspect
import io
import json
import os
import random
import resource
import select
import signal
import sys
import time
import types
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from fixit_runtime.tools.probe import Report
from fixit_runtime.tools.probe import main as run_tests
from fixit_runtime.tools.probe_lines import Tree
from fixit_runtime.tools.repair.behaviour_inputs import variants
from fixit_runtime.tools.repair.behaviour_shape import digest, shape, shown
from fixit_runtime.tools.worker_swap import Swapper, Tracer

EACH_RECORDED = 40  # different calls of one function
FUNCTIONS = 12
FRAMES = 2_000  # of generators that were looked at: then calls are not recorded any more
INPUTS = 240  # of all functions
CALL_CPU_S, CALL_WALL_S = 0.05, 1.0
LATE_MOST = 3  # calls of a candidate that hang: then the rest is not asked
LATE_MOST_BEFORE = 12  # of the untouched code, which may hang where it is wrong
LEAST_CALLS = 20  # are done, however long one takes
COPY_S = 0.2  # a call whose arguments take longer to copy is not recorded, nor its function again
ITEMS = 200  # of a generator
MEMORY_BYTES = 1_000_000_000
_OPTIMIZED = 0x1
_RESUMED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_MISUSE = (TypeError, AttributeError)  # what a value of the wrong type comes to

Json = Any


class Hangs(BaseException):
    """A call has taken too long."""


class Call:
    """One call: the function, and its arguments by name, in the order of the signature."""

    def __init__(self, function: Any, values: dict[str, Any]) -> None:
        self.function, self.values = function, values

    @classmethod
    def of(cls, function: Any, frame: Any) -> Call:
        code, local = frame.f_code, frame.f_locals
        count = code.co_argcount + code.co_kwonlyargcount
        count += bool(code.co_flags & inspect.CO_VARARGS)
        count += bool(code.co_flags & inspect.CO_VARKEYWORDS)
        names = code.co_varnames[:count]
        return cls(function, {name: local[name] for name in names})

    def copied(self) -> Call:
        return Call(self.function, copy.deepcopy(self.values))

    def changed(self, name: str, value: Any) -> Call:
        return Call(self.function, {**self.values, name: value})

    def make(self) -> Any:
        """Do it, to the end of what it makes lazily."""
        code = self.function.__code__
        names = list(self.values)
        given = [self.values[name] for name in names[: code.co_argcount]]
        kw_end = code.co_argcount + code.co_kwonlyargcount
        named = {name: self.values[name] for name in names[code.co_argcount : kw_end]}
        rest = names[kw_end:]
        if code.co_flags & inspect.CO_VARARGS:
            given += self.values[rest.pop(0)]
        if code.co_flags & inspect.CO_VARKEYWORDS:
            named.update(self.values[rest.pop(0)])
        return _settled(self.function(*given, **named))

    def text(self) -> str:
        """As a person would write it."""
        parts = [shown(value) for name, value in self.values.items() if name not in _OWNERS]
        name = str(self.function.__qualname__).replace("<locals>.", "")
        owner = next((value for key, value in self.values.items() if key == "self"), None)
        if owner is not None and name.count(".") == 1:
            name = shown(owner) + "." + name.rpartition(".")[2]
        return name + "(" + ", ".join(parts) + ")"


_OWNERS = ("self", "cls")


def _settled(value: Any) -> Any:
    if inspect.iscoroutine(value):
        return asyncio.run(value)
    if inspect.isasyncgen(value):
        return asyncio.run(_all_of(value))
    if inspect.isgenerator(value) or isinstance(value, (map, filter, zip)):
        return [type(value).__name__, *islice(value, ITEMS)]
    return value


async def _all_of(value: Any) -> list[Any]:
    return [part async for part in value]


class Recorder:
    """The pytest plugin that records calls. PYTEST_DONT_REWRITE"""

    def __init__(self, config: Json, tree: Tree, tracer: Tracer) -> None:
        self._tree, self._tracer = tree, tracer
        self._targets = {
            (t["path"], t["name"], t["line"]): n for n, t in enumerate(config["targets"])
        }
        self._whole = {t["path"]: n for n, t in enumerate(config["targets"]) if not t["name"]}
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
        self._root = config["root"]
        self._swapped: list[tuple[Any, Any]] = []
        self._found: list[tuple[Call, bool, bool, int | None, int]] = []

    # ---- the hooks

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        self._tracer.stop()
        place = Candidates(self._tree, self._root, self._tracer)
        self._swapped = place.swap(self._first) or []

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
            for call, passing, entry, target, code in self._found
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
            target = self._targets.get((path, code.co_name, code.co_firstlineno))
            plain = not code.co_name.startswith("<")
            if target is None and plain and path in self._whole:
                target = self._whole[path]
            may_enter = plain
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
        if count >= EACH_RECORDED or (count == 0 and len(self._counts) >= FUNCTIONS):
            return
        started = time.process_time()
        try:
            function = self._function(code)
            if function is None:
                return
            call = Call.of(function, frame)
            key = str(id(code)) + shape(call.values)
            if key in self._seen:
                return
            call = call.copied()
        except Exception:
            return
        finally:
            if time.process_time() - started > COPY_S:
                self._counts[id(code)] = EACH_RECORDED
        self._seen.add(key)
        self._counts[id(code)] = max(self._counts.get(id(code), 0), count + 1)
        self._found.append((call, self._passing, entry, target, id(code)))

    def _function(self, code: Any) -> Any:
        if id(code) not in self._functions:
            found = [
                thing
                for thing in gc.get_referrers(code)
                if type(thing) is types.FunctionType and thing.__code__ is code
            ]
            self._functions[id(code)] = found[0] if len(found) == 1 else None
        return self._functions[id(code)]


def inputs_of(recorded: list[tuple[Call, bool, bool, int]]) -> list[tuple[Call, list[Any]]]:
    """Calls to do, with what is known of each; the recorded ones first."""
    chance = random.Random(0)
    made = [(call, [True, passing, entry, target]) for call, passing, entry, target in recorded]
    seen = {_key(call) for call, _ in made}
    pools: dict[tuple[int, str], list[Any]] = {}
    for call, _, _, _ in recorded:
        for name, value in call.values.items():
            pools.setdefault((id(call.function), name), []).append(value)
    ways = [
        (call, [False, passing, entry, target], name, _others(call, name, pools, chance))
        for call, passing, entry, target in recorded
        for name in call.values
        if name != "cls"
    ]
    while ways and len(made) < INPUTS:
        left = []
        for call, about, name, others in ways:
            for value in others:
                new = call.changed(name, value)
                key = _key(new)
                if key and key not in seen and len(made) < INPUTS:
                    seen.add(key)
                    made.append((new, about))
                left.append((call, about, name, others))
                break
        ways = left
    return made


def _others(
    call: Call, name: str, pools: dict[tuple[int, str], list[Any]], chance: random.Random
) -> Iterator[Any]:
    pool = pools[id(call.function), name]
    try:
        yield from islice(variants(call.values[name], chance), 3)
        yield from chance.sample(pool, min(len(pool), 2))
        yield from islice(variants(call.values[name], chance), 3, 24)
        if name != "self":
            yield None
    except Exception:  # an object that cannot be copied or looked into
        return


def _key(call: Call) -> str:
    try:
        return str(id(call.function)) + shape(call.values)
    except Exception:
        return ""


# ---- in forks


def outcome(call: Call) -> list[str]:
    """Do a call on a copy of its arguments."""
    printed = io.StringIO()
    copied = None
    signal.setitimer(signal.ITIMER_REAL, CALL_WALL_S)
    signal.setitimer(signal.ITIMER_PROF, CALL_CPU_S)
    try:
        copied = call.copied()
        with contextlib.redirect_stdout(printed):
            value = copied.make()
        kind, text, shaped = "returns", shown(value), shape(value)
    except Hangs:
        return ["hangs", "", ""]
    except BaseException as error:
        kind, text = "raises", type(error).__name__
        if isinstance(error, _MISUSE):  # which of them is chance, and so is what came before
            return [kind, digest("misuse"), text]
        shaped = text
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
    with contextlib.suppress(Exception):
        shaped += printed.getvalue() + (shape(copied.values) if copied else "")
    return [kind, digest(shaped), text]


def _ring(number: int, frame: Any) -> None:
    raise Hangs


def _child(calls: list[Call], prepare: Any, sink: int, late_most: int) -> None:
    """Do all calls and tell of each at once."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    with contextlib.suppress(Exception):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGALRM, _ring)
    signal.signal(signal.SIGPROF, _ring)
    swapped = prepare()
    late = 0
    for call in calls:
        function = swapped.get(id(call.function), call.function)
        try:
            said = outcome(Call(function, call.values))
        except Hangs:  # the alarm rang just outside
            said = ["hangs", "", ""]
        late += said[0] == "hangs"
        os.write(sink, (json.dumps(said) + "\n").encode("ascii"))
        if late >= late_most:
            return


def behaviour(calls: list[Call], prepare: Any, wall_s: float, late_most: int) -> list[list[str]]:
    """The outcomes of all calls in a fork, once `prepare` was called there."""
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(source)
            os.setpgid(0, 0)
            _child(calls, prepare, sink, late_most)
        finally:
            os._exit(0)
    os.close(sink)
    data = _read(source, time.monotonic() + wall_s)
    os.close(source)
    for victim in (-pid, pid):
        with contextlib.suppress(OSError):
            os.kill(victim, signal.SIGKILL)
    os.waitpid(pid, 0)
    found: list[list[str]] = []
    for line in data.decode("ascii", "replace").splitlines():
        try:
            kind, code, text = json.loads(line)
            found.append([str(kind), str(code), str(text)[:200]])
        except ValueError:
            break
    missing = "unasked" if sum(each[0] == "hangs" for each in found) >= late_most else "dies"
    return found[: len(calls)] + [[missing, "", ""]] * (len(calls) - len(found))


def _read(source: int, until: float) -> bytes:
    data = bytearray()
    while time.monotonic() < until and len(data) < 1_000_000:
        ready, _, _ = select.select([source], [], [], max(until - time.monotonic(), 0.0))
        if not ready:
            break
        piece = os.read(source, 1 << 16)
        if not piece:
            break
        data += piece
    return bytes(data)


class Candidates:
    """Puts a candidate into this process: by swapping functions, or else by running its modules
    anew in place."""

    def __init__(self, tree: Tree, root: str, tracer: Tracer) -> None:
        self._tree, self._root = tree, root
        self._files = {
            self._tree.inside(str(module.__file__)): module
            for module in list(sys.modules.values())
            if isinstance(getattr(module, "__file__", None), str)
        }
        self._swapper = Swapper(self._is_inside, self._locate, tracer)

    def _is_inside(self, filename: str) -> bool:
        return self._tree.inside(filename) is not None

    def _locate(self, path: str) -> str:
        module = self._files.get(path)
        return str(module.__file__) if module else os.path.join(self._root, path)

    def put(self, files: dict[str, str]) -> dict[int, Any]:
        """Returns new functions by the id of the old, for those that were made anew."""
        return self._made_anew(files) if self.swap(files) is None else {}

    def swap(self, files: dict[str, str]) -> list[tuple[Any, Any]] | None:
        """Functions that have other code now, with their own; None where swapping is not all
        that is to be done: then nothing is."""
        swaps = self._swapper.swaps({path: text.encode("utf-8") for path, text in files.items()})
        if swaps is None:
            return None
        before = [(function, function.__code__) for function, _ in swaps]
        for function, code in swaps:
            function.__code__ = code
        return before

    def _made_anew(self, files: dict[str, str]) -> dict[int, Any]:
        renewed: dict[int, Any] = {}
        for path, text in files.items():
            module = self._files[path]
            before = _things(module)
            exec(compile(text, str(module.__file__), "exec", dont_inherit=True), module.__dict__)
            after = _things(module)
            renewed.update({id(old): after[name] for name, old in before.items() if name in after})
        for inside, module in self._files.items():
            if inside is None:
                continue
            for name, thing in list(vars(module).items()):
                if isinstance(thing, (type, types.FunctionType)) and id(thing) in renewed:
                    setattr(module, name, renewed[id(thing)])
        return renewed


def _things(module: Any) -> dict[str, Any]:
    """Functions and classes of a module, and the functions of its classes, by qualified name."""
    found: dict[str, Any] = {}
    for name, thing in list(vars(module).items()):
        if getattr(thing, "__module__", None) != module.__name__:
            continue
        found[name] = thing
        bare = _bare(thing)
        if bare is not None:
            found[name + "()"] = bare
        if isinstance(thing, type):
            for inner, part in list(vars(thing).items()):
                part = _bare(part)
                if part is not None:
                    found[name + "." + inner] = part
    return found


def _bare(thing: Any) -> Any:
    """The function inside a decorated one; None where there is none."""
    for name in ("__func__", "fget", "__wrapped__"):
        thing = getattr(thing, name, None) or thing
    return thing if type(thing) is types.FunctionType else None


def main(config: Json) -> int:
    """Record, then do; writes to the report as it goes."""
    report = Report(config["report"])
    tree, tracer = Tree(config["root"]), Tracer()
    recorder = Recorder(config, tree, tracer)
    tracer.start()
    run_tests(config, report, (recorder,))
    made = inputs_of(recorder.recorded())
    if not made:
        return 0
    place = Candidates(tree, config["root"], tracer)
    gc.collect()
    gc.freeze()
    compare_all(config, report, made, place)
    return 0


def compare_all(
    config: Json, report: Report, made: list[tuple[Call, list[Any]]], place: Candidates
) -> None:
    """Do the calls on the untouched code, twice, then on each candidate; fewer calls where they
    take long, and no further candidate once the time is up."""
    budget_s, count = config["budget_cpu_s"], len(config["candidates"]) + 2
    calls = [call for call, _ in made]
    wall_s = 2.0 * budget_s
    begun = _children_s()
    first = behaviour(calls, dict, wall_s, LATE_MOST_BEFORE)
    took_s = max(_children_s() - begun, 1e-6)
    room = int(len(calls) * budget_s / count / took_s)
    calls = calls[: max(room, LEAST_CALLS)]
    report.write("inputs", calls=[[call.text(), *about] for call, about in made[: len(calls)]])
    report.write("behaviour", n=-2, outcomes=first[: len(calls)])
    again = behaviour(calls, dict, wall_s, LATE_MOST_BEFORE)
    report.write("behaviour", n=-1, outcomes=again)
    for number, files in enumerate(config["candidates"]):
        if _children_s() - begun > budget_s:
            break
        outcomes = behaviour(calls, lambda files=files: place.put(files), wall_s, LATE_MOST)
        report.write("behaviour", n=number, outcomes=outcomes)


def _children_s() -> float:
    used = os.times()
    return used.children_user + used.children_system
