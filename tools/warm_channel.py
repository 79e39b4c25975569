"""The host's end of a warm test worker: starting one in a sandbox, asking it, ending it."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import IO, Any, Protocol, runtime_checkable

from fixit_runtime.agent.errors import FixitError
from fixit_runtime.agent.seams import RunLimits, Sandbox
from fixit_runtime.tools.pytest_run import probe_sources
from fixit_runtime.tools.worker_preload import OPEN_PLACES

ANSWER_BYTES = 1_500_000_000
START_S = 60.0
_FOR_EVER_S = 10_000_000.0  # of CPU: the worker limits each run itself
_PIECE = 1 << 20
_PACKAGE = "fixit_runtime.tools"
_PARTS = (
    "worker_files",
    "worker_processes",
    "worker_child",
    "worker_pytest",
    "worker_code",
    "worker_preload",
    "worker_wire",
    "worker_fork",
    "worker_left",
    "worker",
)
_SCREEN = ("worker_part", "worker_swap", "worker_state", "worker_screen")

# Runs first, isolated, to see that the interpreter's own start finds nothing that tests could
# have put in its way: that would run in the worker. Then becomes the worker.
_LOOK = """
import os, sys, types
for name in ("sitecustomize", "usercustomize"): sys.modules[name] = types.ModuleType(name)
import site
site.main()
open_to_tests = [os.path.realpath(p) for p in sys.argv[3:]]
def is_open(place):
    real = os.path.realpath(place)
    return any(real == p or real.startswith(p + os.sep) for p in open_to_tests)
user = os.environ.get("PYTHONUSERBASE") or os.path.expanduser("~/.local")
wrong = [user] if is_open(user) and os.path.exists(user) else []
for place in filter(is_open, sys.path):
    if os.path.isdir(place):
        found = [n for n in os.listdir(place) if n.partition(".")[0].endswith("customize")]
        wrong += [os.path.join(place, n) for n in found if n[:4] in ("site", "user")]
if wrong:
    text = '{"refused": "the interpreter would start with code that tests can write"}'
    os.write(1, len(text).to_bytes(4, "big") + text.encode())
else:
    os.execv(sys.argv[1], [sys.argv[1], "-c", sys.argv[2]])
"""
_BOOT = """
import sys
if sys.path[:1] == [""]: del sys.path[0]
import json, os, traceback, types
began = sorted(sys.modules)
def exactly(size):
    data = b""
    while len(data) < size:
        piece = os.read(0, size - len(data))
        if not piece: os._exit(0)
        data += piece
    return data
first = json.loads(exactly(int.from_bytes(exactly(4), "big")))
for name, source in first.pop("worker").items():
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, "<" + name + ">", "exec"), module.__dict__)
for name in list(sys.modules):
    if name.startswith("fixit_runtime"): del sys.modules[name]
module.main(first, began)
"""


class WorkerLost(FixitError):
    """The worker does not answer (any more)."""


class WorkerRefused(FixitError):
    """No worker can work in this sandbox."""


class Process(Protocol):
    """What a sandbox's `spawn` gives: see `sandboxes.process`."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    tests_uid: int | None
    alone: bool

    def alive(self) -> bool: ...

    def kill(self) -> None: ...


@runtime_checkable
class Spawns(Protocol):
    """A sandbox that can keep a process."""

    def spawn(
        self, argv: Sequence[str], *, limits: RunLimits, env: Mapping[str, str] | None = None
    ) -> Process: ...


class Channel:
    """A worker that was started, and the way to it. One request at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="fixit-worker", daemon=True).start()

    @classmethod
    def open(
        cls,
        sandbox: Sandbox,
        *,
        args: Sequence[str],
        env: Mapping[str, str],
        python_path: str | None,
        memory_mb: int,
    ) -> Channel:
        """Start a worker. `args`: pytest's, of its runs. `env`: of all its runs, but for
        PYTHONPATH, which they alone have.

        Raises:
            WorkerRefused: this sandbox keeps no processes, or no worker can work in it.
            WorkerLost: it died at once.
            SandboxError: the sandbox is lost.
        """
        if not isinstance(sandbox, Spawns):
            raise WorkerRefused(f"a {sandbox.name} sandbox keeps no process")
        open_to_tests = (sandbox.workdir, sandbox.scratch, *OPEN_PLACES)
        look = [sandbox.python, "-I", "-S", "-c", _LOOK, sandbox.python, _BOOT, *open_to_tests]
        limits = RunLimits(_FOR_EVER_S, _FOR_EVER_S, memory_mb)
        process = sandbox.spawn(look, limits=limits, env=env)
        channel = cls(process)
        try:
            channel.send(
                {
                    "worker": sources(_PARTS),
                    "probe": probe_sources(),
                    "watch": sources(("worker_watch",)),
                    "screen": sources(_SCREEN),
                    "root": sandbox.workdir,
                    "scratch": sandbox.scratch,
                    "user": process.tests_uid,
                    "alone": process.alone,
                    "python_path": python_path,
                    "args": args,
                }
            )
            if refused := channel.receive(START_S)["refused"]:
                raise WorkerRefused(f"no warm worker: {refused}")
        except BaseException:
            channel.close()
            raise
        return channel

    def send(self, request: Mapping[str, Any]) -> None:
        """Raises WorkerLost."""
        data = json.dumps(request).encode("ascii")
        left = memoryview(len(data).to_bytes(4, "big") + data)
        try:
            while left:
                left = left[self._process.stdin.write(left[:_PIECE]) :]
        except (OSError, ValueError) as error:
            raise WorkerLost("the warm worker takes no request") from error

    def receive(self, seconds: float) -> dict[str, Any]:
        """The next answer. Raises WorkerLost when the worker has died, or none comes in time."""
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise WorkerLost(f"the warm worker has not answered for {seconds:.0f} s") from None
        if answer is None:
            raise WorkerLost("the warm worker has died")
        return answer

    def alive(self) -> bool:
        return self._process.alive()

    def close(self) -> None:
        """Kill the worker, and with it all that it started. Idempotent."""
        with contextlib.suppress(OSError, ValueError):
            self._process.kill()

    def _listen(self) -> None:
        try:
            for answer in self._heard():
                self._answers.put(answer)
        finally:
            self._answers.put(None)

    def _heard(self) -> Iterator[dict[str, Any]]:
        while size := self._exactly(4):
            data = self._exactly(int.from_bytes(size, "big"))
            try:
                answer = json.loads(data)
            except ValueError:
                return
            if not isinstance(answer, dict):
                return
            yield answer

    def _exactly(self, size: int) -> bytes:
        """So many bytes; none at the end."""
        data = bytearray()
        while len(data) < min(size, ANSWER_BYTES):
            try:
                piece = self._process.stdout.read(min(size - len(data), _PIECE))
            except (OSError, ValueError):  # closed by another thread
                return b""
            if not piece:
                return b""
            data += piece
        return bytes(data)


def deadline_of(limits: RunLimits, runs: int = 1, grace_s: float = 5.0) -> float:
    """Seconds after which a worker that has not ended so many runs is taken for dead."""
    return runs * limits.wall_s + grace_s


@cache
def sources(names: Sequence[str]) -> dict[str, str]:
    """The texts of modules of this package by full name, in this order."""
    return {
        f"{_PACKAGE}.{name}": files(_PACKAGE).joinpath(f"{name}.py").read_text("utf-8")
        for name in names
    }


__all__ = ["Channel", "WorkerLost", "WorkerRefused", "deadline_of"]
