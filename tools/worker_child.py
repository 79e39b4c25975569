"""A run of the tests in a fork of the warm worker: made to look like a fresh interpreter. Sent
into the sandbox with `worker.py`: Python 3.8+, pytest 6+.

What is written down during the run lies in memory that the fork shares with the worker, without
a file or a descriptor that code in the run could come across.
"""
# Strings and os.path: a test may replace pathlib.
# ruff: noqa: PTH100

from __future__ import annotations

import atexit
import ctypes
import functools
import importlib
import importlib.machinery
import json
import linecache
import math
import mmap
import os
import pwd
import re
import resource
import signal
import struct
import sys
import threading
import traceback
import types
from collections.abc import Callable
from typing import Any

from fixit_runtime.tools.worker_processes import PROCESSES

SHARED_BYTES = 256 << 20  # reserved, not used: pages come into being as they are written
_HEAD = struct.Struct("<QQ")  # bytes written, lines written
_NORESERVE = 0x4000  # of mmap: named in the library from Python 3.11 on
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 1, 4, 36
_MADV_REMOVE = 9
_LIBC = ctypes.CDLL(None, use_errno=True)
LAST = 113  # exit code of a run that could not begin


class Shared:
    """Memory that forks share: a report, line by line."""

    def __init__(self) -> None:
        flags = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | _NORESERVE
        self._memory = mmap.mmap(-1, SHARED_BYTES, flags=flags)

    def clear(self) -> None:
        used, _ = _HEAD.unpack_from(self._memory, 0)
        if used > 1 << 20 and hasattr(self._memory, "madvise"):
            self._memory.madvise(_MADV_REMOVE)
        _HEAD.pack_into(self._memory, 0, 0, 0)

    def add(self, data: bytes) -> None:
        """Append one line; nothing is added once the memory is full."""
        used, lines = _HEAD.unpack_from(self._memory, 0)
        begin = _HEAD.size + used
        if begin + len(data) <= SHARED_BYTES:
            self._memory[begin : begin + len(data)] = data
            _HEAD.pack_into(self._memory, 0, used + len(data), lines + 1)

    def lines(self) -> int:
        return int(_HEAD.unpack_from(self._memory, 0)[1])

    def size(self) -> int:
        return min(int(_HEAD.unpack_from(self._memory, 0)[0]), SHARED_BYTES - _HEAD.size)

    def data(self, begin: int = 0) -> bytes:
        return self._memory[_HEAD.size + begin : _HEAD.size + self.size()]


class SharedReport:
    """The probe's `Report`, in shared memory. The `end` carries a word that only the worker
    knows, and how many lines came before it."""

    def __init__(self, shared: Shared, nonce: str) -> None:
        self._pid = os.getpid()
        self._add, self._lines, self._nonce = shared.add, shared.lines, nonce

    def write(
        self,
        event: str,
        _getpid: Any = os.getpid,  # bound now: a test may replace it
        _dumps: Any = json.dumps,
        **fields: object,
    ) -> None:
        if _getpid() != self._pid:
            return
        if event == "end":
            fields.update(nonce=self._nonce, lines=self._lines())
        self._add((_dumps({"e": event, **fields}) + "\n").encode("ascii"))


def is_sealed(report: bytes, nonce: str) -> bool:
    """Whether the last line of a report is the end that this run was to write."""
    last = report.rstrip(b"\n").rpartition(b"\n")[2]
    try:
        line = json.loads(last)
        return bool(line["nonce"] == nonce and line["lines"] == report.count(b"\n") - 1)
    except (KeyError, TypeError, ValueError):
        return False


def prctl(option: int, value: int) -> None:
    """Raises OSError."""
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def hide() -> None:
    """Let no process of the same user look into this one or stop it with ptrace."""
    prctl(_PR_SET_DUMPABLE, 0)


def show() -> None:
    """The opposite of `hide`, for a fork that runs code of its own."""
    prctl(_PR_SET_DUMPABLE, 1)


