"""Runs pytest on the target's interpreter and writes down what happens. PYTEST_DONT_REWRITE

fixit does not import this file: `pytest_run` sends its text, and that of the `probe_*` beside it,
into the sandbox, so it needs Python 3.8 or later, pytest 6 or later and nothing else. Each line
of the report is a JSON object, written as soon as it is known; `e` says what it is:

    begin       python                                        written by the caller
    collecting  nodeid                                        a test module is being imported
    broken      nodeid, text, type, frames, missing, owned    something could not be collected
    items       nodeids                                       where only the names were asked for
    collected   count
    start       nodeid
    result      nodeid, outcome, s, text, type, frames
    lines       nodeid, lines {path: "1-5,9"}                 where coverage was asked for
    types       types {path: {line: {name: [class]}}}         there too: of functions that ended
    end         left, in_time                                 tests without a result

A report without `end` belongs to a process that died. Paths are relative to the repository,
with forward slashes; frames are [path, line], outermost first. Lines that ran while no test
did (imports, collection) stand under the nodeid "<import>".
"""
# Strings and os.path: this runs for every frame, and a test may replace pathlib.
# ruff: noqa: PTH118, PTH120

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from fixit_runtime.tools.probe_errors import cut, frames_of, merged_outcome, unwrapped
from fixit_runtime.tools.probe_lines import MonitoredLines, TracedLines, Tree, ranges
from fixit_runtime.tools.probe_select import Selection

TEXT_LIMIT = 20_000  # characters of one failure; the middle is cut
TEXT_TOTAL = 5_000_000  # characters of all failures, then each is cut to TEXT_SHORT
TEXT_SHORT = 1_000
SOFT_SHARE = 0.8  # of the hard limit: what hangs is interrupted before the process is killed


class TimedOut(BaseException):
    """Raised inside the test that still runs when the time is nearly up."""

    __module__ = "builtins"  # so that the failure reads "TimedOut: ..."


