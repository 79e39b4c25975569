"""What a run leaves in the kernel for the next one to find. Sent into the sandbox with
`worker.py`: Python 3.8+, standard library only."""
# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
from collections.abc import Iterator

_PASSING = 32768  # local ports from here on are handed out and taken back by the kernel


def left_in_kernel() -> str:
    """What outlives the processes of a run in the namespaces that they share with the next."""
    if waiting_sockets() and any(port < _PASSING for port in ports()):
        return "a port that is still taken"
    for name in ("shm", "sem", "msg"):
        with contextlib.suppress(OSError), open("/proc/sysvipc/" + name) as file:
            if len(list(file)) > 1:
                return "shared memory"
    return ""


def waiting_sockets() -> bool:
    """Whether connections have ended that the kernel still remembers: quick to ask, where the
    list of them is not."""
    with contextlib.suppress(OSError, ValueError), open("/proc/net/sockstat") as file:
        for line in file:
            words = line.split()
            if words[0] == "TCP:":
                return words[words.index("tw") + 1] != "0"
    return True


def ports() -> Iterator[int]:
    """The local ports that are taken."""
    for name in ("tcp", "tcp6"):
        with contextlib.suppress(OSError), open("/proc/net/" + name) as file:
            for line in list(file)[1:]:
                yield int(line.split()[1].rpartition(":")[2], 16)
