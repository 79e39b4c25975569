"""What belongs to one run of fixit on this machine, and what is left of it: processes,
containers, mounts, folders, control groups. Found from outside, by what the run cannot hide."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

_WORKER = b"module.main(first, began)"  # of the program that starts the warm worker


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `temporary` is its TMPDIR, that no other run uses at the time. `client` is a
    Docker client, None where the run uses no Docker."""

    pid: int
    temporary: Path
    client: Any = None

    def containers(self) -> list[str]:
        """Ids of its containers, running or not."""
        if self.client is None:
            return []
        wanted = {"label": f"fixit.pid={self.pid}"}
        return [c["Id"] for c in self.client.api.containers(all=True, filters=wanted)]


def inside(run: Run, containers: list[str], having: bytes = b"") -> dict[int, bytes]:
    """The processes of a run's sandboxes by number, with their command lines; those alone whose
    command line has a word in it."""
    marks = [str(run.temporary).encode(), *(c.encode() for c in containers)]
    found = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit() or int(entry.name) in (run.pid, os.getpid()):
            continue
        line = _read(entry.path, "cmdline")
        if having not in line:
            continue
        about = _read(entry.path, "mountinfo") + _read(entry.path, "cgroup")
        if any(mark in about or mark in line for mark in marks):
            found[int(entry.name)] = line
    return found


def workers(run: Run, containers: list[str]) -> list[int]:
    """The test workers of a run: neither what they have forked, nor what has started them."""
    found = inside(run, containers, _WORKER)
    own = {pid for pid, line in found.items() if _WORKER in line.split(b"\0", 3)[2]}
    return [pid for pid in own if parent_of(pid) not in own]


def namespaces(run: Run) -> list[int]:
    """The processes of local sandboxes that hold the others: bubblewraps, outside and inside."""
    found = inside(run, [], b"bwrap")
    return [pid for pid, line in found.items() if line.split(b"\0")[0].endswith(b"bwrap")]


def left_of(run: Run, containers: list[str]) -> Iterator[str]:
    """What there still is of a run that has ended, in words; `containers`: all it ever had."""
    for pid, line in inside(run, containers).items():
        yield f"process {pid}: {line[:80].decode(errors='replace')!r}"
    for name in run.containers():
        yield f"container {name[:12]}"
    mounts = Path("/proc/self/mountinfo").read_text(errors="replace")
    for mount in mounts.splitlines():
        if str(run.temporary) in mount or any(c in mount for c in containers):
            yield f"mount {mount.split()[4]}"
    for path in run.temporary.glob("*fixit-*"):
        yield f"folder {path.name}"
    for folder, names, _ in os.walk("/sys/fs/cgroup"):  # which passes over what has just gone
        own = [name for name in names if fnmatch(name, f"fixit-*-{run.pid}-*-*")]
        yield from (f"control group {folder}/{name}" for name in own)


def parent_of(pid: int) -> int:
    fields = _read(f"/proc/{pid}", "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def _read(folder: str, name: str) -> bytes:
    with contextlib.suppress(OSError):
        return Path(folder, name).read_bytes()
    return b""  # it has just ended
