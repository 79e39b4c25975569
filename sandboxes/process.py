"""A process inside a sandbox that is kept: the other end of two pipes."""

from __future__ import annotations

from typing import IO, Protocol


class Process(Protocol):
    """Started by a sandbox's `spawn`. What it writes to stderr is dropped.

    It ends with the sandbox at the latest. In `LocalSandbox` it also ends with the thread that
    spawned it: the kernel ties it to that thread, so that it cannot outlive a crashed fixit.
    """

    stdin: IO[bytes]  # unbuffered
    stdout: IO[bytes]  # unbuffered: `read(n)` returns what is there

    def alive(self) -> bool:
        """Whether the process, or anything that it started, may still run."""

    def kill(self) -> None:
        """End it and all that it started, at once, and wait until it is gone. Idempotent."""
