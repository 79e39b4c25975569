"""Limits on a whole process tree by control groups, where fixit may make some.

Version 1 and 2 are both in use. Where neither can be written (an ordinary user, most
containers) `Cgroup.make` gives None, and per-process limits with a watch take their place.
"""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

_MOUNT = Path("/sys/fs/cgroup")
_REMOVE_S = 2.0


class Cgroup:
    """One group of processes with a memory and a process limit. Nothing in it survives `remove`."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders

    @classmethod
    def make(cls, memory_bytes: int, processes: int) -> Cgroup | None:
        """A new empty group with these limits; None where that is not permitted."""
        name = f"fixit-{os.getpid()}-{secrets.token_hex(4)}"
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
    """A folder of the unified hierarchy whose children get both controllers; none otherwise."""
    own = _own_paths().get("")
    for folder in [_MOUNT / own.lstrip("/"), _MOUNT] if own is not None else []:
        try:
            given = (folder / "cgroup.subtree_control").read_text().split()
        except OSError:
            continue
        if {"memory", "pids"} <= set(given) and os.access(folder, os.W_OK):
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
