"""Many candidates in one run of pytest: the tests are collected once, and each candidate is
swapped into the modules that they have imported. Sent into the sandbox with `worker.py`:
Python 3.8+, pytest 6+.

    worker ── collector: pytest up to the end of collection ── fork ── candidate after candidate
                                                             └ fork ── ...

Only a failure counts: who fails here is rejected, who passes here is run anew, from the start.
A fork takes candidates until something is left behind, which is looked at every few candidates;
then the next takes over. Nothing is said of a candidate before that look: where something was
left, only the first of the few is believed. At the end of each fork the untouched code is tested
again: where it does not do as it did at first, what the fork has shown is doubtful. Each doubtful
candidate gets a fork of its own.

    screening  why                       "" or why the tests cannot be screened
    skip       n                         this candidate must be imported
    try        n
    tried      n, results, left          results as the probe's; line: of the test, that failed
    doubt      ns                        of these nothing holds that was said, if it was
"""
# ruff: noqa: PTH100, PTH118, PTH123, PTH206, SIM115

from __future__ import annotations

import inspect
import json
import os
import signal
import sys
import threading
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pytest
from _pytest import runner

from fixit_runtime.tools.worker_state import TooMuch, Watched
from fixit_runtime.tools.worker_swap import Swapper, Tracer

AT_ONCE = 100  # candidates of one fork
LOOK_AFTER = 12  # candidates, at what they have left behind: a look costs more than many tests
TEXT = 300  # characters of a failure
SOFT_SHARE = 0.8  # of the limits: as the probe
_AGAIN_S = 0.5  # later, the next test that hangs is interrupted
_STARTS = ("subprocess.", "os.fork", "os.posix_spawn", "os.exec", "os.system", "os.spawn", "pty.")
_TEST_HOOKS = (
    "pytest_runtest_protocol", "pytest_runtest_logstart", "pytest_runtest_logfinish",
    "pytest_runtest_setup", "pytest_runtest_call", "pytest_runtest_teardown",
    "pytest_runtest_makereport", "pytest_runtest_logreport", "pytest_pyfunc_call",
    "pytest_fixture_setup", "pytest_exception_interact",
)  # fmt: skip


class Unsure(BaseException):
    """What happens cannot be judged here."""


