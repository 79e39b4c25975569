"""One command in a container, from its start until nothing of it is left."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import IO, TYPE_CHECKING

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Completed, RunLimits
from fixit_runtime.sandboxes.ending import cpu_ran_out, signalled
from fixit_runtime.sandboxes.guard import USER
from fixit_runtime.sandboxes.stream import STDERR, Stream

if TYPE_CHECKING:
    from docker import APIClient

_FIRST_LOOK_S, _LOOK_S = 0.5, 0.5
_OWN_END_S = 2.0  # for a command that says it has ended
_GO_ON_S = 5.0  # for the last output, and the daemon's notice, after all was killed
_ASK_S = 0.002
_PIECE = 1 << 20

# The hard limit on CPU time is a second more: SIGXCPU at the soft one says why it ended.
# $1 CPU seconds, $2 KiB of data a process, $3 bytes of stdin to hand on, then the command. It
# waits for one line first: what a program writes before the SDK has read the reply's header is
# lost. It says on stderr, which the command does not get, that the command has ended; what that
# left behind may still run.
_RUN = """
read -r go
exec 3>&2 2>&1
ulimit -S -t "$1"; ulimit -H -t "$(($1 + 1))"; ulimit -d "$2"; bytes=$3; shift 3
if [ "$bytes" -gt 0 ]; then head -c "$bytes" | "$@" 3>&-; else "$@" 3>&- </dev/null; fi
code=$?
echo ended >&3
exit $code
"""


@dataclass(frozen=True, slots=True)
class Container:
    """A running container, and the way to its guard: it takes an order, and gives the CPU
    seconds of all that ever ran there."""

    api: APIClient
    id: str
    order: Callable[[str], float]

    def sweep(self) -> float:
        return self.order("sweep 0")

    def look(self) -> float:
        return self.order("look 0")


@dataclass(slots=True)
class _Progress:
    """What is known of a running command."""

    limits: RunLimits
    begun: float = field(default_factory=time.monotonic)
    look: float = field(default_factory=lambda: time.monotonic() + _FIRST_LOOK_S)
    output: bytearray = field(default_factory=bytearray)
    truncated: bool = False
    ended: bool = False
    timed_out: bool = False

    @property
    def wall_s(self) -> float:
        return time.monotonic() - self.begun

    def keep(self, data: bytes) -> None:
        room = self.limits.output_bytes - len(self.output)
        self.output += data[:room]
        self.truncated = self.truncated or len(data) > room


def execute(
    container: Container,
    argv: Sequence[str],
    *,
    limits: RunLimits,
    env: Mapping[str, str],
    workdir: str,
    stdin: IO[bytes],
    stdin_bytes: int,
) -> Completed:
    """Run a command as the tests' user until it and all that it started have ended.

    Raises:
        SandboxError: the container is lost.
    """
    before = container.look()
    bounds = (ceil(limits.cpu_s), limits.memory_mb * 1_000_000 // 1024, stdin_bytes)
    words = ["/bin/sh", "-c", _RUN, "sh", *map(str, bounds), *argv]
    number, stream = open_exec(container, words, f"{USER}:{USER}", env=env, workdir=workdir)
    try:
        progress = _Progress(limits)
        stream.send(b"\n")
        if stdin_bytes:
            # in a thread: a command that writes while it reads would block both sides
            threading.Thread(target=_feed, args=(stream, stdin), daemon=True).start()
        _follow(container, stream, progress, before)
        code = _code_of(container, number, progress)
        cpu_s = max(container.sweep() - before, 0.0)
        _drain(stream, progress)
        wall_s = progress.wall_s
    finally:
        stream.close()
    return Completed(
        returncode=code,
        output=bytes(progress.output),
        wall_s=wall_s,
        cpu_s=cpu_s,
        timed_out=progress.timed_out or cpu_ran_out(code, cpu_s, limits),
        truncated=progress.truncated,
    )


def open_exec(
    container: Container, words: Sequence[str], user: str, *, env: Mapping[str, str], workdir: str
) -> tuple[str, Stream]:
    """Start a program that waits for a line on its stdin; the exec's id, and the connection."""
    number = container.api.exec_create(
        container.id, list(words), user=user, stdin=True, environment=dict(env), workdir=workdir
    )["Id"]
    return number, Stream(container.api.exec_start(number, socket=True))


def _follow(container: Container, stream: Stream, progress: _Progress, before: float) -> None:
    """Read until the command has ended, by itself or killed at a limit."""
    while not (stream.over or progress.ended or progress.timed_out):
        left = progress.limits.wall_s - progress.wall_s
        frame = stream.receive(max(min(left, progress.look - time.monotonic()), 0.0))
        if frame is not None and frame.stream == STDERR:
            progress.ended = True
        elif frame is not None:
            progress.keep(frame.data)
        if progress.wall_s >= progress.limits.wall_s:
            progress.timed_out = True
        elif time.monotonic() >= progress.look:
            progress.timed_out = container.look() - before > progress.limits.cpu_s
            progress.look = time.monotonic() + _LOOK_S


def _code_of(container: Container, number: str, progress: _Progress) -> int:
    """The exit code of a command that says it has ended; one that does not, is killed first."""
    begun = time.monotonic()
    patience_s = _OWN_END_S if progress.ended else 0.0
    while (seen := container.api.exec_inspect(number))["Running"]:
        waited_s = time.monotonic() - begun
        if waited_s > patience_s + _GO_ON_S:
            raise SandboxError("the Docker daemon does not end a command that was killed")
        if waited_s >= patience_s:
            container.sweep()
        time.sleep(_ASK_S)
    code = seen["ExitCode"]
    return signalled(code) if code is not None else -signal.SIGKILL


def _drain(stream: Stream, progress: _Progress) -> None:
    until = time.monotonic() + _GO_ON_S
    while not stream.over and time.monotonic() < until:
        frame = stream.receive(until - time.monotonic())
        if frame is not None and frame.stream != STDERR:
            progress.keep(frame.data)


def _feed(stream: Stream, stdin: IO[bytes]) -> None:
    while piece := stdin.read(_PIECE):
        stream.send(piece)