class Report:
    """The file that the lines go to. Forked children of a test never write to it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._pid = os.getpid()
        self._fd = self._opened()

    def _opened(self, _open: Any = os.open) -> int:
        fd: int = _open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return fd

    def write(
        self,
        event: str,
        _write: Any = os.write,  # bound now: a test may replace os.write or the file system
        _getpid: Any = os.getpid,
        _dumps: Any = json.dumps,
        **fields: object,
    ) -> None:
        if _getpid() != self._pid:
            return
        data = (_dumps({"e": event, **fields}) + "\n").encode("ascii")
        try:
            written = _write(self._fd, data)
        except OSError:  # the test closed every descriptor
            self._fd = self._opened()
            written = 0
        while written < len(data):
            written += _write(self._fd, data[written:])


class Probe:
    """The pytest plugin. PYTEST_DONT_REWRITE"""

    def __init__(self, config: dict[str, Any], report: Report) -> None:
        self.tree = Tree(config["root"])
        self.report = report
        self.selection = Selection(config["nodeids"])
        self.only_names = bool(config["only_names"])
        self.stop_at_first_failure = bool(config["stop_at_first_failure"])
        self.lines: TracedLines | MonitoredLines | None = None
        if config["coverage"]:
            monitored = hasattr(sys, "monitoring")
            self.lines = MonitoredLines(self.tree) if monitored else TracedLines(self.tree)
        self.import_lines: dict[str, set[int]] = {}
        self.phases: list[Any] = []
        self.left = -1  # tests without a result; unknown before the end of collection
        self.written = 0
        self.running = False
        self.time_is_up = False
        self.session: Any = None
        self.prefix = ""

    # ---- options: every test, one at a time, in order, and nothing left in the repository

    @pytest.hookimpl(hookwrapper=True)
    def pytest_load_initial_conftests(self, early_config: Any) -> Iterator[None]:
        if hasattr(early_config.known_args_namespace, "cov_source"):
            early_config.known_args_namespace.cov_source = []  # pytest-cov would trace as well
        outcome: Any = yield
        if outcome.excinfo is not None:
            self.broken("", outcome.excinfo[1], "")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_cmdline_main(self, config: Any) -> Iterator[None]:
        forced = {
            "numprocesses": 0, "dist": "no", "tx": [], "looponfail": False,  # pytest-xdist
            "randomly_reorganize": False, "randomly_seed": 0, "reruns": 0,
            "lf": False, "failedfirst": False, "newfirst": False, "stepwise": False,
            "usepdb": False, "trace": False, "setuponly": False, "setupplan": False,
            "collectonly": self.only_names, "continue_on_collection_errors": True,
            "maxfail": 1 if self.stop_at_first_failure else 0,
            "tbstyle": "auto", "color": "no",
        }  # fmt: skip
        for name, value in forced.items():
            if hasattr(config.option, name):
                setattr(config.option, name, value)
        arguments = self.selection.arguments()
        if arguments is not None:
            config.args = arguments
            config.option.pyargs = False
        yield

    # ---- collection

    def named(self, nodeid: str) -> str:
        """pytest's nodeid, but relative to the repository where pytest's rootdir lies deeper."""
        return self.prefix + nodeid if nodeid else nodeid

    def pytest_sessionstart(self, session: Any) -> None:
        self.session = session
        rootdir = os.path.realpath(str(session.config.rootdir))
        if rootdir.startswith(self.tree.root + os.sep):
            self.prefix = os.path.relpath(rootdir, self.tree.root).replace(os.sep, "/") + "/"

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: Any) -> Iterator[None]:
        nodeid = self.named(collector.nodeid)
        if isinstance(collector, pytest.Module):
            self.report.write("collecting", nodeid=nodeid)
        self.running = True
        outcome: Any = yield
        self.running = False
        if outcome.excinfo is not None:  # SystemExit: pytest will end
            self.broken(nodeid, outcome.excinfo[1], "")
        elif outcome.get_result().failed:
            report = outcome.get_result()
            error = report.call.excinfo.value if hasattr(report, "call") else None
            self.broken(nodeid, error, str(report.longrepr))

    def broken(self, nodeid: str, error: BaseException | None, text: str) -> None:
        """Something could not be collected: a module, a class, a conftest."""
        missing, owner = "", ""
        if type(error).__name__ == "ConftestImportFailure":
            nodeid = self.tree.inside(str(getattr(error, "path", ""))) or nodeid
        error = unwrapped(error) if error is not None else None
        if error is not None and not text:
            lines = traceback.format_exception(type(error), error, error.__traceback__)
            text = "".join(lines)
        if isinstance(error, ModuleNotFoundError) and error.name:
            owner = self.tree.owner_of(error.name.partition(".")[0])
            own_bug = owner == "deeper" or (owner and "." in error.name)
            missing = "" if own_bug else error.name
        self.report.write(
            "broken",
            nodeid=nodeid,
            text=self.cut(text),
            type=type(error).__name__ if error is not None else "",
            frames=frames_of(error, self.tree) if error is not None else [],
            missing=missing,
            owned=bool(owner),
        )

    @pytest.hookimpl(hookwrapper=True)
    def pytest_collection_modifyitems(self, config: Any, items: Any) -> Iterator[None]:
        yield
        kept = [item for item in items if self.is_selected(item)]
        if len(kept) < len(items):
            chosen = set(map(id, kept))
            config.hook.pytest_deselected(items=[i for i in items if id(i) not in chosen])
            items[:] = kept

    def is_selected(self, item: Any) -> bool:
        ancestors = [self.named(node.nodeid) for node in item.listchain()]
        return self.selection.has(self.named(item.nodeid), ancestors)

    def pytest_collection_finish(self, session: Any) -> None:
        self.left = len(session.items)
        if self.only_names:
            self.report.write("items", nodeids=[self.named(i.nodeid) for i in session.items])
        self.report.write("collected", count=self.left)

    # ---- tests

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        self.phases = []
        nodeid = self.named(item.nodeid)
        self.report.write("start", nodeid=nodeid)
        if self.lines is not None:
            self.keep_import_lines(self.lines.take())
            self.lines.arm()
        self.running = True
        outcome: Any = yield
        self.running = False
        if outcome.excinfo is None:
            self.write_result(nodeid)
        if self.lines is not None:
            self.write_lines(nodeid, self.lines.take())

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, call: Any) -> Iterator[None]:
        outcome: Any = yield
        if call.excinfo is not None:
            error = call.excinfo.value
            outcome.get_result().fixit = (type(error).__name__, frames_of(error, self.tree))

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.outcome == "rerun":
            self.phases = []
        else:
            self.phases.append(report)

    def write_result(self, nodeid: str) -> None:
        """One line for a test that has ended."""
        outcome = merged_outcome(self.phases)
        failed = [report for report in self.phases if report.outcome == "failed"]
        name, frames, text = "", [], ""
        if failed:
            name, frames = getattr(failed[0], "fixit", ("", []))
            parts = [report.longreprtext for report in failed]
            parts += [f"---- {title}\n{content}" for title, content in failed[-1].sections]
            text = "\n".join(parts)
        elif outcome != "passed":
            text = next((str(report.longrepr) for report in self.phases if report.longrepr), "")
        self.report.write(
            "result",
            nodeid=nodeid,
            outcome=outcome,
            s=sum(getattr(report, "duration", 0.0) for report in self.phases),
            text=self.cut(text),
            type=name,
            frames=frames,
        )
        self.left -= 1

    def cut(self, text: str) -> str:
        text = cut(text, TEXT_LIMIT if self.written < TEXT_TOTAL else TEXT_SHORT)
        self.written += len(text)
        return text

    def keep_import_lines(self, taken: dict[str, set[int]]) -> None:
        for path, lines in taken.items():
            self.import_lines.setdefault(path, set()).update(lines)

    def write_lines(self, nodeid: str, lines: dict[str, set[int]]) -> None:
        packed = {path: ranges(numbers) for path, numbers in lines.items()}
        self.report.write("lines", nodeid=nodeid, lines=packed)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        if self.lines is not None:
            self.keep_import_lines(self.lines.take())
            self.write_lines("<import>", self.import_lines)
            self.report.write("types", types=self.lines.types.table())
        self.report.write("end", left=self.left, in_time=not self.time_is_up)

    # ---- time

    def set_alarm(self, wall_s: float, cpu_s: float) -> None:
        """Interrupt what hangs a little before the sandbox kills the process, so that the
        test is named, with its traceback and the lines that it ran."""

        def ring(signum: int, frame: Any) -> None:
            __tracebackhide__ = True
            if self.time_is_up:
                return
            self.time_is_up = True
            if self.session is not None:
                self.session.shouldstop = "the time of this run is up"
            if self.running:
                raise TimedOut("the time of this run is up")

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, SOFT_SHARE * wall_s)
        signal.signal(signal.SIGPROF, ring)
        signal.setitimer(signal.ITIMER_PROF, SOFT_SHARE * cpu_s)


def _rewritten_untraced() -> None:
    """pytest's rewriting of assertions is much work, and none of it the repository's."""
    from _pytest.assertion import rewrite

    rewritten = getattr(rewrite, "_rewrite_test", None)
    if rewritten is None:  # named otherwise: then it is traced
        return

    def untraced(*args: Any) -> Any:
        trace = sys.gettrace()
        sys.settrace(None)
        try:
            return rewritten(*args)
        finally:
            sys.settrace(trace)

    rewrite._rewrite_test = untraced  # type: ignore[assignment]


def main(config: dict[str, Any], report: Any = None, plugins: tuple[Any, ...] = ()) -> int:
    """Run pytest as `python -m pytest` would, with the probe in it; returns its exit code.

    `report`: what the lines go to, with `Report.write`; else a new `Report`.
    """
    report = report or Report(config["report"])
    shutil.rmtree(config["cache_dir"], ignore_errors=True)
    probe = Probe(config, report)
    probe.set_alarm(config["wall_s"], config["cpu_s"])
    args = [*config["args"], "-o", "cache_dir=" + config["cache_dir"]]
    sys.argv[:] = [os.path.join(os.path.dirname(pytest.__file__), "__main__.py"), *args]
    if probe.lines is not None:
        _rewritten_untraced()
        probe.lines.arm()
    try:
        return int(pytest.main(args, plugins=[probe, *plugins]))
    finally:  # the interpreter's end takes the handlers away, and a signal would then kill it
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
