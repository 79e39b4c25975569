"""The processes below the warm worker: what they use, and their end. Sent into the sandbox with
`worker.py`: Python 3.8+, standard library only.

The worker is process 1 of its namespace, or else the adoptive parent of every orphan below it
(PR_SET_CHILD_SUBREAPER). So whatever a run has started is the worker's to wait for in the end,
and a run is over when there is nobody left to wait for.
"""
# Strings and os.path: as all that runs beside tests.
# ruff: noqa: PTH123, PTH208

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PROCESSES = 256  # of one run
_REAP_S = 10.0
_ROUNDS = 1_000


class Processes:
    """Of one worker. `user`: the uid whose processes are a run's, where the worker sees others
    too; None where all are."""

    def __init__(self, user: int | None) -> None:
        self.user = user
        self.ended: dict[int, int] = {}  # wait status by process
        self._own = {1, os.getpid(), os.getppid()}

    def others(self) -> list[int]:
        """All that runs now and is not the worker's own; the dead do not count."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) not in self._own:
                state, uid = _state(name)
                if state not in "ZX" and (self.user is None or uid == self.user):
                    found.append(int(name))
        return found

    def reap(self) -> bool:
        """Take note of all that have ended; whether anybody is left to wait for."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            self.ended[pid] = status

    def sweep(self) -> bool:
        """Kill everything that a run has started and wait until it is gone; whether it is."""
        if self.user is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)  # all but process 1 and this one, at one instant
        else:
            self._kill_one_by_one()
        until = time.monotonic() + _REAP_S
        while self.reap():
            if time.monotonic() > until:
                return False
            time.sleep(0.0003)
        return True

    def _kill_one_by_one(self) -> None:
        """Everything is stopped before anything is killed: a stopped process does not fork."""
        stopped: list[int] = []
        for _ in range(_ROUNDS):
            running = self.others()
            if sorted(running) == stopped:
                break
            stopped = sorted(running)
            _signal(running, signal.SIGSTOP)
        for _ in range(_ROUNDS):
            running = self.others()
            if not running:
                break
            _signal(running, signal.SIGKILL)
            self.reap()


class Usage:
    """What the processes of a run use now: how many they are, the CPU seconds of those alive
    and of the children that they waited for, and bytes of memory, shared pages counted once
    where that can be seen and left out where not."""

    def __init__(self, pids: list[int]) -> None:
        self.count = len(pids)
        self.cpu_s = 0.0
        self.resident_bytes = 0
        self._pids = pids
        for pid in pids:
            fields = _stat(str(pid))
            if fields:
                self.cpu_s += sum(int(x) for x in fields[11:15]) / TICKS
                self.resident_bytes += int(fields[21]) * PAGE

    def memory_bytes(self) -> int:
        return sum(_proportional_bytes(pid) for pid in self._pids)


def children_cpu_s() -> float:
    """CPU seconds of all children that were waited for, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def resident_bytes() -> int:
    """Of this process."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * PAGE


def exit_code(status: int) -> int:
    """The end of a process as a shell tells it: negative for a signal."""
    if os.WIFSIGNALED(status):
        return -os.WTERMSIG(status)
    code = os.WEXITSTATUS(status)
    return 128 - code if 128 < code <= 128 + signal.SIGRTMAX else code


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _stat(pid: str) -> list[str]:
    """The fields from the state on; the name before them may hold anything."""
    try:
        with open("/proc/" + pid + "/stat", "rb") as file:
            return file.read().rpartition(b")")[2].decode("ascii").split()
    except OSError:
        return []


def _state(pid: str) -> tuple[str, int]:
    """State and uid; X for one that is gone."""
    state, uid = "X", -1
    try:
        with open("/proc/" + pid + "/status", "rb") as file:
            for line in file:
                if line.startswith(b"State:"):
                    state = line.split()[1].decode("ascii")
                elif line.startswith(b"Uid:"):
                    uid = int(line.split()[1])
                    break
    except OSError:
        return "X", -1
    return state, uid


def _proportional_bytes(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
