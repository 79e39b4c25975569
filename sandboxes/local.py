"""The local sandbox: bubblewrap on Linux, the user's own interpreter, no image to build."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Completed, RunLimits
from fixit_runtime.sandboxes import seccomp
from fixit_runtime.sandboxes.beneath import delete_beneath, read_beneath, write_beneath
from fixit_runtime.sandboxes.bwrap import Bubblewrap, find_bwrap
from fixit_runtime.sandboxes.cgroup import Cgroup, remove_dead_groups
from fixit_runtime.sandboxes.collect import Killed, collect
from fixit_runtime.sandboxes.disk import DISK_LOOK_S, DiskWatch, Quota
from fixit_runtime.sandboxes.ending import cpu_ran_out
from fixit_runtime.sandboxes.interpreter import Interpreter, inspect_python
from fixit_runtime.sandboxes.launch import Launched, launch
from fixit_runtime.sandboxes.leftovers import new_folder, remove, remove_leftovers
from fixit_runtime.sandboxes.mounts import (
    SCRATCH,
    Mount,
    alias_mounts,
    check_place,
    etc_files,
    held_folders,
    interpreter_links,
    interpreter_mounts,
    mount_arguments,
    system_arguments,
)
from fixit_runtime.sandboxes.process import Process
from fixit_runtime.sandboxes.snapshot import File, Snapshot
from fixit_runtime.sandboxes.trouble import bwrap_refused

TMP_BYTES = 256_000_000
FILES = 50_000  # new ones, beside the copy
_FILLED = b"\nfixit: ended, since it wrote more files than a run may\n"
_PROBE = RunLimits(wall_s=30.0, cpu_s=10.0, output_bytes=10_000)


class LocalSandbox:
    """A copy of the repository at its own absolute path, seen by commands that see little else.

    Held by the kernel: no network (not even the host's loopback), no host processes, no host
    environment, no files of the host but the system's and the interpreter's, both read-only;
    no capabilities, no new privileges, no new namespaces, a system call filter; limits on CPU
    time, memory, processes, file size and open files. All that a command started ends with it.

    Not covered: bugs of the kernel; the CPU's side channels; how many processors a command uses
    at once. It reads what the system's and the interpreter's folders hold, and what /proc says of
    the machine as a whole (its load, its memory). The disk is bounded by looking at it while
    commands run, so one may write somewhat more than its share before it is ended. Without
    control groups (an ordinary user, most containers) so is the memory of a whole tree and, for
    a root without the right to mount, the number of its processes: four times a second.
    """

    name = "local"

    def __init__(self, snapshot: Snapshot, *, python: Path, disk_mb: int = 512) -> None:
        """Nothing happens before `start`. `python`: the interpreter that commands inside use."""
        self.snapshot = snapshot
        self.workdir = str(snapshot.root)
        self.scratch = SCRATCH
        self.python = str(python)
        self._base: Path | None = None
        self._held = -1
        self._bubblewrap: Bubblewrap | None = None
        self._inside: list[str] = []  # bubblewrap's options for what is seen there
        self._filter = b""
        self._spawned: list[_LocalProcess] = []
        self._disk_mb = disk_mb
        self._disk: DiskWatch | None = None
        self._folders: list[Path] = []  # of the copy, where something is mounted
        self._put: dict[str, bytes | None] = {}

    def start(self) -> None:
        if self._base is not None:
            return
        check_place(self.snapshot.root)
        self._bubblewrap = find_bwrap()
        self._filter = seccomp.program(platform.machine(), accounted=Cgroup.available())
        interpreter = inspect_python(Path(self.python), self.snapshot.root)
        self.python = str(interpreter.executable)
        remove_leftovers()
        remove_dead_groups()
        self._base, self._held = new_folder()
        try:
            self._fill(self._base, self._bubblewrap.uid)
            self._disk = DiskWatch(self._base, self._quota())
            self._inside = self._shown(self._bubblewrap, self._base, interpreter)
            self._probe()
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
        begun = time.monotonic()
        launched = self._launch(argv, limits, env or {}, cwd, feed=bool(stdin))
        try:
            got = collect(launched, limits, stdin, self._watch())
        finally:
            launched.end()
        if self._watch().exceeded(tuple):
            self._renew()
        if not launched.started and got.killed is None:
            raise bwrap_refused(os.fsdecode(got.output))
        if launched.lost and got.killed is None:
            raise SandboxError("the local sandbox is lost: somebody killed its first process")
        assert launched.returncode is not None
        note = _FILLED if got.killed is Killed.DISK else b""
        cpu_out = cpu_ran_out(launched.returncode, launched.cpu_s, limits)
        return Completed(
            returncode=launched.returncode,
            output=got.output + note,
            wall_s=time.monotonic() - begun,
            cpu_s=launched.cpu_s,
            timed_out=got.killed is Killed.TIME or cpu_out,
            truncated=got.truncated,
        )

    def spawn(
        self,
        argv: Sequence[str],
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a program of fixit's own (a test worker) and leave it running. Its limits are
        those of the kernel, and that on the disk: nobody looks at the clock.

        As root it is uid 0 with CAP_SETUID, SETGID and KILL, and must become `tests_uid` in a
        child before it runs code of the repository. For an ordinary user, who has one uid to
        give, it is process 1, which nothing inside can kill or stop. Raises SandboxError.
        """
        launched = self._launch(argv, limits, env or {}, None, own=True)
        assert self._bubblewrap is not None
        uid = self._bubblewrap.uid if self._bubblewrap.setpriv else None
        process = _LocalProcess(launched, self._watch(), uid)
        self._spawned.append(process)
        return process

    def put(self, files: Mapping[str, bytes | None]) -> None:
        if self._disk is not None and self._disk.exceeded(tuple):
            self._renew()  # a program that was kept has filled it
        self._write(files)
        self._put |= files

    def get(self, path: str, *, max_bytes: int = 10_000_000) -> bytes | None:
        folder, below = self._outside(path)
        return read_beneath(folder, below, max_bytes)

    def close(self) -> None:
        for process in self._spawned:
            process.kill()
        self._spawned.clear()
        self._disk = None
        base, self._base = self._base, None
        if base is not None:
            remove(base)
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def _write(self, files: Mapping[str, bytes | None]) -> None:
        for path, data in files.items():
            folder, below = self._outside(path)
            if data is None:
                delete_beneath(folder, below)
            else:
                write_beneath(folder, below, data)

    def _quota(self) -> Quota:
        copied = [f.size for f in self.snapshot.files.values() if isinstance(f, File)]
        return Quota(2 * sum(copied) + self._disk_mb * 1_000_000, 3 * len(copied) + FILES)

    def _watch(self) -> DiskWatch:
        if self._disk is None:
            raise SandboxError("the local sandbox is not started, or closed already")
        return self._disk

    def _renew(self) -> None:
        """Make the copy and the scratch folder again, as the last `put` left them: what ran
        here has filled the disk."""
        assert self._base is not None and self._bubblewrap is not None
        for process in self._spawned:
            process.kill()
        for place in (self._base / "repo", self._base / "scratch"):
            for entry in place.iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    remove(entry)
                else:
                    entry.unlink()
        self.snapshot.write_to(self._base / "repo")
        for folder in self._folders:
            folder.mkdir(parents=True, exist_ok=True)
        if self._bubblewrap.setpriv:
            _give(self._base, self._bubblewrap.uid)
        self._watch().forget()
        self._write(self._put)

    def _fill(self, base: Path, uid: int) -> None:
        for name in ("repo", "scratch", "etc"):
            (base / name).mkdir()
        self.snapshot.write_to(base / "repo")
        for path, data in etc_files(uid).items():
            (base / "etc" / PurePosixPath(path).name).write_bytes(data)

    def _shown(self, bwrap: Bubblewrap, base: Path, python: Interpreter) -> list[str]:
        shown = interpreter_mounts(python, self.snapshot.root)
        etc = etc_files(bwrap.uid)
        made = [Mount(base / "etc" / PurePosixPath(path).name, Path(path)) for path in etc]
        own = [
            Mount(base / "repo", self.snapshot.root, writable=True),
            Mount(base / "scratch", Path(SCRATCH), writable=True),
        ]
        held = held_folders(shown, self.snapshot.root, base / "repo")
        aliases = alias_mounts(python, self.snapshot.root, base / "repo")
        self._folders = [mount.source for mount in (*held, *aliases)]
        for folder in self._folders:
            folder.mkdir(parents=True, exist_ok=True)
        mounts = [*made, *own, *held, *aliases, *shown]
        if bwrap.setpriv:
            _give(base, bwrap.uid)
        return [
            *system_arguments(TMP_BYTES, sized=bwrap.sized, perms=bool(bwrap.setpriv)),
            *mount_arguments(mounts, interpreter_links(python, mounts)),
            *_environment_arguments(self._environment(python)),
        ]

    def _environment(self, python: Interpreter) -> dict[str, str]:
        environment = {
            "HOME": SCRATCH,
            "LANG": "C.UTF-8",
            "PATH": f"{python.executable.parent}:/usr/local/bin:/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": "/tmp",
            "USER": "fixit",
        }
        if python.user_base is not None:
            environment["PYTHONUSERBASE"] = str(python.user_base)
        return environment

    def _probe(self) -> None:
        """A command that must work: it shows whether this machine allows a sandbox at all."""
        done = self.run([self.python, "-c", "print('ready')"], limits=_PROBE)
        if done.returncode != 0 or b"ready" not in done.output:
            raise SandboxError(
                f"{self.python} does not run inside the local sandbox: "
                f"{os.fsdecode(done.output).strip()[-500:] or done.returncode}",
                hint="Name another interpreter with --python, or use --sandbox docker.",
            )

    def _launch(
        self,
        argv: Sequence[str],
        limits: RunLimits,
        env: Mapping[str, str],
        cwd: str | None,
        *,
        feed: bool = True,
        own: bool = False,
    ) -> Launched:
        """`own`: a program of fixit's own, that is kept."""
        if self._base is None or self._bubblewrap is None:
            raise SandboxError("the local sandbox is not started, or closed already")
        bwrap = self._bubblewrap
        place = str(PurePosixPath(self.workdir, cwd or ""))
        with seccomp.in_memory(self._filter) as filter_fd:
            return launch(
                [
                    bwrap.program,
                    *bwrap.apart(own=own),
                    *self._inside,
                    *_environment_arguments(env),
                    *("--chdir", place, "--seccomp", str(filter_fd)),
                ],
                [*bwrap.become(own=own), *argv],
                limits,
                feed=feed,
                errors=not own,
                as_first=own and not bwrap.setpriv,
                pass_fds=[filter_fd],
            )

    def _outside(self, path: str) -> tuple[Path, str]:
        """Where a path as seen inside lies on the host: (folder of ours, path below it)."""
        if self._base is None:
            raise SandboxError("the local sandbox is not started, or closed already")
        for inside, name in ((SCRATCH, "scratch"), (self.workdir, "repo")):
            if path.startswith(f"{inside}/"):
                return self._base / name, path[len(inside) + 1 :]
        return self._base / "repo", path


class _LocalProcess:
    """A `Process` under bubblewrap, with a thread that ends it when it has filled the disk."""

    alone = True

    def __init__(self, launched: Launched, disk: DiskWatch, tests_uid: int | None) -> None:
        assert launched.stdin is not None and launched.stdout is not None
        self.tests_uid = tests_uid
        self.stdin, self.stdout = launched.stdin, launched.stdout
        self._launched, self._disk = launched, disk
        self._killed = threading.Event()
        self._watching = threading.Thread(target=self._watch, name="fixit-disk", daemon=True)
        self._watching.start()

    def alive(self) -> bool:
        return not self._launched.over()

    def _watch(self) -> None:
        while not self._killed.wait(DISK_LOOK_S) and self.alive():
            if self._disk.exceeded(lambda: self._launched.look().pids):
                self._launched.kill()

    def kill(self) -> None:
        self._killed.set()
        self._watching.join()  # before the numbers that it uses belong to somebody else
        self._launched.end()
        self.stdin.close()
        self.stdout.close()


def _environment_arguments(env: Mapping[str, str]) -> Iterator[str]:
    for name, value in env.items():
        yield from ("--setenv", name, value)


def _give(base: Path, uid: int) -> None:
    """Make the copy and the scratch folder the property of the user that commands run as."""
    for name in ("repo", "scratch"):
        for folder, folders, files in os.walk(base / name):
            for inner in (".", *folders, *files):
                os.chown(Path(folder, inner), uid, uid, follow_symlinks=False)
