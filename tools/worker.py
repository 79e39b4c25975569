"""The warm test worker: a process that has imported what tests need, and forks for each run.

fixit does not import this file: `warm` sends its text, and that of the `worker_*` and `probe*`
beside it, into the sandbox, so it needs Python 3.8 or later and the standard library. It gets
requests and answers them (`worker_wire`). The first message is the bootstrap's; then:

    do: learn, run     config (the probe's), files {path: text}, limits, nonce
                       -> saved {path: text} first, where the files were not seen before; then
                       returncode, output, report, wall_s, cpu_s, timed_out, truncated, sealed,
                       restored, stale (why the next run should have a new worker);
                       or misplaced (why the files cannot be put there), restored
    do: screen         config, candidates [{path: text}], limits of each candidate, nonce, quick
                       (the times after which one is interrupted)
                       -> as for run; see `worker_screen` for the report
    do: fork           limits -> as for run, of a child that does nothing; resident_bytes of
                       the worker itself
    do: preload        names, rewritten, inside, strict -> tainted

A run ends with all that it started: what is forked is killed, whatever became of it. The code
of a run is in another process than this one, under another uid where there are two; it has no
descriptor of the worker's, and cannot look into its memory.
"""
# Strings and os.path: as all that runs beside tests.

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
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
    load_probe,
    look_fresh,
    most_forks,
    show,
)
from fixit_runtime.tools.worker_code import Compiled
from fixit_runtime.tools.worker_files import Overlay, Temporary
from fixit_runtime.tools.worker_fork import Forks
from fixit_runtime.tools.worker_left import left_in_kernel
from fixit_runtime.tools.worker_preload import OPEN_PLACES, Path, Preloaded
from fixit_runtime.tools.worker_processes import Processes, resident_bytes
from fixit_runtime.tools.worker_pytest import begin_with
from fixit_runtime.tools.worker_wire import Channel, decoded, encoded

_COLLECT_S = 30.0  # of CPU, beyond what candidates may use

if TYPE_CHECKING:
    Json = dict[str, Any]


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
        self.shared = Shared()
        processes = Processes(None if self.alone else self.user)
        self.forks = Forks(processes, self.shared, self._begin)
        path = Path([self.root, first["scratch"], *OPEN_PLACES])
        self.preloaded = Preloaded(path, set(began))
        self._args: list[str] = first["args"]
        self._sources = {name: first[name] for name in ("probe", "watch", "screen")}
        self.compiled = Compiled()
        self._seen: dict[str, bytes | None] = {}
        self.channel = Channel.own()

    def prepare(self) -> None:
        """Raises ImportError where there is no pytest, OSError where the kernel refuses."""
        hide()
        if os.getpid() != 1:
            adopt_orphans()
        self.forks.listen()
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
        ended = self.forks.fork(lambda: self._tests(request), limits)
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
        ended = self.forks.fork(lambda: self._screening(request), whole, each=limits)
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
        ended = self.forks.fork(lambda: 0, request["limits"])
        answer = ended.as_json(request["limits"]["cpu_s"])
        self.channel.send(dict(answer, resident_bytes=resident_bytes()))

    def _begin(self, limits: Json, output: int, close: list[int]) -> None:
        """In each fork, before anything else."""
        enter(
            self.root,
            user=self.user,
            alone=self.alone,
            limits=limits,
            output=output,
            close=[self.channel.source, self.channel.sink, *close],
        )
        look_fresh(self.root, self.python_path, self.preloaded.path.widen)

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
            request["quick"],
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
