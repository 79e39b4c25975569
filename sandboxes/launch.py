"""One command under bubblewrap, from its start to the end of the last process in it.

    fixit ── bwrap (outside) ── sh, process 1 of a new PID namespace ── the command ── ...

As root, the command is another user's than the shell and bwrap: the kernel lets a dying bwrap
take process 1 along only where it may send it a signal.

bubblewrap waits before it starts the shell until rlimits and control groups are set on it from
outside, so no code of ours runs between fork and exec. The shell is process 1: when it ends, or
is killed, the kernel kills everything else in the namespace, however detached. Both ends are
held by pidfds, so a process number that is used again is never taken for the old process.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import select
import signal
import subprocess
from collections.abc import Sequence
from math import ceil
from pathlib import Path

from fixit_runtime.agent.seams import RunLimits
from fixit_runtime.sandboxes.cgroup import Cgroup
from fixit_runtime.sandboxes.ending import signalled
from fixit_runtime.sandboxes.tree import Usage, usage_of
from fixit_runtime.sandboxes.trouble import bwrap_refused

PROCESSES = 256
OPEN_FILES = 1024
FILE_BYTES = 512_000_000
_END_S = 10.0
# The last `exit` keeps the shell: one that became its last command would not reap for others.
# bubblewrap gives the code 137 for a command that was killed, and for a shell that was.
_SHELLS_KILLED, _KILLED = 137, 199
_END = f'"$@"; code=$?; [ $code = {_SHELLS_KILLED} ] && exit {_KILLED}; exit $code'
SHELL = ("/bin/sh", "-c", _END, "sh")


class Launched:
    """A command that was started under bubblewrap. Call `end` whatever happens.

    After `end`: `returncode` (negative for a signal), `cpu_s` of the whole tree; `started`, false
    when bubblewrap failed before the command began; and `lost`, true when process 1 was killed,
    by `kill` or by somebody outside. Without control groups `cpu_s` counts processes that were
    killed only as far as they were `looked` at.
    """

    def __init__(
        self, outside: subprocess.Popen[bytes], first: int, status: int, cgroup: Cgroup | None
    ) -> None:
        self.stdin, self.stdout = outside.stdin, outside.stdout  # unbuffered; the caller's to close
        self.first = first  # process 1 of the namespace, by its number on the host
        self.returncode: int | None = None
        self.cpu_s = 0.0
        self.started = self.lost = False
        self.over_fd = os.pidfd_open(outside.pid)  # readable once everything has ended
        self._first_fd = os.pidfd_open(first)
        self._outside, self._status, self._cgroup = outside, status, cgroup

    def over(self) -> bool:
        """Whether the command, and all that it started, has ended."""
        return self.returncode is not None or _readable(self.over_fd, 0)

    def look(self) -> Usage:
        """What the tree uses now."""
        usage = usage_of(self.first)
        self.cpu_s = max(self.cpu_s, usage.cpu_s)
        return usage

    def kill(self) -> None:
        """Kill process 1 of the namespace, and with it everything in there."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._first_fd, signal.SIGKILL)

    def end(self) -> None:
        """Kill what still runs, wait until it is gone, and account for it. Idempotent."""
        if self.returncode is not None:
            return
        self.kill()
        if not _readable(self.over_fd, _END_S):
            self._outside.kill()
        _, status, used = os.wait4(self._outside.pid, 0)
        _readable(self._first_fd, _END_S)
        code = os.waitstatus_to_exitcode(status)
        self.lost = code == _SHELLS_KILLED
        self.returncode = signalled(_SHELLS_KILLED if code == _KILLED else code)
        self._outside.returncode = self.returncode  # Popen need not wait for it any more
        self.cpu_s = max(self.cpu_s, used.ru_utime + used.ru_stime)
        self.started = b"exit-code" in os.read(self._status, 4096)
        for fd in (self.over_fd, self._first_fd, self._status):
            os.close(fd)
        if self._cgroup is not None:
            self.cpu_s = max(self.cpu_s, self._cgroup.cpu_s())
            self._cgroup.remove()


