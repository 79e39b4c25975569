"""The warm test worker: a process that has imported what tests need, and forks for each run.

fixit does not import this file: `warm` sends its text, and that of the `worker_*` and `probe*`
beside it, into the sandbox, so it needs Python 3.8 or later and the standard library. It gets
requests on stdin and answers on stdout, each a JSON object behind its length (four bytes, most
significant first); bytes are strings of latin-1. The first message is the bootstrap's; then:

    do: learn, run     config (the probe's), files {path: text}, limits, nonce
                       -> saved {path: text} first, where the files were not seen before; then
                       returncode, output, report, wall_s, cpu_s, timed_out, truncated, sealed,
                       restored, stale (why the next run should have a new worker);
                       or misplaced (why the files cannot be put there), restored
    do: screen         config, candidates [{path: text}], limits of each candidate, nonce
                       -> as for run; see `worker_screen` for the report
    do: fork           limits -> as for run, of a child that does nothing; resident_bytes of
                       the worker itself
    do: preload        names, rewritten, inside, strict -> tainted

A run ends with all that it started: what is forked is killed, whatever became of it. The code
of a run is in another process than this one, under another uid where there are two; it has no
descriptor of the worker's, and cannot look into its memory.
"""
# Strings and os.path: as all that runs beside tests.
# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fixit_runtime.tools.worker_child import (
    LAST,
    Shared,
    SharedReport,
    adopt_orphans,
    enter,
    groups_of,
    hide,
    is_sealed,
    leave,
    load_probe,
    look_fresh,
    most_forks,
    show,
)
from fixit_runtime.tools.worker_code import Compiled
from fixit_runtime.tools.worker_files import Overlay, Temporary
from fixit_runtime.tools.worker_preload import Path, Preloaded
from fixit_runtime.tools.worker_processes import (
    PROCESSES,
    Processes,
    Usage,
    children_cpu_s,
    exit_code,
    resident_bytes,
)
from fixit_runtime.tools.worker_pytest import begin_with

_FIRST_LOOK_S, _LOOK_S = 0.1, 0.25
_COLLECT_S = 30.0  # of CPU, beyond what candidates may use
_PIECE = 1 << 16
_PASSING = 32768  # local ports from here on are handed out and taken back by the kernel

if TYPE_CHECKING:
    Json = dict[str, Any]


class Channel:
    """The two descriptors that lead out of the sandbox."""

    def __init__(self, source: int, sink: int) -> None:
        self.source, self.sink = source, sink

    def receive(self) -> Json | None:
        """The next request; None when nobody will send one any more."""
        size = self._exactly(4)
        data = self._exactly(int.from_bytes(size, "big")) if size else b""
        return json.loads(data.decode("ascii")) if data else None

    def send(self, message: Json) -> None:
        data = json.dumps(message).encode("ascii")
        left = memoryview(len(data).to_bytes(4, "big") + data)
        while left:
            left = left[os.write(self.sink, left) :]

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = os.read(self.source, min(size - len(data), 1 << 20))
            if not piece:
                return b""
            data += piece
        return bytes(data)


class Ended:
    """How a fork ended."""

    def __init__(self, limit: int) -> None:
        self.begun = time.monotonic()
        self.cpu_before_s = children_cpu_s()
        self.output = bytearray()
        self.truncated = False
        self.killed = ""  # "", "time", "memory" or "processes"
        self.returncode = 0
        self.cpu_s = 0.0
        self.gone = True
        self._limit = limit

    def keep(self, data: bytes) -> None:
        room = self._limit - len(self.output)
        self.output += data[:room]
        self.truncated = self.truncated or len(data) > room

    def as_json(self, cpu_limit_s: float) -> Json:
        out_of_cpu = self.returncode < 0 and self.cpu_s >= cpu_limit_s
        return {
            "returncode": self.returncode,
            "output": self.output.decode("latin-1"),
            "truncated": self.truncated,
            "timed_out": self.killed == "time" or out_of_cpu,
            "wall_s": time.monotonic() - self.begun,
            "cpu_s": self.cpu_s,
        }


class Patience:
    """The limits that no kernel limit covers for a whole tree of processes."""

    def __init__(self, limits: Json, shared: Shared, each: bool) -> None:
        """`each`: the time begins anew with each line of the report."""
        self._limits, self._shared, self._each = limits, shared, each
        self._lines = 0
        self._from_cpu_s = 0.0
        self.end = time.monotonic() + limits["wall_s"]

    def over(self, usage: Usage, cpu_s: float) -> str:
        """Which limit is passed, if one is."""
        if self._each and self._shared.lines() != self._lines:
            self._lines, self._from_cpu_s = self._shared.lines(), cpu_s
            self.end = time.monotonic() + self._limits["wall_s"]
        memory = self._limits["memory_mb"] * 1_000_000
        if usage.count > PROCESSES:
            return "processes"
        if cpu_s - self._from_cpu_s > self._limits["cpu_s"] or time.monotonic() >= self.end:
            return "time"
        if usage.resident_bytes > memory and usage.memory_bytes() > memory:
            return "memory"
        return ""


