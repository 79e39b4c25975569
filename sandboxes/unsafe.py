"""No sandbox at all, for those who ask for it by name."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Completed, RunLimits
from fixit_runtime.sandboxes.beneath import delete_beneath, read_beneath, write_beneath
from fixit_runtime.sandboxes.ending import cpu_ran_out
from fixit_runtime.sandboxes.leftovers import UNSAFE, new_folder, remove, remove_leftovers
from fixit_runtime.sandboxes.snapshot import Snapshot

_PIECE = 1 << 16


class UnsafeLocalSandbox:
    """NOTHING IS ISOLATED. Commands run as the user, on a temporary copy of the repository.

    A candidate patch that runs here can read and delete the user's files, use the network and
    leave processes behind. Only for machines that are thrown away, and only ever made when asked
    for as `unsafe-local`. The copy lies in a temporary folder, so a package that is installed
    editable is imported from the original, not from the copy: the wrong code is then tested.

    What it does: the environment is not forwarded; the process group is killed at the wall
    limit, and each process at the CPU limit; the output is cut.
    """

    name = "unsafe-local"

    def __init__(self, snapshot: Snapshot, *, python: Path) -> None:
        """Nothing happens before `start`."""
        self.snapshot = snapshot
        self.python = str(python)
        self.workdir = self.scratch = ""
        self._base: Path | None = None
        self._held = -1  # the descriptor that says that the folder is in use

    def start(self) -> None:
        if self._base is not None:
            return
        remove_leftovers(UNSAFE)
        self._base, self._held = new_folder(UNSAFE)
        base = self._base.resolve()
        self.workdir, self.scratch = str(base / "repo"), str(base / "scratch")
        try:
            Path(self.workdir).mkdir()
            Path(self.scratch).mkdir()
            self.snapshot.write_to(Path(self.workdir))
        except BaseException:
            self.close()
            raise

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
        begun, before = time.monotonic(), _children_cpu_s()
        try:
            process = subprocess.Popen(
                argv,
                cwd=Path(self.workdir, cwd or ""),
                env=self._environment() | dict(env or {}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return Completed(127, f"{argv[0]}: {error.strerror}\n".encode(), 0.0, 0.0)
        cpu = round(limits.cpu_s + 0.5)
        with contextlib.suppress(ProcessLookupError):  # it may have ended already
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (cpu, cpu + 1))
        reader = _Reader(process, limits.output_bytes, stdin)
        timed_out = not reader.wait(limits.wall_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.finish()
        cpu_s = _children_cpu_s() - before
        return Completed(
            returncode=process.returncode,
            output=bytes(reader.kept),
            wall_s=time.monotonic() - begun,
            cpu_s=cpu_s,
            timed_out=timed_out or cpu_ran_out(process.returncode, cpu_s, limits),
            truncated=reader.truncated,
        )

    def put(self, files: Mapping[str, bytes | None]) -> None:
        for path, data in files.items():
            folder, below = self._place(path)
            if data is None:
                delete_beneath(folder, below)
            else:
                write_beneath(folder, below, data)

    def get(self, path: str, *, max_bytes: int = 10_000_000) -> bytes | None:
        folder, below = self._place(path)
        return read_beneath(folder, below, max_bytes)

    def close(self) -> None:
        base, self._base = self._base, None
        if base is not None:
            remove(base)
            os.close(self._held)

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": self.scratch,
            "LANG": "C.UTF-8",
            "PATH": f"{Path(self.python).parent}:{os.defpath}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": self.scratch,
        }

    def _place(self, path: str) -> tuple[Path, str]:
        self._check_started()
        for folder in (self.scratch, self.workdir):
            if path.startswith(f"{folder}/"):
                return Path(folder), path[len(folder) + 1 :]
        return Path(self.workdir), path

    def _check_started(self) -> None:
        if self._base is None:
            raise SandboxError("the unsafe-local sandbox is not started, or closed already")


class _Reader:
    """Feeds a process and reads it in threads, keeping the first bytes."""

    def __init__(self, process: subprocess.Popen[bytes], limit: int, stdin: bytes) -> None:
        self.kept = bytearray()
        self.truncated = False
        self._process, self._limit = process, limit
        self._threads = [
            threading.Thread(target=self._feed, args=(stdin,), daemon=True),
            threading.Thread(target=self._take, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether the process ended in time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def finish(self) -> None:
        """Read what is left; a process that left the group may hold the pipe: not waited for."""
        for thread in self._threads:
            thread.join(1.0)

    def _feed(self, data: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(data)

    def _take(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            while piece := os.read(pipe.fileno(), _PIECE):
                room = self._limit - len(self.kept)
                self.kept += piece[: max(room, 0)]
                self.truncated = self.truncated or len(piece) > room


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
