"""How much hostile code has written into folders of ours, watched while it runs.

Asking the file system how full it is costs microseconds, and whatever is written shows there; so
that is asked several times a second, and only when it has filled by more than the folders may
still grow, or now and then in case somebody else has freed as much, the folders are measured:
with them the files that have no name any more and are held open.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

DISK_LOOK_S = 0.1
_MEASURE_S = 3.0  # at least between two measurements that nothing has called for
_DEEPEST = 400  # folders in folders: no honest tree is as deep, and a deeper one may hide anything
_WRITTEN = 8  # quotas that one command may write, whatever becomes of it


@dataclass(frozen=True, slots=True)
class Size:
    """What lies in a tree. `hidden`: parts of it could not be looked at."""

    bytes: int = 0
    files: int = 0
    hidden: bool = False

    def more_than(self, other: Size) -> Size:
        return Size(self.bytes - other.bytes, self.files - other.files)


@dataclass(frozen=True, slots=True)
class Quota:
    """How much a tree may hold, all files and folders together."""

    bytes: int
    files: int

    def exceeded_by(self, size: Size) -> bool:
        return size.bytes > self.bytes or size.files > self.files

    def after(self, size: Size) -> Quota:
        return Quota(self.bytes - size.bytes, self.files - size.files)


class DiskWatch:
    """Whether the tree at `folder` outgrows its quota, as long as a sandbox lives. May be asked
    by several threads. Raises OSError where there is no such folder."""

    def __init__(self, folder: Path, quota: Quota) -> None:
        self.quota = quota
        self._folder = folder
        self._device = folder.stat().st_dev
        self._asking = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew, after the tree has been made smaller."""
        self._first = self._base = self._filled()
        self._room = self.quota.after(measured(self._folder, self.quota))
        self._look_at, self._measure_at = 0.0, time.monotonic() + _MEASURE_S
        self._over = False

    def exceeded(self, pids: Callable[[], Iterable[int]]) -> bool:
        """Cheap to ask; an answer may be a tenth of a second old. `pids`: of all that writes."""
        with self._asking:
            now = time.monotonic()
            if self._over or now < self._look_at:
                return self._over
            self._look_at = now + 0.9 * DISK_LOOK_S
            grown = self._filled().more_than(self._base)
            if now >= self._measure_at or self._room.exceeded_by(grown):
                self._over = self._measure(list(pids()))
                took = time.monotonic() - now
                self._measure_at = now + max(_MEASURE_S, 20 * took)
            return self._over

    def _measure(self, pids: list[int]) -> bool:
        base = self._filled()
        size = measured(self._folder, self.quota)
        size = Size(size.bytes + _nameless(pids, self._device), size.files, size.hidden)
        self._base, self._room = base, self.quota.after(size)
        hiding = size.hidden and self.quota.exceeded_by(base.more_than(self._first))
        written = _written(pids) > _WRITTEN * self.quota.bytes
        return hiding or written or self.quota.exceeded_by(size)

    def _filled(self) -> Size:
        """The whole file system; some kinds do not count their files."""
        about = os.statvfs(self._folder)
        taken = (about.f_blocks - about.f_bfree) * about.f_frsize
        return Size(taken, about.f_files - about.f_ffree)


def measured(folder: Path, enough: Quota) -> Size:
    """What lies in a tree, of which no link is followed; a file of many names counts once.
    Stops where it is more than `enough`."""
    total, files, hidden = 0, 0, False
    seen: set[tuple[int, int]] = set()
    todo = [(str(folder), 0)]
    while todo and not enough.exceeded_by(Size(total, files)):
        place, depth = todo.pop()
        try:
            entries = list(os.scandir(place))
        except OSError:
            hidden = True
            continue
        for entry in entries:
            try:
                about = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # it has just gone
            files += 1
            if stat.S_ISDIR(about.st_mode):
                hidden = hidden or depth > _DEEPEST
                todo += [(entry.path, depth + 1)] if depth <= _DEEPEST else []
            elif about.st_nlink > 1:
                if (about.st_dev, about.st_ino) in seen:
                    continue
                seen.add((about.st_dev, about.st_ino))
            total += about.st_blocks * 512
    return Size(total, files, hidden)


def _nameless(pids: Iterable[int], device: int) -> int:
    """Bytes of the files on this device that have no name and that a process holds open."""
    sizes: dict[int, int] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for entry in os.scandir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    about = entry.stat()
                    if about.st_nlink == 0 and about.st_dev == device:
                        sizes[about.st_ino] = about.st_blocks * 512
    return sum(sizes.values())


def _written(pids: Iterable[int]) -> int:
    """Bytes that processes, and their children that have ended, have sent to disks."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            text = Path(f"/proc/{pid}/io").read_text()
            total += int(text.partition("\nwrite_bytes: ")[2].split()[0])
    return total