class Worker:
    """One worker for one sandbox."""

    def __init__(self, first: Json, began: list[str]) -> None:
        self.root: str = first["root"]
        self.python_path: str | None = first["python_path"]
        self.user: int | None = first["user"]  # of tests, where it is not the worker's own
        self.alone: bool = first["alone"]
        if self.user is not None:
            groups_of(self.user)  # looked up once, and not in each fork
        most_forks()
        self.processes = Processes(None if self.alone else self.user)
        self.shared = Shared()
        path = Path([self.root, first["scratch"], "/tmp", "/var/tmp", "/dev/shm"])
        self.preloaded = Preloaded(path, set(began))
        self._args: list[str] = first["args"]
        self._sources = {name: first[name] for name in ("probe", "watch", "screen")}
        self.compiled = Compiled()
        self._seen: dict[str, bytes | None] = {}
        self.channel = self._own_channel()
        self.wake, self._wake_in = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    @staticmethod
    def _own_channel() -> Channel:
        """Take the descriptors 0 and 1 away from everything else in this process."""
        source, sink = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (0, 1))
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.close(null)
        return Channel(source, sink)

    def prepare(self) -> None:
        """Raises ImportError where there is no pytest, OSError where the kernel refuses."""
        hide()
        if os.getpid() != 1:
            adopt_orphans()
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # process 1 is spared what it leaves alone
        self.preloaded.path.narrow()
        self.preloaded.pytest_itself()
        with self.as_user():
            os.chdir(self.root)
        begin_with(self._args)
        self.probe = load_probe(self._sources["probe"])
        self.watch = load_probe(self._sources["watch"])
        self.screening = load_probe(self._sources["screen"])
        with self.as_user():
            self.temporary = Temporary()
        self._settle()

    def serve(self) -> None:
        """Answer requests until there are no more."""
        answers: dict[str, Callable[[Json], None]] = {
            "learn": self.run,
            "run": self.run,
            "screen": self.screen,
            "preload": self.preload,
            "fork": self.fork_only,
        }
        while True:
            request = self.channel.receive()
            if request is None:
                return
            answers[request["do"]](request)

    def preload(self, request: Json) -> None:
        with self.as_user():
            for path, rewritten in request["inside"]:
                self.compiled.add(path, rewritten)
        self.preloaded.learned(request["names"], request["rewritten"], request["strict"])
        self._settle()
        self.channel.send({"tainted": sorted(self.preloaded.tainted)})

    def _settle(self) -> None:
        self.preloaded.seal()
        gc.collect()
        gc.freeze()  # a run need not look through, and so copy, what is here already

    def run(self, request: Json) -> None:
        limits, nonce = request["limits"], request["nonce"]
        overlay = Overlay(self.root)
        try:
            with self.as_user():
                self._apply(overlay, decoded(request["files"]))
        except OSError as error:
            with self.as_user():
                self.channel.send({"misplaced": str(error), "restored": overlay.restore()})
            return
        self.shared.clear()
        ended = self.fork(lambda: self._tests(request), limits)
        report = self.shared.data()
        with self.as_user():
            restored = overlay.restore()
        answer = ended.as_json(limits["cpu_s"])
        answer.update(
            report=report.decode("latin-1"),
            sealed=is_sealed(report, nonce),
            restored=restored,
            stale=self.tidy() if ended.gone else "processes that cannot be killed",
        )
        self.channel.send(answer)

    def screen(self, request: Json) -> None:
        """Run many candidates against tests that are collected once."""
        limits, count = request["limits"], len(request["candidates"]) + 2
        self.shared.clear()
        whole = dict(limits, cpu_s=count * limits["cpu_s"] + _COLLECT_S)
        ended = self.fork(lambda: self._screening(request), whole, each=limits)
        answer = ended.as_json(whole["cpu_s"])
        answer.update(
            report=self.shared.data().decode("latin-1"),
            sealed=False,
            restored=True,
            stale=self.tidy() if ended.gone else "processes that cannot be killed",
        )
        self.channel.send(answer)

    def fork_only(self, request: Json) -> None:
        """For those who measure."""
        ended = self.fork(lambda: 0, request["limits"])
        answer = ended.as_json(request["limits"]["cpu_s"])
        self.channel.send(dict(answer, resident_bytes=resident_bytes()))

    def _screening(self, request: Json) -> int:
        """Runs in the fork."""
        report = SharedReport(self.shared, request["nonce"])
        report.write("begin", python=sys.version.split()[0])
        self.compiled.use()
        thaw = self.preloaded.thaw_distributions()
        watch = self._watch(report, thaw, learn=False)
        tracer = self.screening.Tracer()
        screen = self.screening.Screen(
            [decoded(files) for files in request["candidates"]],
            request["limits"],
            root=self.root,
            shared=self.shared,
            hide=hide,
            show=show,
            tracer=tracer,
            stop_at_first_failure=request["config"]["stop_at_first_failure"],
        )
        tracer.start()
        return int(self.probe.main(request["config"], report, (watch, screen)))

    def _watch(self, report: SharedReport, thaw: Callable[[], None], *, learn: bool) -> Any:
        return self.watch.Watch(
            report,
            is_outside=self.preloaded.path.is_outside,
            shadowed=lambda: self.preloaded.shadowed(self.root),
            thaw=thaw,
            learn=learn,
        )

    def _apply(self, overlay: Overlay, files: Mapping[str, bytes | None]) -> None:
        overlay.keep(files)
        new = {p: k.data for p, k in overlay.kept.items() if self._seen.get(p, b"\0") != k.data}
        if new:
            self._seen.update(new)
            self.channel.send({"saved": encoded(new)})
        overlay.apply(files)

    def _tests(self, request: Json) -> int:
        """Runs in the fork."""
        report = SharedReport(self.shared, request["nonce"])
        report.write("begin", python=sys.version.split()[0])
        self.compiled.use()
        thaw = self.preloaded.thaw_distributions()
        watch = self._watch(report, thaw, learn=request["do"] == "learn")
        if self.preloaded.shadowed(self.root):
            watch.look(None)
            return LAST
        return int(self.probe.main(request["config"], report, (watch,)))

    def fork(self, main: Callable[[], int], limits: Json, each: Json | None = None) -> Ended:
        """Run `main` in a child until it, and all that it started, has ended or is killed.

        `each`: limits of one line of the report, in place of the wall and CPU limit of all.
        """
        output, output_in = os.pipe2(os.O_CLOEXEC)
        ended = Ended(limits["output_bytes"])
        pid = os.fork()
        if pid == 0:
            try:
                close = [self.channel.source, self.channel.sink, self.wake, self._wake_in, output]
                enter(
                    self.root,
                    user=self.user,
                    alone=self.alone,
                    limits=limits,
                    output=output_in,
                    close=close,
                )
                look_fresh(self.root, self.python_path, self.preloaded.path.widen)
                leave(main)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(LAST)
        os.close(output_in)
        os.set_blocking(output, False)
        try:
            self._follow(pid, output, Patience(each or limits, self.shared, bool(each)), ended)
            ended.gone = self.processes.sweep()
            drain(output, ended)
        finally:
            os.close(output)
        status = self.processes.ended.pop(pid, signal.SIGKILL)
        self.processes.ended.clear()
        ended.returncode = exit_code(status)
        ended.cpu_s = children_cpu_s() - ended.cpu_before_s
        return ended

    def _follow(self, pid: int, output: int, patience: Patience, ended: Ended) -> None:
        """Until the child itself has ended, or is to be killed."""
        waiting = select.poll()
        waiting.register(output, select.POLLIN)
        waiting.register(self.wake, select.POLLIN)
        look = ended.begun + _FIRST_LOOK_S
        while True:
            left_s = max(min(look, patience.end) - time.monotonic(), 0.0)
            for fd, _ in waiting.poll(left_s * 1000):
                if fd == self.wake:
                    os.read(self.wake, 4096)
                elif not take(output, ended):
                    waiting.unregister(output)  # all have closed it: it would be ready for ever
            self.processes.reap()
            if pid in self.processes.ended:
                return
            if time.monotonic() >= min(look, patience.end):
                usage = Usage(self.processes.others())
                used_s = usage.cpu_s + children_cpu_s() - ended.cpu_before_s
                ended.killed = patience.over(usage, used_s)
                look = time.monotonic() + _LOOK_S
            if ended.killed:
                return

    def tidy(self) -> str:
        """Remove what a run left outside the copy; why a cold run would find less, if it would."""
        with self.as_user():
            empty = self.temporary.empty()
        if not self.alone:  # a container: a new worker would find the same
            return ""
        return left_in_kernel() if empty else "files that cannot be removed"

    @contextlib.contextmanager
    def as_user(self) -> Iterator[None]:
        """Touch files as the tests' user: nothing is then possible that tests could not do."""
        if self.user is None:
            yield
            return
        os.setegid(self.user)
        os.seteuid(self.user)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(0)


def take(fd: int, ended: Ended) -> bool:
    """Keep a piece of what is there; False at the end."""
    try:
        data = os.read(fd, _PIECE)
    except BlockingIOError:
        return True
    ended.keep(data)
    return bool(data)


def drain(fd: int, ended: Ended) -> None:
    try:
        while data := os.read(fd, _PIECE):
            ended.keep(data)
    except BlockingIOError:
        pass


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


def decoded(files: Mapping[str, str | None]) -> dict[str, bytes | None]:
    return {p: None if text is None else text.encode("latin-1") for p, text in files.items()}


def encoded(files: Mapping[str, bytes | None]) -> dict[str, str | None]:
    return {p: None if data is None else data.decode("latin-1") for p, data in files.items()}


def main(first: Json, began: list[str]) -> None:
    """Become the worker. Says whether it can be one: refused is then "" or the reason."""
    worker = Worker(first, began)
    try:
        worker.prepare()
    except BaseException as error:
        worker.channel.send({"refused": f"{type(error).__name__}: {error}"})
        return
    worker.channel.send({"refused": "", "python": sys.version.split()[0]})
    worker.serve()