def adopt_orphans() -> None:
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def enter(
    root: str,
    *,
    user: int | None,
    alone: bool,
    limits: dict[str, Any],
    output: int,
    close: list[int],
) -> None:
    """Give up everything that is the worker's: descriptors, session, user, limits, signals."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for fd in close:
        os.close(fd)
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for fd in {null, output}:
        if fd > 2:
            os.close(fd)
    if user is not None:
        group, groups = groups_of(user)
        os.setgroups(groups)
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
    prctl(_PR_SET_DUMPABLE, 1)
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _be_the_first_to_die()
    seconds = math.ceil(limits["cpu_s"])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))  # as the sandbox's own `run`
    if alone:
        resource.setrlimit(resource.RLIMIT_NPROC, most_forks())
    else:
        memory = limits["memory_mb"] * 1_000_000
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    os.chdir(root)


@functools.lru_cache(maxsize=1)
def most_forks() -> tuple[int, int]:
    """The limit on processes. Where a control group alone bounds them, each fork beyond the bound
    first copies the memory map: a fork bomb of a process as large as pytest then stalls the
    machine."""
    release = re.match(r"(\d+)\.(\d+)", os.uname().release)
    if not release or (int(release[1]), int(release[2])) < (5, 14):
        # it counts the user's processes outside the sandbox too
        return resource.getrlimit(resource.RLIMIT_NPROC)
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    most = PROCESSES if hard == resource.RLIM_INFINITY else min(PROCESSES, hard)
    return most, most


@functools.lru_cache(maxsize=1)
def groups_of(user: int) -> tuple[int, list[int]]:
    """As a container's runtime gives them to a program that it starts for this uid."""
    try:
        known = pwd.getpwuid(user)
    except KeyError:
        return 0, [0]
    return known.pw_gid, os.getgrouplist(known.pw_name, known.pw_gid)


def _be_the_first_to_die() -> None:
    """Where memory runs out the kernel shall take a run, not the worker."""
    try:
        fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    except OSError:
        return
    try:
        os.write(fd, b"1000")
    except OSError:
        pass
    finally:
        os.close(fd)


def look_fresh(root: str, python_path: str | None, widen: Callable[[list[str]], None]) -> None:
    """Bring the interpreter into the state in which a new one would start on the tests."""
    if python_path is not None:
        os.environ["PYTHONPATH"] = python_path
    first = [os.path.abspath(entry) for entry in (python_path or "").split(os.pathsep)]
    first = first if python_path else []
    widen(first)
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    main.__builtins__ = sys.modules["builtins"]  # type: ignore[attr-defined]
    main.__loader__ = importlib.machinery.BuiltinImporter
    linecache.clearcache()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    for name in ("sitecustomize", "usercustomize"):
        if first and importlib.machinery.PathFinder.find_spec(name, first) is not None:
            sys.modules.pop(name, None)
            try:
                importlib.import_module(name)
            except Exception:
                traceback.print_exc()
    sys.path.insert(0, root)


def leave(main: Callable[[], int]) -> None:
    """Run it and end this process as an interpreter ends; does not return."""
    try:
        code = main()
    except SystemExit as error:
        code = _code_of(error.code)
    except KeyboardInterrupt:
        traceback.print_exc()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        code = 130
    except BaseException:
        traceback.print_exc()
        code = 1
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as at any exit
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code & 0xFF)


def _code_of(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    sys.stderr.write(str(value) + "\n")
    return 1


def load_probe(sources: dict[str, str]) -> types.ModuleType:
    """The probe's modules, which no run finds in sys.modules. Raises ImportError."""
    try:
        for name, source in sources.items():
            module = sys.modules[name] = types.ModuleType(name)
            exec(compile(source, "<" + name + ">", "exec"), module.__dict__)
    finally:
        for name in sources:
            sys.modules.pop(name, None)
    return module
