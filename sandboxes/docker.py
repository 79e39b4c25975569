"""The Docker sandbox: a hardened container for as long as the sandbox lives."""

from __future__ import annotations

import contextlib
import io
import os
import posixpath
import threading
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Completed, RunLimits
from fixit_runtime.sandboxes.beneath import parts_below
from fixit_runtime.sandboxes.clean import remove_dead_containers
from fixit_runtime.sandboxes.daemon import check_docker, check_image, connect, daemon_errors
from fixit_runtime.sandboxes.engine import engine_of, unlimited
from fixit_runtime.sandboxes.execution import Container, execute, open_exec
from fixit_runtime.sandboxes.guard import cpu_s_of, is_limited
from fixit_runtime.sandboxes.hardening import BUILT, PROCESSES, WORK, hardened, memory_bytes
from fixit_runtime.sandboxes.kept import ContainerProcess
from fixit_runtime.sandboxes.process import Process
from fixit_runtime.sandboxes.seccomp import profile_file
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.sandboxes.stream import Stream
from fixit_runtime.sandboxes.transfer import (
    EMPTY,
    NO_ROOM,
    NOT_THERE,
    get_command,
    put_command,
    unpack_command,
)

if TYPE_CHECKING:
    import docker
    from docker.models.containers import Container as DockerContainer

_ANSWER_S = 30.0
_AWAY_S = 1.0  # for a daemon that does not answer while a container is removed
_FILES_AT_ONCE = 500
_OWN = RunLimits(wall_s=300.0, cpu_s=300.0)  # of what fixit itself runs inside


