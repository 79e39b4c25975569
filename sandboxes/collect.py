"""Feed a running command, read what it says up to a limit, and see to it that it ends in time."""

from __future__ import annotations

import os
import select
import time
from dataclasses import dataclass
from enum import Enum
from typing import IO

from fixit_runtime.agent.seams import RunLimits
from fixit_runtime.sandboxes.disk import DISK_LOOK_S, DiskWatch
from fixit_runtime.sandboxes.launch import PROCESSES, Launched
from fixit_runtime.sandboxes.tree import Usage

_PIECE = 1 << 16
_FIRST_LOOK_S, _LOOK_S = 0.1, 0.25  # most commands of a repair end before the first look


class Killed(Enum):
    """Why a command was killed before its own end."""

    TIME = "time"  # wall or CPU
    MEMORY = "memory"
    PROCESSES = "processes"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class Collected:
    """The output, whether some was dropped, and whether (and why) the command was killed."""

    output: bytes
    truncated: bool
    killed: Killed | None


def collect(
    launched: Launched, limits: RunLimits, stdin: bytes, disk: DiskWatch | None
) -> Collected:
    """Read the output until the command and all its processes have ended, by themselves or
    killed at a limit, and write `stdin` to it. Closes both pipes. `disk` watches what it writes, if
    it can write.

    Past `limits.output_bytes` the rest is read and dropped, so that a talkative command still
    comes to its end.
    """
    sink = _Sink(launched.stdout, limits.output_bytes)
    feed, watch = _Feed(launched.stdin, stdin), _Watch(limits, disk)
    try:
        while not launched.over():
            _wait([launched.over_fd, *sink.fds()], feed.fds(), watch.patience_s())
            sink.take()
            feed.give()
            if watch.over_limit(launched):
                launched.kill()
        while sink.take():
            continue
        return Collected(bytes(sink.kept), sink.truncated, watch.killed)
    finally:
        sink.close()
        feed.close()


class _End:
    """Our end of a pipe, while it is open; it never blocks."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._pipe = pipe
        if pipe is not None:
            os.set_blocking(pipe.fileno(), False)

    def fds(self) -> list[int]:
        """The descriptor to wait for, if there is one."""
        return [] if self._pipe is None else [self._pipe.fileno()]

    def close(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = None


class _Sink(_End):
    """Keeps the first bytes of what is written to it."""

    def __init__(self, pipe: IO[bytes] | None, limit: int) -> None:
        super().__init__(pipe)
        self.kept = bytearray()
        self.truncated = False
        self._limit = limit

    def take(self) -> bool:
        """Read one piece, if one is there; whether there was."""
        if self._pipe is None:
            return False
        try:
            piece = os.read(self._pipe.fileno(), _PIECE)
        except BlockingIOError:
            return False
        room = self._limit - len(self.kept)
        self.kept += piece[:room]
        self.truncated = self.truncated or len(piece) > room
        if not piece:
            self.close()
        return bool(piece)


class _Feed(_End):
    """Writes bytes as far as they are taken, then closes the pipe."""

    def __init__(self, pipe: IO[bytes] | None, data: bytes) -> None:
        super().__init__(pipe)
        self._left = memoryview(data)

    def give(self) -> None:
        if self._pipe is None:
            return
        try:
            self._left = self._left[os.write(self._pipe.fileno(), self._left[:_PIECE]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._left = self._left[:0]  # the command does not want the rest
        if not self._left:
            self.close()


class _Watch:
    """Looks after the limits that no kernel limit covers for a whole tree."""

    def __init__(self, limits: RunLimits, disk: DiskWatch | None) -> None:
        self.killed: Killed | None = None
        self._limits, self._disk = limits, disk
        self._end = time.monotonic() + limits.wall_s
        self._look = time.monotonic() + _FIRST_LOOK_S
        self._disk_look = time.monotonic() + DISK_LOOK_S

    def patience_s(self) -> float:
        """How long one may wait before asking again."""
        next_look = min(self._look, self._disk_look, self._end)
        return max(next_look - time.monotonic(), 0.0) if not self.killed else 1.0

    def over_limit(self, launched: Launched) -> bool:
        """Whether the command must be killed; `killed` says why."""
        now = time.monotonic()
        if self.killed is None and now >= self._end:
            launched.look()  # for its CPU time, which is hard to know afterwards
            self.killed = Killed.TIME
        if self.killed is None and now >= self._look:
            self.killed = self._measure(launched.look())
            self._look = time.monotonic() + _LOOK_S
        if self.killed is None and now >= self._disk_look:
            if self._disk is not None and self._disk.exceeded(lambda: launched.look().pids):
                self.killed = Killed.DISK
            self._disk_look = time.monotonic() + DISK_LOOK_S
        return self.killed is not None

    def _measure(self, usage: Usage) -> Killed | None:
        memory = self._limits.memory_mb * 1_000_000
        if len(usage.pids) > PROCESSES:
            return Killed.PROCESSES
        if usage.cpu_s > self._limits.cpu_s:
            return Killed.TIME
        if usage.resident_bytes > memory and usage.memory_bytes() > memory:
            return Killed.MEMORY
        return None


def _wait(reading: list[int], writing: list[int], seconds: float) -> None:
    """Until one of these descriptors can be used, or the time is up."""
    waiting = select.poll()  # select() cannot take a descriptor above 1023
    for fds, event in ((reading, select.POLLIN), (writing, select.POLLOUT)):
        for fd in fds:
            waiting.register(fd, event)
    waiting.poll(seconds * 1000)
