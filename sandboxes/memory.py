"""A sandbox without processes or disk, for tests, examples and replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Completed, RunLimits
from fixit_runtime.sandboxes.beneath import parts_below


@dataclass(frozen=True, slots=True)
class Command:
    """What `run` was asked, with the files as they stood then (keys as in `MemorySandbox`)."""

    argv: tuple[str, ...]
    files: Mapping[str, bytes]
    limits: RunLimits
    env: Mapping[str, str]
    stdin: bytes
    cwd: str | None


@dataclass(slots=True)
class MemorySandbox:
    """Files in a dict; commands are answered by a callable, nothing is ever executed.

    `answer` gets each command and returns what it "did". Keys of `files` are paths relative to
    `workdir`, or absolute below `scratch`. `commands` is what was run so far, in order. With
    `fails` set, `start` raises it: a sandbox that cannot be had.

        sandbox = MemorySandbox({"a.py": b"x = 1\\n"}, lambda command: Completed(0, b"", 0.1, 0.1))
    """

    files: dict[str, bytes] = field(default_factory=dict)
    answer: Callable[[Command], Completed] = lambda command: Completed(0, b"", 0.0, 0.0)
    fails: SandboxError | None = None
    name: str = "memory"
    workdir: str = "/repo"
    python: str = "/usr/bin/python3"
    scratch: str = "/scratch"
    commands: list[Command] = field(default_factory=list)
    started: bool = False

    def start(self) -> None:
        if self.fails is not None:
            raise self.fails
        self.started = True

    def run(
        self,
        argv: Sequence[str],
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        cwd: str | None = None,
    ) -> Completed:
        self._check_started()
        command = Command(tuple(argv), dict(self.files), limits, dict(env or {}), stdin, cwd)
        self.commands.append(command)
        return self.answer(command)

    def put(self, files: Mapping[str, bytes | None]) -> None:
        self._check_started()
        for path, data in files.items():
            if data is None:
                self.files.pop(self._key(path), None)
            else:
                self.files[self._key(path)] = data

    def get(self, path: str, *, max_bytes: int = 10_000_000) -> bytes | None:
        self._check_started()
        data = self.files.get(self._key(path))
        return None if data is None else data[:max_bytes]

    def close(self) -> None:
        self.started = False

    def _key(self, path: str) -> str:
        if path.startswith(f"{self.scratch}/"):
            parts_below(path[len(self.scratch) + 1 :])
            return path
        return "/".join(parts_below(path.removeprefix(f"{self.workdir}/")))

    def _check_started(self) -> None:
        if not self.started:
            raise SandboxError("the memory sandbox is not started, or closed already")