class DockerSandbox:
    """A copy of the repository in a container that has no network and next to no rights.

    Held by the daemon and the kernel: no network; no mount, file, process or environment variable
    of the host; all capabilities dropped (the guard, uid 0, keeps three), no new privileges, a
    read-only root, a system call filter; limits on memory, processes, CPUs, file size and open
    files; all that can be written lies in memory, of limited size, the image's volumes too. One
    process may have `memory_mb`; all together that, and what the writable folders may hold (some
    450 MB). Commands run as uid 1000. Nothing that one started is left when `run` returns.

    Not covered: bugs of the kernel and of Docker; the CPU's side channels; what the image itself
    holds (secrets baked into it can be read). A daemon without user namespaces maps uid 0 of the
    container, which runs only the guard, to root.
    """

    name = "docker"

    def __init__(
        self, snapshot: Snapshot, *, image: str, python: str | None = None, cpus: float = 2.0
    ) -> None:
        """Nothing happens before `start`.

        `image`: one that the daemon has, with the repository's dependencies, `sh` and `tar`.
        `python`: the interpreter inside; else the first on the image's PATH.
        """
        self.snapshot = snapshot
        self.image = image
        self.workdir = f"{WORK}/repo"
        self.scratch = f"{WORK}/scratch"
        self.python = python or ""
        self._cpus = cpus
        self._memory_mb = _OWN.memory_mb
        self._fixed_memory = False
        self._client: docker.DockerClient | None = None
        self._container: DockerContainer | None = None
        self._guard: Stream | None = None
        self._asking = threading.Lock()
        self._spawned: list[ContainerProcess] = []
        self._put: dict[str, bytes | None] = {}

    def start(self) -> None:
        if self._client is not None:
            return
        self._client = connect()
        try:
            volumes = check_image(self._client, self.image)
            remove_dead_containers(self._client)
            with daemon_errors():
                self._start_container(self._client, volumes)
            self._copy_in()
            self._find_python()
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
        return self._execute(argv, limits, env or {}, cwd, io.BytesIO(stdin), len(stdin))

    def spawn(
        self,
        argv: Sequence[str],
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a program and leave it running, as uid 0 with CAP_SETUID, SETGID and KILL.

        It must be fixit's own (a test worker), and become uid 1000 in a child before it runs
        code of the repository. A `run` meanwhile kills all processes of uid 1000, that child
        too. Of the limits the CPU time (for each process) and the memory are set. Raises
        SandboxError.
        """
        with self._lost_if_gone():
            self._limit_memory(limits.memory_mb)
            words = ["/bin/sh", "-c", _SPAWN, "sh", str(round(limits.cpu_s + 0.5)), *argv]
            _, stream = open_exec(
                self._inside(), words, "0", env=_ENVIRONMENT | dict(env or {}), workdir=self.workdir
            )
            stream.send(b"\n")
            first = stream.receive(_ANSWER_S)
            stream.send(b"\n")
        if first is None:
            stream.close()
            raise SandboxError("the container does not start a program")
        process = ContainerProcess(stream, lambda: self._order(f"end {int(first.data)}"))
        self._spawned.append(process)
        return process

    def put(self, files: Mapping[str, bytes | None]) -> None:
        if not self._write(files):
            self._renew()
            if not self._write(files):
                raise SandboxError(
                    "cannot write into the sandbox: there is no room",
                    hint="The repository and what its tests write do not fit into the container.",
                )
        self._put |= files

    def _write(self, files: Mapping[str, bytes | None]) -> bool:
        """Whether there was room. Raises SandboxError where something stands in the way."""
        placed = {self._place(path): data for path, data in files.items()}
        todo = iter(placed.items())
        while batch := dict(islice(todo, _FILES_AT_ONCE)):
            command, archive = put_command(batch)
            done = self.run(command, limits=_OWN, stdin=archive, cwd="/")
            if done.returncode == NO_ROOM:
                return False
            if done.returncode != 0:
                said = os.fsdecode(done.output).strip() or f"exit code {done.returncode}"
                raise SandboxError(
                    f"cannot write into the sandbox: {said}",
                    hint="A link, or a file of another kind, stands in its way.",
                )
        return True

    def _renew(self) -> None:
        """Make the copy and the scratch folder again, as the last `put` left them: what ran
        here has filled them."""
        for process in self._spawned:
            process.kill()
        self.run(EMPTY, limits=_OWN, cwd="/")
        self._copy_in()
        self._write(self._put)

    def get(self, path: str, *, max_bytes: int = 10_000_000) -> bytes | None:
        base, parts = self._place(path)
        limits = RunLimits(_OWN.wall_s, _OWN.cpu_s, self._memory_mb, max_bytes)
        done = self.run(get_command(base, parts, max_bytes), limits=limits, cwd="/")
        if done.returncode == NOT_THERE:
            return None
        if done.returncode != 0:
            raise SandboxError(f"cannot read {path!r} in the sandbox")
        return done.output

    def close(self) -> None:
        for process in self._spawned:
            process.close()
        self._spawned.clear()
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.close()
        container, self._container = self._container, None
        if container is not None:
            _remove(container)
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):  # closing a broken connection must not raise
                client.close()

    def _start_container(self, client: docker.DockerClient, volumes: Sequence[str]) -> None:
        engine = engine_of(client)
        self._fixed_memory = engine.podman
        with contextlib.ExitStack() as opened:
            profile = opened.enter_context(profile_file()) if engine.podman else ""
            cpus = min(self._cpus, engine.cpus)
            options = hardened(
                self.snapshot,
                self._memory_mb,
                cpus,
                cgroup=engine.cgroup,
                profile=profile,
                volumes=volumes,
            )
            self._container = client.containers.create(self.image, **options)
            parameters = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            self._guard = Stream(self._container.attach_socket(params=parameters))
            self._container.start()
            frame = self._guard.receive(_ANSWER_S)
        words = os.fsdecode(frame.data).split() if frame else ["nothing"]
        if words[0] != "ready" or len(words) != 3:
            raise SandboxError(
                f"the container of {self.image} does not start; it says: {' '.join(words)}",
                hint="The image must have /bin/sh and a writable /proc; try `docker run` on it.",
            )
        if not is_limited(words[1], options["mem_limit"]):
            raise unlimited("memory")
        if not is_limited(words[2], PROCESSES):
            raise unlimited("processes")

    def _copy_in(self) -> None:
        with self.snapshot.tar() as archive:
            size = archive.seek(0, io.SEEK_END)
            archive.seek(0)
            command = unpack_command(size, self.workdir, self.scratch, BUILT)
            done = self._execute(command, _OWN, {}, "/", archive, size)
        if done.returncode != 0:
            raise SandboxError(
                f"cannot unpack the repository in {self.image}: "
                f"{os.fsdecode(done.output).strip()[-500:] or done.returncode}",
                hint="The image must have `tar`.",
            )

    def _find_python(self) -> None:
        looked = self.python or "$(command -v python || command -v python3)"
        script = f'p={looked}; "$p" -c "import sys; print(sys.executable)"'
        done = self.run(["sh", "-c", script], limits=_OWN)
        self.python = os.fsdecode(done.output).strip()
        if done.returncode != 0 or not posixpath.isabs(self.python):
            raise SandboxError(
                f"{self.image} has no Python that runs",
                hint="Name an image with Python and the repository's dependencies.",
            )

    def _execute(
        self,
        argv: Sequence[str],
        limits: RunLimits,
        env: Mapping[str, str],
        cwd: str | None,
        stdin: IO[bytes],
        stdin_bytes: int,
    ) -> Completed:
        with self._lost_if_gone():
            self._limit_memory(limits.memory_mb)
            return execute(
                self._inside(),
                argv,
                limits=limits,
                env=_ENVIRONMENT | dict(env),
                workdir=posixpath.join(self.workdir, cwd or ""),
                stdin=stdin,
                stdin_bytes=stdin_bytes,
            )

    def _limit_memory(self, memory_mb: int) -> None:
        if memory_mb == self._memory_mb or self._container is None:
            return
        if self._fixed_memory:  # each process is limited by the run all the same
            if memory_mb > _OWN.memory_mb:
                raise SandboxError(f"Podman cannot give a running container {memory_mb} MB")
            return
        limit = memory_bytes(self.snapshot, memory_mb)
        self._container.update(mem_limit=limit, memswap_limit=limit)
        self._memory_mb = memory_mb

    def _inside(self) -> Container:
        if self._client is None or self._container is None or self._container.id is None:
            raise SandboxError("the Docker sandbox is not started, or closed already")
        return Container(self._client.api, self._container.id, self._order)

    def _order(self, order: str) -> float:
        """Give the guard an order and wait until it is done; CPU seconds used so far."""
        if self._guard is None:
            raise SandboxError("the Docker sandbox is not started, or closed already")
        with self._asking:  # a spawned program may be killed while a command runs
            self._guard.send(f"{order}\n".encode())
            frame = self._guard.receive(_ANSWER_S)
        try:
            return cpu_s_of(frame.data if frame else b"")
        except ValueError as error:
            raise SandboxError("the container is lost: its guard does not answer") from error

    @contextlib.contextmanager
    def _lost_if_gone(self) -> Any:
        from docker.errors import NotFound

        try:
            with daemon_errors():
                yield
        except NotFound as error:
            raise SandboxError(f"the container is lost: {error.explanation}") from error

    def _place(self, path: str) -> tuple[str, tuple[str, ...]]:
        for folder in (self.scratch, self.workdir):
            if path.startswith(f"{folder}/"):
                return folder, parts_below(path[len(folder) + 1 :])
        return self.workdir, parts_below(path)


# says its number first, so that the guard can be told to end it, and is then told to go on
_SPAWN = 'read -r go; ulimit -t "$1"; shift; echo $$; read -r go; exec "$@" 2>/dev/null'
_ENVIRONMENT = {
    "HOME": f"{WORK}/scratch",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TMPDIR": "/tmp",
}


def _remove(container: DockerContainer) -> None:
    """Remove a container and wait until it is gone; the daemon may be doing so already. One that
    has no daemon to remove it goes with its guard, or with the next run."""
    from docker.errors import APIError, NotFound

    begun = time.monotonic()
    patience_s = _ANSWER_S
    while time.monotonic() - begun < patience_s:
        try:
            container.remove(force=True, v=True)
        except NotFound:
            return
        except APIError:  # "removal already in progress": ask again
            time.sleep(0.02)
        except Exception:  # the daemon is away, or this one connection to it was cut
            patience_s = _AWAY_S
            time.sleep(0.1)


__all__ = ["DockerSandbox", "check_docker"]
