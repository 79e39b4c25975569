"""Whose is it? Marks on what may outlive a fixit that crashed, so that the next one can tell
that nobody needs it any more."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_PID, _STARTED, _HOST, _BOOT = "fixit.pid", "fixit.started", "fixit.host", "fixit.boot"


def labels() -> dict[str, str]:
    """This process: its number, when it was started, and on which machine."""
    pid = os.getpid()
    return {
        _PID: str(pid),
        _STARTED: started(pid),
        _HOST: socket.gethostname(),
        _BOOT: _boot(),
    }


def is_dead(marked: Mapping[str, str]) -> bool:
    """Whether the process that made these labels has surely ended. False for one on another
    machine, or in another container of this one: nobody can tell from here."""
    if marked.get(_HOST) != socket.gethostname():
        return False
    if marked.get(_BOOT, "") != _boot():
        # with the same name: it ran before this machine was started, or in another container
        return marked.get(_BOOT, "").partition("/")[0] != _boot().partition("/")[0]
    return not is_alive(int(marked.get(_PID) or 0), marked.get(_STARTED, ""))


def is_alive(pid: int, when: str) -> bool:
    """Whether the process of this number, started then, is there: numbers are used again."""
    if not Path("/proc/self/stat").exists():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
    now = started(pid)
    return now != "" and when in ("", now)


def started(pid: int) -> str:
    """When a process was started, in ticks since the machine was; "" if none runs."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]  # ended, but not yet waited for


@cache
def pid_space() -> str:
    """The space that this process's numbers belong to: a container has its own."""
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return "0"


@cache
def _boot() -> str:
    """This start of this machine, and within it the space that process numbers belong to."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return f"{boot}/{pid_space()}"
