"""One fork of the worker, from its start to the end of the last process below it, within limits.
Sent into the sandbox with `worker.py`: Python 3.8+, standard library only."""

from __future__ import annotations

import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fixit_runtime.tools.worker_child import LAST, Shared, leave
from fixit_runtime.tools.worker_processes import (
    PROCESSES,
    Processes,
    Usage,
    children_cpu_s,
    exit_code,
)

_FIRST_LOOK_S, _LOOK_S = 0.1, 0.25
_PIECE = 1 << 16

if TYPE_CHECKING:
    Json = dict[str, Any]


class Ended:
    """How a fork ended."""

    def __init__(self, limit: int) -> None:
        self.begun = time.monotonic()
        self.cpu_before_s = children_cpu_s()
        self.output = bytearray()
        self.truncated = False
        self.killed = ""  # "", "time", "memory" or "processes"
        self.returncode = 0
        self.cpu_s = 0.0
        self.gone = True
        self._limit = limit

    def keep(self, data: bytes) -> None:
        room = self._limit - len(self.output)
        self.output += data[:room]
        self.truncated = self.truncated or len(data) > room

    def as_json(self, cpu_limit_s: float) -> Json:
        out_of_cpu = self.returncode < 0 and self.cpu_s >= cpu_limit_s
        return {
            "returncode": self.returncode,
            "output": self.output.decode("latin-1"),
            "truncated": self.truncated,
            "timed_out": self.killed == "time" or out_of_cpu,
            "wall_s": time.monotonic() - self.begun,
            "cpu_s": self.cpu_s,
        }


class Patience:
    """The limits that no kernel limit covers for a whole tree of processes."""

    def __init__(self, limits: Json, shared: Shared, each: bool) -> None:
        """`each`: the time begins anew with each line of the report."""
        self._limits, self._shared, self._each = limits, shared, each
        self._lines = 0
        self._from_cpu_s = 0.0
        self.end = time.monotonic() + limits["wall_s"]

    def over(self, usage: Usage, cpu_s: float) -> str:
        """Which limit is passed, if one is."""
        if self._each and self._shared.lines() != self._lines:
            self._lines, self._from_cpu_s = self._shared.lines(), cpu_s
            self.end = time.monotonic() + self._limits["wall_s"]
        memory = self._limits["memory_mb"] * 1_000_000
        if usage.count > PROCESSES:
            return "processes"
        if cpu_s - self._from_cpu_s > self._limits["cpu_s"] or time.monotonic() >= self.end:
            return "time"
        if usage.resident_bytes > memory and usage.memory_bytes() > memory:
            return "memory"
        return ""


class Forks:
    """Makes forks of this process, one at a time; it is told by SIGCHLD that one has ended."""

    def __init__(
        self, processes: Processes, shared: Shared, begin: Callable[[Json, int, list[int]], None]
    ) -> None:
        """`begin(limits, output, close)` is what each fork does first: give up all that is the
        worker's, these descriptors too, and write to `output` from then on."""
        self._processes, self._shared, self._begin = processes, shared, begin
        self._wake, self._wake_in = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def listen(self) -> None:
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def fork(self, main: Callable[[], int], limits: Json, each: Json | None = None) -> Ended:
        """Run `main` in a child until it, and all that it started, has ended or is killed.

        `each`: limits of one line of the report, in place of the wall and CPU limit of all.
        """
        output, output_in = os.pipe2(os.O_CLOEXEC)
        ended = Ended(limits["output_bytes"])
        pid = os.fork()
        if pid == 0:
            try:
                self._begin(limits, output_in, [self._wake, self._wake_in, output])
                leave(main)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(LAST)
        os.close(output_in)
        os.set_blocking(output, False)
        try:
            self._follow(pid, output, Patience(each or limits, self._shared, bool(each)), ended)
            ended.gone = self._processes.sweep()
            drain(output, ended)
        finally:
            os.close(output)
        status = self._processes.ended.pop(pid, signal.SIGKILL)
        self._processes.ended.clear()
        ended.returncode = exit_code(status)
        ended.cpu_s = children_cpu_s() - ended.cpu_before_s
        return ended

    def _follow(self, pid: int, output: int, patience: Patience, ended: Ended) -> None:
        """Until the child itself has ended, or is to be killed."""
        waiting = select.poll()
        waiting.register(output, select.POLLIN)
        waiting.register(self._wake, select.POLLIN)
        look = ended.begun + _FIRST_LOOK_S
        while True:
            left_s = max(min(look, patience.end) - time.monotonic(), 0.0)
            for fd, _ in waiting.poll(left_s * 1000):
                if fd == self._wake:
                    os.read(self._wake, 4096)
                elif not take(output, ended):
                    waiting.unregister(output)  # all have closed it: it would be ready for ever
            self._processes.reap()
            if pid in self._processes.ended:
                return
            if time.monotonic() >= min(look, patience.end):
                usage = Usage(self._processes.others())
                used_s = usage.cpu_s + children_cpu_s() - ended.cpu_before_s
                ended.killed = patience.over(usage, used_s)
                look = time.monotonic() + _LOOK_S
            if ended.killed:
                return


def take(fd: int, ended: Ended) -> bool:
    """Keep a piece of what is there; False at the end."""
    try:
        data = os.read(fd, _PIECE)
    except BlockingIOError:
        return True
    ended.keep(data)
    return bool(data)


def drain(fd: int, ended: Ended) -> None:
    try:
        while data := os.read(fd, _PIECE):
            ended.keep(data)
    except BlockingIOError:
        pass
