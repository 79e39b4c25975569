"""A process of fixit's own that is kept inside a sandbox: the other end of two pipes."""

from __future__ import annotations

from typing import IO, Protocol


class Process(Protocol):
    """Started by a sandbox's `spawn`. What it writes to stderr is dropped.

    It runs no code of the repository itself: that is for its children, which become `tests_uid`
    first and can then neither signal it, nor look into it, nor change its limits. Where
    `tests_uid` is None there is one uid for both; it is then process 1, which the kernel spares
    the signals of its own namespace, and whose limits the system call filter guards.

    It ends with the sandbox at the latest. In `LocalSandbox` it also ends with the thread that
    spawned it: the kernel ties it to that thread, so that it cannot outlive a crashed fixit.
    """

    stdin: IO[bytes]  # unbuffered
    stdout: IO[bytes]  # unbuffered: `read(n)` returns what is there
    tests_uid: int | None
    alone: bool  # whether all that it sees in /proc is its own, save process 1

    def alive(self) -> bool:
        """Whether the process, or anything that it started, may still run."""

    def kill(self) -> None:
        """End it and all that it started, at once, and wait until it is gone. Idempotent."""
