"""What a process and all its descendants use, read from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_STAT_BYTES = 4096  # more than 52 numbers and a name can fill


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a whole tree: its processes, and the CPU seconds of these and of ended children.
    `resident_bytes` counts a page that two processes share twice."""

    pids: tuple[int, ...]
    cpu_s: float
    resident_bytes: int

    def memory_bytes(self) -> int:
        """As `resident_bytes`, with shared pages counted once: slower to read."""
        return sum(_proportional_bytes(pid) for pid in self.pids)


def usage_of(root: int) -> Usage:
    """The tree below and with the process `root`, as far as it can still be seen."""
    numbers = [entry.name for entry in os.scandir("/proc") if entry.name.isdigit()]
    stats = {int(number): fields for number in numbers if (fields := _stat(number))}
    children: dict[int, list[int]] = {}
    for pid, fields in stats.items():
        children.setdefault(int(fields[1]), []).append(pid)
    tree, todo = [], [root]
    while todo:
        pid = todo.pop()
        tree.append(pid)
        todo += children.get(pid, [])
    seen = [stats[pid] for pid in tree if pid in stats]
    ticks = sum(int(x) for fields in seen for x in fields[11:15])  # utime stime cutime cstime
    pages = sum(int(fields[21]) for fields in seen)
    return Usage(tuple(tree), ticks / _TICKS, pages * _PAGE)


def _stat(pid: str) -> list[bytes]:
    """The fields of /proc/PID/stat from the third on (the second may hold any letters); none
    when the process has just ended. Read for every process of the machine, many times a run: so
    without a file object."""
    try:
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        return os.read(fd, _STAT_BYTES).rpartition(b")")[2].split()
    except OSError:
        return []
    finally:
        os.close(fd)


def _proportional_bytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    lines = (line.split() for line in text.splitlines())
    return next((int(words[1]) * 1024 for words in lines if words[0] == "Pss:"), 0)
