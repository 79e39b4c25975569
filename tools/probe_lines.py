"""Which lines of the repository ran: sent into the sandbox with `probe.py`. Python 3.8+."""
# Strings and os.path: this runs for every frame, and a test may replace pathlib.
# ruff: noqa: PTH110, PTH118, PTH206

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from fixit_runtime.tools.probe_types import SeenTypes

SOURCE_FOLDERS = ("src", "lib", "python")


class Tree:
    """The repository's own files: below the root, and not in an environment inside it."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self._known: dict[str, str | None] = {}
        self._prefix = os.path.realpath(sys.prefix)

    def inside(self, filename: str) -> str | None:
        """The path relative to the root, or None for a file that is not the repository's."""
        try:
            return self._known[filename]
        except KeyError:
            path = self._known[filename] = self._relative(filename)
            return path

    def _relative(self, filename: str) -> str | None:
        if filename.startswith("<"):
            return None
        path = os.path.realpath(os.path.join(self.root, filename))
        if not path.startswith(self.root + os.sep) or "site-packages" in path.split(os.sep):
            return None
        if self._prefix != self.root and path.startswith(self._prefix + os.sep):
            return None
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def owner_of(self, module: str) -> str:
        """Where the repository keeps this top-level module: "source" (a folder like src, which
        then is not on the path), "deeper", or "" for nowhere."""
        names = (module, module + ".py")
        for folder in SOURCE_FOLDERS:
            if any(os.path.exists(os.path.join(self.root, folder, name)) for name in names):
                return "source"
        for folder, folders, files in os.walk(self.root):
            if any(name in folders or name in files for name in names):
                return "deeper"
            deep = folder[len(self.root) :].count(os.sep) >= 3
            folders[:] = [] if deep else [f for f in folders if f[0] != "." and f != "venv"]
        return ""


class TracedLines:
    """Lines that ran, by sys.settrace: Python 3.8 to 3.11."""

    def __init__(self, tree: Tree) -> None:
        self._seen: dict[str, set[int]] = {}
        self._tree = tree
        self.types = SeenTypes()
        local: dict[str, Callable[..., Any] | None] = {}

        def enter(frame: Any, event: str, arg: Any) -> Any:
            filename = frame.f_code.co_filename
            try:
                return local[filename]
            except KeyError:
                tracer = local[filename] = self._tracer(filename)
                return tracer

        self._enter = enter

    def _tracer(self, filename: str) -> Callable[..., Any] | None:
        path = self._tree.inside(filename)
        if path is None:
            return None
        add, note = self._seen.setdefault(path, set()).add, self.types.note

        def line(frame: Any, event: str, arg: Any) -> Any:
            if event == "line":
                add(frame.f_lineno)
            elif event == "return":
                note(path, frame, arg)
            return line

        return line

    def arm(self) -> None:
        """Trace this thread and those that it starts; undoes what a test did to the trace."""
        if sys.gettrace() is not self._enter:
            threading.settrace(self._enter)
            sys.settrace(self._enter)

    def take(self) -> dict[str, set[int]]:
        """What ran since the last call."""
        taken = {path: set(lines) for path, lines in list(self._seen.items()) if lines}
        for path in taken:
            self._seen[path].clear()
        return _real(taken)


class MonitoredLines:
    """Lines that ran, by sys.monitoring: Python 3.12 and later."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._files: dict[str, set[int]] = {}
        self._armed = False
        self.types = SeenTypes()

    def arm(self) -> None:
        """Watch all threads, from the first call on."""
        if self._armed:
            return
        self._armed = True
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined]
        events, files, inside = monitoring.events, self._files, self._tree.inside
        tool = next(i for i in (4, 3, 5, 2, 1) if monitoring.get_tool(i) is None)

        note = self.types.note

        def start(code: Any, offset: int) -> Any:
            if inside(code.co_filename) is not None:
                files.setdefault(code.co_filename, set())
                wanted = events.LINE | events.PY_RETURN | events.PY_YIELD
                monitoring.set_local_events(tool, code, wanted)
            return monitoring.DISABLE

        def line(code: Any, number: int) -> None:
            files[code.co_filename].add(number)

        def end(code: Any, offset: int, result: Any) -> Any:
            path = inside(code.co_filename)
            more = path is not None and note(path, sys._getframe(1), result)
            return None if more else monitoring.DISABLE

        monitoring.use_tool_id(tool, "fixit")
        monitoring.register_callback(tool, events.PY_START, start)
        monitoring.register_callback(tool, events.LINE, line)
        monitoring.register_callback(tool, events.PY_RETURN, end)
        monitoring.register_callback(tool, events.PY_YIELD, end)
        monitoring.set_events(tool, events.PY_START)

    def take(self) -> dict[str, set[int]]:
        """What ran since the last call."""
        taken: dict[str, set[int]] = {}
        for filename, lines in list(self._files.items()):
            path = self._tree.inside(filename)
            if lines and path is not None:
                taken.setdefault(path, set()).update(lines)
                lines.clear()
        return _real(taken)


def _real(taken: dict[str, set[int]]) -> dict[str, set[int]]:
    """Without line 0, which an empty module runs."""
    real = {path: lines - {0} for path, lines in taken.items()}
    return {path: lines for path, lines in real.items() if lines}


def ranges(lines: set[int]) -> str:
    """{1, 2, 3, 7} as "1-3,7"."""
    parts: list[list[int]] = []
    for line in sorted(lines):
        if parts and parts[-1][1] == line - 1:
            parts[-1][1] = line
        else:
            parts.append([line, line])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)