def launch(
    bwrap: Sequence[str],
    command: Sequence[str],
    limits: RunLimits,
    *,
    feed: bool,
    errors: bool,
    as_first: bool = False,
    pass_fds: Sequence[int] = (),
) -> Launched:
    """Run `bwrap` (the program and its options) on a command, with limits on all that runs in it.

    `feed`: the command gets a pipe for stdin. `errors`: its stderr goes where stdout goes, else
    it is dropped. `as_first`: the command itself is process 1, which nothing inside can kill or
    stop, and which must wait for the orphans.

    Raises:
        SandboxError: bubblewrap ended before it made the namespaces; with its own words.
    """
    status, status_in = os.pipe()
    go_in, go = os.pipe()
    options = ["--as-pid-1", "--json-status-fd", str(status_in), "--block-fd", str(go_in)]
    try:
        outside = subprocess.Popen(
            [*bwrap, *options, "--", *(() if as_first else SHELL), *command],
            bufsize=0,
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if errors else subprocess.DEVNULL,
            pass_fds=[status_in, go_in, *pass_fds],
            start_new_session=True,  # Ctrl-C is for fixit, which then ends the sandbox itself
            env={},
        )
    except BaseException:
        os.close(status)
        os.close(go)
        raise
    finally:
        os.close(status_in)
        os.close(go_in)
    try:
        return _released(outside, status, go, limits)
    except OSError as error:
        os.close(status)
        raise bwrap_refused(_ended(outside)) from error
    except BaseException:
        os.close(status)
        _ended(outside)
        raise
    finally:
        os.close(go)


def _released(
    outside: subprocess.Popen[bytes], status: int, go: int, limits: RunLimits
) -> Launched:
    """Set the limits on process 1, then let it go. Raises OSError if bubblewrap has ended."""
    first = _first_process(status)
    cgroup = Cgroup.make(limits.memory_mb * 1_000_000, PROCESSES)
    try:
        for what, bound in _rlimits(limits, grouped=cgroup is not None).items():
            resource.prlimit(first, what, bound)
        if cgroup is not None:
            cgroup.add(first)
        launched = Launched(outside, first, status, cgroup)
        os.write(go, b"x")
        return launched
    except BaseException:
        outside.kill()
        outside.wait()
        if cgroup is not None:
            cgroup.remove()
        raise


def _ended(outside: subprocess.Popen[bytes]) -> str:
    """End a bubblewrap that failed; what it said."""
    outside.kill()
    outside.wait()
    said = b""
    if outside.stdout is not None:
        said = outside.stdout.read()
        outside.stdout.close()
    if outside.stdin is not None:
        outside.stdin.close()
    return os.fsdecode(said)


def _first_process(status: int) -> int:
    """bubblewrap says which process is the first in the new namespace before it runs it.
    Raises OSError if it says nothing."""
    text = b""
    while b"}" not in text and (piece := os.read(status, 4096)):
        text += piece
    if not (found := re.search(rb'"child-pid"\s*:\s*(\d+)', text)):
        raise ProcessLookupError("bubblewrap made no process")
    return int(found[1])


def _rlimits(limits: RunLimits, *, grouped: bool) -> dict[int, tuple[int, int]]:
    """Limits that each process inherits. `grouped`: a control group bounds memory and number."""
    cpu_s = ceil(limits.cpu_s)
    bounds = {
        resource.RLIMIT_CPU: (cpu_s, cpu_s + 1),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_FSIZE: (FILE_BYTES, FILE_BYTES),
        resource.RLIMIT_NOFILE: (OPEN_FILES, OPEN_FILES),
    }
    if not grouped:
        memory = limits.memory_mb * 1_000_000
        processes = PROCESSES + _processes_counted_outside()
        bounds |= {
            resource.RLIMIT_DATA: (memory, memory),
            resource.RLIMIT_NPROC: (processes, processes),
        }
    hard = {what: resource.getrlimit(what)[1] for what in bounds}
    return {
        what: (_least(soft, hard[what]), _least(top, hard[what]))
        for what, (soft, top) in bounds.items()
    }


def _least(wanted: int, hard: int) -> int:
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def _processes_counted_outside() -> int:
    """Before Linux 5.14 RLIMIT_NPROC counts the user's processes outside the namespace too."""
    if os.getuid() == 0:
        return 0  # root's commands run as a user of their own, or are not bound by it
    release = re.match(r"(\d+)\.(\d+)", os.uname().release)
    if release and (int(release[1]), int(release[2])) >= (5, 14):
        return 0
    return sum(_own_threads(place) for place in Path("/proc").iterdir() if place.name.isdigit())


def _own_threads(process: Path) -> int:
    try:
        if process.stat().st_uid != os.getuid():
            return 0
        return sum(1 for _ in (process / "task").iterdir())
    except OSError:
        return 0  # it has just ended


def _readable(fd: int, seconds: float) -> bool:
    waiting = select.poll()  # select() cannot take a descriptor above 1023
    waiting.register(fd, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))
