"""Limits on a whole process tree by control groups, where fixit may make some.

Version 1 and 2 are both in use. Where neither can be written (an ordinary user, most
containers) `Cgroup.make` gives None, and per-process limits with a watch take their place.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import time
from pathlib import Path

from fixit_runtime.sandboxes.owner import is_alive, pid_space, started

_MOUNT = Path("/sys/fs/cgroup")
_REMOVE_S = 2.0


class Cgroup:
    """One group of processes with a memory and a process limit. Nothing in it survives `remove`."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders

    @classmethod
    def make(cls, memory_bytes: int, processes: int) -> Cgroup | None:
        """A new empty group with these limits; None where that is not permitted."""
        pid = os.getpid()
        name = f"fixit-{pid_space()}-{pid}-{started(pid)}-{secrets.token_hex(4)}"
        parents = _version_2() or _version_1()
        group = cls([])
        try:
            for parent in parents:
                (parent / name).mkdir()
                group._folders.append(parent / name)
            for folder in group._folders:
                _limit(folder, memory_bytes, processes)
        except OSError:
            group.remove()
            return None
        return group if parents else None

    @classmethod
    def available(cls) -> bool:
        """Whether groups can be made here."""
        group = cls.make(1 << 26, 16)
        if group is not None:
            group.remove()
        return group is not None

    def add(self, pid: int) -> None:
        """Move a process (and what it starts from now on) into the group."""
        for folder in self._folders:
            (folder / "cgroup.procs").write_text(str(pid))

    def cpu_s(self) -> float:
        """CPU seconds of all that ran in the group; 0 where nobody counts them."""
        for folder in self._folders:
            if (usage := folder / "cpuacct.usage").exists():
                return int(usage.read_text()) / 1e9
            if (usage := folder / "cpu.stat").exists():
                return int(usage.read_text().split()[1]) / 1e6  # usage_usec N ...
        return 0.0

    def remove(self) -> None:
        """Take the group away; its processes must have ended. Never raises."""
        for folder in self._folders:
            until = time.monotonic() + _REMOVE_S
            while folder.exists() and time.monotonic() < until:
                try:
                    folder.rmdir()
                except OSError:
                    time.sleep(0.01)  # the kernel is still taking the last process apart


def remove_dead_groups() -> list[Path]:
    """Remove the groups whose fixit has died, and kill what may still be in them; which."""
    removed = []
    for parent in _version_2() or _version_1():
        for folder in parent.glob(f"fixit-{pid_space()}-*-*-*"):
            _, _, pid, when, _ = folder.name.split("-", 4)
            if is_alive(int(pid), when):
                continue
            with contextlib.suppress(OSError):  # another run is removing it already
                for number in (folder / "cgroup.procs").read_text().split():
                    os.kill(int(number), signal.SIGKILL)
            Cgroup([folder]).remove()
            removed.append(folder)
    return removed


def _limit(folder: Path, memory_bytes: int, processes: int) -> None:
    for name, value in (
        ("memory.max", memory_bytes),
        ("memory.swap.max", 0),
        ("memory.limit_in_bytes", memory_bytes),
        ("memory.memsw.limit_in_bytes", memory_bytes),  # after the former: never below it
        ("pids.max", processes),
    ):
        if (folder / name).exists():
            (folder / name).write_text(str(value))


def _version_2() -> list[Path]:
    """The nearest folder of the unified hierarchy, on the way up from this process's own, whose
    children get both controllers and which may be written (a desktop gives its user one)."""
    own = _own_paths().get("")
    if own is None:
        return []
    here = _MOUNT / own.lstrip("/")
    for folder in [f for f in (here, *here.parents) if f.is_relative_to(_MOUNT)]:
        try:
            given = (folder / "cgroup.subtree_control").read_text().split()
        except OSError:
            continue
        writable = all(os.access(p, os.W_OK) for p in (folder, folder / "cgroup.procs"))
        if {"memory", "pids"} <= set(given) and writable:
            return [folder]
    return []


def _version_1() -> list[Path]:
    """This process's own folder in each of the hierarchies that are needed; none otherwise."""
    own = _own_paths()
    names = ("memory", "pids", "cpuacct")
    folders = [_MOUNT / name / own.get(name, "/").lstrip("/") for name in names]
    fit = all(os.access(f, os.W_OK) and (f / "cgroup.procs").exists() for f in folders)
    return folders if fit else []


def _own_paths() -> dict[str, str]:
    """This process's group by controller; "" is the unified hierarchy."""
    paths: dict[str, str] = {}
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return paths
    for line in lines:
        _, controllers, path = line.split(":", 2)
        paths |= dict.fromkeys(controllers.split(","), path)
    return paths