class Screen:
    """The pytest plugin. PYTEST_DONT_REWRITE"""

    def __init__(
        self,
        candidates: Sequence[Mapping[str, bytes | None]],
        limits: Mapping[str, float],
        *,
        root: str,
        shared: Any,
        hide: Callable[[], None],
        show: Callable[[], None],
        tracer: Tracer,
        stop_at_first_failure: bool,
    ) -> None:
        self._candidates, self._limits = candidates, limits
        self._root = os.path.realpath(root)
        self._given_root = root
        self._shared, self._tracer = shared, tracer
        self._hide, self._show = hide, show
        self._stop = stop_at_first_failure
        self._inside: dict[str, bool] = {}
        self._collector = os.getpid()
        self._strange = ""  # what happened that makes a result worthless
        self._watched_files: set[str] = set()
        self._running = False
        self._at_once = 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> None:
        self._tracer.stop()
        try:
            self._screen(session)
        except Exception:
            self.say("screening", why=traceback.format_exc())
        os._exit(0)

    def say(self, event: str, **fields: object) -> None:
        self._shared.add((json.dumps({"e": event, **fields}) + "\n").encode("ascii"))

    def is_inside(self, filename: str) -> bool:
        known = self._inside.get(filename)
        if known is None:
            real = os.path.realpath(os.path.join(self._root, filename))
            below = real.startswith(self._root + os.sep)
            known = self._inside[filename] = below and "site-packages" not in real.split(os.sep)
        return known

    # ---- in the collector

    def _screen(self, session: Any) -> None:
        if session.testsfailed or not session.items or threading.active_count() > 1:
            self.say("screening", why="not all tests could be collected, or threads run already")
            return
        tests = Tests(session, self._stop)
        swapper = Swapper(self.is_inside, self._locate, self._tracer)
        self._hide()  # a candidate must not reach into what forks the next
        sys.addaudithook(self._audit)
        for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
            signal.setitimer(timer, 0)
        signal.signal(signal.SIGPROF, self._ring)
        signal.signal(signal.SIGALRM, self._ring)
        begin = self._shared.size()
        self._fork(tests, lambda: self._alone(tests))
        first = self._events(begin, "base")
        if not first or first[0]["strange"]:
            self.say("screening", why=str(first[0]["strange"] if first else "the tests end it"))
            return
        self._at_once = AT_ONCE if first[0].get("watched") else 1
        self.say("screening", why="")
        todo = self._swappable(swapper)
        while todo:
            todo = self._next(todo, tests, first[0]["results"])

    def _locate(self, path: str) -> str:
        return os.path.join(self._given_root, *path.split("/"))

    def _swappable(self, swapper: Swapper) -> list[tuple[int, list[Any]]]:
        todo = []
        for number, files in enumerate(self._candidates):
            swaps = swapper.swaps(files)
            if swaps is None:
                self.say("skip", n=number)
            else:
                todo.append((number, swaps))
                self._watched_files.update(map(self._locate, files))
        return todo

    def _next(
        self, todo: list[tuple[int, list[Any]]], tests: Tests, base: list[Any]
    ) -> list[tuple[int, list[Any]]]:
        """One fork; what is still to do. A candidate that ends its fork is skipped."""
        chunk, rest = todo[: self._at_once], todo[self._at_once :]
        begin = self._shared.size()
        self._fork(tests, lambda: self._several(chunk, tests, base))
        begun = [event["n"] for event in self._events(begin, "try")]
        ended = [event["n"] for event in self._events(begin, "tried")]
        doubtful = {n for event in self._events(begin, "doubt") for n in event["ns"]}
        if not begun:
            return rest
        if begun[-1] not in ended and begun[-1] not in doubtful:
            self.say("skip", n=begun[-1])  # it has ended the fork
        doubtful |= set(begun[:-1]) - set(ended)  # none has looked at what they left
        for number, swaps in chunk:
            if number in doubtful:
                self._fork(tests, partial(self._several, [(number, swaps)], tests, base))
        return [entry for entry in chunk if entry[0] not in begun] + rest

    def _events(self, begin: int, kind: str) -> list[Any]:
        found = []
        for line in self._shared.data(begin).splitlines():
            try:
                event = json.loads(line)
                if event["e"] == kind:
                    found.append(event)
            except (KeyError, TypeError, ValueError):  # a candidate wrote there
                continue
        return found

    def _fork(self, tests: Tests, main: Callable[[], None]) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                self._show()
                tests.be_silent()
                main()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.waitpid(pid, 0)

    # ---- in a fork

    def _alone(self, tests: Tests) -> None:
        results = self._run(tests)
        self.say(
            "base", results=results, strange=self._strange, watched=self._watched() is not None
        )

    def _watched(self) -> Watched | None:
        """What shows whether a candidate leaves something behind; None where it is too much."""
        try:
            return Watched(self.is_inside)
        except TooMuch:
            return None

    def _several(self, chunk: list[tuple[int, list[Any]]], tests: Tests, base: list[Any]) -> None:
        watched = self._watched() if len(chunk) > 1 else None
        done: list[int] = []
        waiting: list[tuple[int, list[Any]]] = []  # of these only the first began as all should
        for number, swaps in chunk:
            self.say("try", n=number)
            results = self._swapped(swaps, tests)
            if self._strange:
                self._tell(waiting[:1], tests)
                return
            waiting.append((number, results))
            late = any(result["type"] == "TimedOut" for result in results)
            last = watched is None or late or number == chunk[-1][0]
            if len(waiting) < LOOK_AFTER and not last:
                continue
            changed = watched is not None and watched.changed()
            done += self._tell(waiting[:1] if changed else waiting, tests)
            if changed:
                self.say("doubt", ns=[n for n, _ in waiting[1:]])
            if changed or last:
                break
            waiting = []
        if len(done) > 1 and _verdicts(self._run(tests)) != _verdicts(base):
            self.say("doubt", ns=done)

    def _swapped(self, swaps: list[Any], tests: Tests) -> list[Any]:
        """The results with these functions swapped in."""
        before = [(function, function.__code__) for function, _ in swaps]
        for function, code in swaps:
            function.__code__ = code
        results = self._run(tests)
        for function, code in before:
            function.__code__ = code
        return results

    def _tell(self, tried: list[tuple[int, list[Any]]], tests: Tests) -> list[int]:
        """Say how these have done; their numbers."""
        for number, results in tried:
            self.say("tried", n=number, results=results, left=len(tests.items) - len(results))
        return [number for number, _ in tried]

    def _run(self, tests: Tests) -> list[Any]:
        self._strange = ""
        signal.setitimer(signal.ITIMER_PROF, SOFT_SHARE * self._limits["cpu_s"], _AGAIN_S)
        signal.setitimer(signal.ITIMER_REAL, SOFT_SHARE * self._limits["wall_s"], _AGAIN_S)
        self._running = True
        try:
            return tests.run()
        except Unsure as error:
            self._strange = self._strange or str(error)
            return []
        except BaseException as error:
            self._strange = self._strange or type(error).__name__
            return []
        finally:
            self._running = False
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, number: int, frame: Any) -> None:
        if self._running:
            raise TimedOut("the time of this candidate is up")

    def _audit(self, event: str, args: Any) -> None:
        """Other processes would read the candidate's files, which are not there."""
        if not self._running:
            return
        if event.startswith(_STARTS):
            self._strange = event
        elif event == "open" and isinstance(args[0], str) and self._is_watched(args[0]):
            self._strange = "a test reads the file of a candidate"

    def _is_watched(self, path: str) -> bool:
        return path.endswith(".py") and os.path.abspath(path) in self._watched_files


class TimedOut(BaseException):
    """As the probe's."""

    __module__ = "builtins"


