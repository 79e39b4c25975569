"""Where a repository runs: its copy in a sandbox, and the limits of one command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Bounds of one command in a sandbox. Past one of them the whole process tree is killed."""

    wall_s: float = 120.0
    cpu_s: float = 60.0
    memory_mb: int = 2048
    output_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended. `output` is stdout and stderr together, cut at the limit.

    `returncode` is negative for a signal. `timed_out` is true when a wall or CPU limit ended
    it, `truncated` when output was dropped.
    """

    returncode: int
    output: bytes
    wall_s: float
    cpu_s: float
    timed_out: bool = False
    truncated: bool = False


@runtime_checkable
class Sandbox(Protocol):
    """A private copy of a repository, and a place to run hostile commands on it.

    `name` says which kind it is. `workdir` is the absolute path of the copy's root as commands
    inside see it; `python` the interpreter that commands inside use; `scratch` a writable
    folder outside the repository, as commands inside see it.

    Whatever runs inside
    - writes nowhere but in the copy, the scratch folder and temporary folders of its own;
    - reaches no network, not even this machine's loopback, and no process or socket of it;
    - sees none of the host's environment variables, nor files beside the system's programs and
      the interpreter with its packages, which it cannot change;
    - has no right that an ordinary user has not, and cannot gain one;
    - has bounded time, memory, processes, open files, disk and output;
    - is gone when `run` returns, when the sandbox is closed, and when fixit itself is killed.

    What somebody outside breaks (a killed container, a daemon that has gone) is a SandboxError,
    never a result: nobody may take it for what the tests say. Before `start` and after `close`
    all else raises SandboxError too. One caller at a time. `fixit doctor` tries all this out on
    each kind; what a kind does not cover stands in its class docstring.
    """

    name: str
    workdir: str
    python: str
    scratch: str

    def start(self) -> None:
        """Copy the repository in and make ready. Raises SandboxError. Idempotent."""

    def run(
        self,
        argv: Sequence[str],
        *,
        limits: RunLimits = RunLimits(),
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        cwd: str | None = None,
    ) -> Completed:
        """Run to the end. Nothing of its process tree is left behind. Raises SandboxError only
        if the sandbox itself is lost, never for what the command does."""

    def put(self, files: Mapping[str, bytes | None]) -> None:
        """Write files (relative to `workdir`, or absolute below `scratch`); None deletes one.
        Never follows a link out of the copy. Raises SandboxError."""

    def get(self, path: str, *, max_bytes: int = 10_000_000) -> bytes | None:
        """Read one regular file (same paths as put), at most `max_bytes` of it; None if there
        is none, or if a link stands there."""

    def close(self) -> None:
        """Kill everything inside and remove the copy. Idempotent; never raises."""


Clock = Callable[[], float]