class Tests:
    """The collected tests, run again and again."""

    def __init__(self, session: Any, stop_at_first_failure: bool) -> None:
        self._session, self._stop = session, stop_at_first_failure
        self.items = list(session.items)
        manager = session.config.pluginmanager
        self._capture = manager.getplugin("capturemanager")
        self._probe = next(p for p in manager.get_plugins() if type(p).__name__ == "Probe")
        self._lines: list[Any] = []
        self._probe.report = self
        plain = _is_plain(session.config)
        session.config.option.maxfail = 0
        self._quick = {item: _arguments(item) if plain else None for item in self.items}
        for item in self.items:
            item.repr_failure = item._repr_failure_py = _short

    def be_silent(self) -> None:
        """Nobody reads what pytest says of each test."""
        reporter = self._session.config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None:
            reporter._tw._file = open(os.devnull, "w")

    def write(self, event: str, **fields: Any) -> None:
        """As the probe's report."""
        if event == "result":
            path = fields["nodeid"].partition("::")[0]
            own = [line for place, line in fields.pop("frames") if place == path]
            self._lines.append(dict(fields, line=own[-1] if own else 0))

    def run(self) -> list[Any]:
        """One result a test, as the probe's. Raises Unsure."""
        self._lines = []
        for index, item in enumerate(self.items):
            after = self.items[index + 1] if index + 1 < len(self.items) else None
            arguments = self._quick[item]
            if arguments is None:
                item.ihook.pytest_runtest_protocol(item=item, nextitem=after)
            else:
                self._lines.append(self._call(item, arguments))
            if self._lines and self._is_enough(self._lines[-1]):
                runner.pytest_sessionfinish(self._session)  # ends what fixtures have begun
                break
            if self._session.shouldstop or self._session.shouldfail:
                raise Unsure("a test ends the session")
        if self._capture is not None:
            self._capture.read_global_capture()
        return self._lines

    def _is_enough(self, result: dict[str, Any]) -> bool:
        """One that hangs would only hang again."""
        red = result["outcome"] in ("failed", "error")
        return red and (self._stop or result["type"] == "TimedOut")

    def _call(self, item: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        """A test that is a function and no more."""
        os.environ["PYTEST_CURRENT_TEST"] = item.nodeid + " (call)"
        if self._capture is not None:
            self._capture.resume_global_capture()
        outcome, name, text, line = "passed", "", "", 0
        try:
            if item.obj(**arguments) is not None:
                raise Unsure("a test returns something")
        except (KeyboardInterrupt, SystemExit, Unsure, pytest.exit.Exception) as error:
            raise Unsure(type(error).__name__) from error
        except pytest.skip.Exception:
            outcome = "skipped"
        except pytest.xfail.Exception:
            outcome = "xfailed"
        except BaseException as error:
            outcome, name, text = "failed", type(error).__name__, _text(error)
            line = _line_in(error, item.obj.__code__.co_filename)
        finally:
            os.environ.pop("PYTEST_CURRENT_TEST", None)
        nodeid = self._probe.named(item.nodeid)
        result = {"nodeid": nodeid, "outcome": outcome, "s": 0.0, "text": text, "type": name}
        return dict(result, line=line)


def _verdicts(results: list[Any]) -> list[Any]:
    return [(r["nodeid"], r["outcome"], r["type"]) for r in results]


def _short(excinfo: Any, *rest: Any, **more: Any) -> str:
    """Instead of a traceback with source lines: a rejected candidate's is not read."""
    return _text(excinfo.value)


def _line_in(error: BaseException, filename: str) -> int:
    """Where in this file the error came up; 0 for nowhere."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _text(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:TEXT]
    except Exception:
        return type(error).__name__


def _is_plain(config: Any) -> bool:
    """Whether nothing but pytest itself, and the probe, takes part in the running of a test."""
    if config.getini("filterwarnings") or config.getoption("pythonwarnings") or sys.warnoptions:
        return False
    for name in _TEST_HOOKS:
        for implementation in getattr(config.hook, name).get_hookimpls():
            plugin = implementation.plugin
            module = plugin if isinstance(plugin, types.ModuleType) else type(plugin)
            place = getattr(module, "__module__", None) or module.__name__
            if not place.startswith(("_pytest.", "fixit_runtime.")):
                return False
    return True


def _arguments(item: Any) -> dict[str, Any] | None:
    """What a test function is called with, where that is all that is to be done."""
    if type(item) is not pytest.Function or item.cls is not None:
        return None
    if inspect.iscoroutinefunction(item.obj) or inspect.isasyncgenfunction(item.obj):
        return None
    if any(mark.name != "parametrize" for mark in item.iter_markers()):
        return None
    callspec = getattr(item, "callspec", None)
    given = dict(getattr(callspec, "params", {}), **getattr(callspec, "funcargs", {}))
    fixtures = item._fixtureinfo.name2fixturedefs
    made = [d for name in item.fixturenames for d in fixtures.get(name, ()) or ()]
    if any(getattr(d.func, "__name__", "") != "get_direct_param_fixture_func" for d in made):
        return None
    names = item._fixtureinfo.argnames
    if set(item.fixturenames) - set(given) or any(name not in given for name in names):
        return None
    return {name: given[name] for name in names}
