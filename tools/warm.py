"""Runs a repository's tests in forks of a process that has already imported what they need.

    WarmCommand ── _Warm (a Sandbox as PytestCommand sees it) ── Channel ── worker, in the sandbox
                                                                             └ fork: one run

Verdicts are those of the cold command, since the same probe runs the same pytest on the same
arguments, and the same code reads its report: only the interpreter's start, pytest's and the
third-party modules' imports are left out. What cannot be had that way is run cold, and said.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from types import TracebackType
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Completed, RunLimits, Sandbox, SuiteRun
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.source import to_bytes
from fixit_runtime.tools.warm_channel import (
    Channel,
    Spawns,
    WorkerLost,
    WorkerRefused,
    deadline_of,
)
from fixit_runtime.tools.warm_screen import Screened, read_screen

LOSSES = 3  # runs in a row that a sandbox's worker could not do: all are cold then
BATCH = 400  # candidates of one request
_START_GRACE_S = 60.0  # for imports
_TRIES = 4  # of finding modules that can be imported before a fork
# settings of an interpreter's start that a fork cannot make up for
_NEED_A_START = ("PYTHONHOME", "PYTHONUSERBASE", "PYTHONPLATLIBDIR", "PYTHONSTARTUP")

Files = Mapping[str, str | None]
Bytes = Mapping[str, bytes | None]
_T = TypeVar("_T")


class _Cold(Exception):
    """This run must be a cold one. `lasting`: so must all that follow in this sandbox."""

    def __init__(self, why: str, *, lasting: bool = False) -> None:
        super().__init__(why)
        self.lasting = lasting


@dataclass(slots=True)
class _Learned:
    """What the tests import from outside the repository."""

    names: tuple[str, ...] = ()  # in the order of import
    rewritten: tuple[str, ...] = ()
    inside: tuple[tuple[str, bool], ...] = ()  # the repository's: (file, is rewritten)
    strict: bool = False
    of_all: bool = False  # of the whole suite, not of some tests

    def without(self, tainted: Sequence[str]) -> _Learned:
        gone = set(tainted)
        return replace(
            self,
            names=tuple(n for n in self.names if n not in gone),
            rewritten=tuple(n for n in self.rewritten if n not in gone),
        )


@dataclass(slots=True)
class _Held:
    """The worker of one sandbox."""

    channel: Channel | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int = 0
    losses: int = 0
    why_cold: str = ""
    saved: dict[str, bytes | None] = field(default_factory=dict)  # the copy's own files

    def fits(self, order: _Order) -> bool:
        """Whether its worker is alive, and was started for such runs."""
        return (
            self.channel is not None
            and self.channel.alive()
            and self.env == order.env
            and self.memory_mb == order.limits.memory_mb
        )

    def drop(self) -> None:
        if self.channel is not None:
            self.channel.close()
            self.channel = None


@dataclass(frozen=True, slots=True)
class ForkOnly:
    """A round trip to the worker and back, with a fork in between; the worker's own memory."""

    wall_s: float
    resident_bytes: int


class WarmCommand:
    """A `TestCommand` with the results of `cold`, by forks of a worker in the sandbox.

    The worker is started at the first run in a sandbox and ends with it, with `close`, or in a
    local sandbox with the thread that made that first run. A worker that dies is started again,
    and the run is repeated cold. Where none can be started, runs are cold: `say` gets one
    sentence on that, and `why_cold` holds it. `warm_runs` and `cold_runs` count runs, `screened`
    the candidates that were rejected without one of their own.

    Beyond `cold`: in a warm run modules may be imported already that the named tests do not
    import themselves, and a run under `coverage` is always cold. As with `cold`, code under test
    can forge its own result: see `confirm` in the design.
    """

    __test__ = False

    def __init__(self, cold: PytestCommand, *, say: Callable[[str], None] = lambda _: None) -> None:
        self.cold = cold
        self.text = cold.text
        self.why_cold = ""
        self.cold_runs = self.warm_runs = self.screened = 0
        self._say = say
        self._learned: _Learned | None = None
        self._held: WeakKeyDictionary[Sandbox, _Held] = WeakKeyDictionary()

    def __enter__(self) -> WarmCommand:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(
        self,
        sandbox: Sandbox,
        nodeids: Sequence[str] | None = None,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        coverage: bool = False,
        stop_at_first_failure: bool = False,
    ) -> SuiteRun:
        """As `PytestCommand.run`."""
        return self._either(
            sandbox,
            lambda place: self.cold.run(
                place,
                nodeids,
                limits=limits,
                coverage=coverage,
                stop_at_first_failure=stop_at_first_failure,
            ),
            cold=coverage,
        )

    def collect(
        self,
        sandbox: Sandbox,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
    ) -> tuple[str, ...]:
        """As `PytestCommand.collect`."""
        return self._either(sandbox, lambda place: self.cold.collect(place, limits=limits))

    def run_candidates(
        self,
        sandbox: Sandbox,
        candidates: Sequence[Files],
        nodeids: Sequence[str] | None = None,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        screen_limits: RunLimits | None = None,
        stop_at_first_failure: bool = True,
        screen: bool = True,
    ) -> Generator[SuiteRun]:
        """Run the tests on each candidate in turn, each on the copy as it is now; the copy is
        as it was after each, and when the iterator is closed.

        Args:
            limits: of each candidate.
            screen_limits: of each candidate in a screen, where nothing is imported any more;
                `limits` unless given. What a screen interrupts has the error type "TimedOut".
            screen: where only the insides of functions differ, swap these into modules that are
                imported already, many candidates to a fork. A candidate that fails so is
                rejected: its run has outcomes, but short texts and one frame. One that passes,
                or leaves a doubt, is run from the start, as all are without `screen`.

        Raises:
            SandboxError: the sandbox is lost, or cannot be put back as it was.
            ValueError: a text does not fit the encoding that it declares.
        """
        todo = [
            {path: None if text is None else to_bytes(text) for path, text in files.items()}
            for files in candidates
        ]

        def run(place: Sandbox, limits: RunLimits = limits) -> SuiteRun:
            return self.cold.run(
                place, nodeids, limits=limits, stop_at_first_failure=stop_at_first_failure
            )

        quick = partial(run, limits=screen_limits or limits)
        rejected: dict[int, SuiteRun] = {}
        screened = 0
        for number, files in enumerate(todo):
            if screen and number >= screened:
                batch = todo[number : number + BATCH]
                found = self._screened(sandbox, batch, quick)
                screen = found.goes_on
                rejected = {number + n: rejection for n, rejection in found.rejected.items()}
                screened = number + found.seen
            if number in rejected:
                self.screened += 1
                yield rejected[number]
            else:
                yield self._either(sandbox, run, files=files)

    def fork_only(
        self,
        sandbox: Sandbox,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
    ) -> ForkOnly:
        """What a fork costs in which nothing is run, and what the idle worker holds, once a
        test has been run in this sandbox. Raises WorkerLost."""
        channel = self._of(sandbox).channel
        if channel is None:
            raise WorkerLost("no worker was started in this sandbox")
        begun = time.monotonic()
        answer = _ask(channel, limits, {"do": "fork"})
        return ForkOnly(time.monotonic() - begun, answer["resident_bytes"])

    def close(self) -> None:
        """End all workers. The command can still be used: it starts new ones."""
        for held in list(self._held.values()):
            held.drop()

    def _screened(
        self, sandbox: Sandbox, batch: Sequence[Bytes], run: Callable[[Sandbox], SuiteRun]
    ) -> Screened:
        """What a screen says of candidates; nothing where there cannot be one."""
        held = self._of(sandbox)
        if len(batch) < 2 or held.why_cold:
            return Screened(len(batch), {}, True)
        warm = _Warm(self, held, sandbox, {}, batch)
        try:
            run(warm)
        except _Cold as reason:
            self._note(held, reason)
            return Screened(len(batch), {}, False)
        return warm.screened

    def _either(
        self,
        sandbox: Sandbox,
        run: Callable[[Sandbox], _T],
        *,
        cold: bool = False,
        files: Bytes | None = None,
    ) -> _T:
        """The run warm, or else cold; with these files in place while it lasts."""
        held = self._of(sandbox)
        if not cold and not held.why_cold:
            try:
                result = run(_Warm(self, held, sandbox, files or {}))
            except _Cold as reason:
                self._note(held, reason)
            else:
                self.warm_runs += 1
                return result
        self.cold_runs += 1
        if not files:
            return run(sandbox)
        before = {path: held.saved.get(path, sandbox.get(path)) for path in files}
        sandbox.put(files)
        try:
            return run(sandbox)
        finally:
            sandbox.put(before)

    def _of(self, sandbox: Sandbox) -> _Held:
        if not isinstance(sandbox, Spawns):  # which can be of any kind, not even hashable
            held = _Held()
            self._note(held, _Cold(f"a {sandbox.name} sandbox keeps no process", lasting=True))
            return held
        return self._held.setdefault(sandbox, _Held())

    def _note(self, held: _Held, reason: _Cold) -> None:
        if reason.lasting:
            held.why_cold = str(reason)
        if self.why_cold != str(reason):
            self.why_cold = str(reason)
            self._say(f"tests start a new interpreter for each run: {reason}")

    # ---- what a `_Warm` needs

    def ready(self, sandbox: Sandbox, held: _Held, order: _Order) -> Channel:
        """A worker that has imported what it can. Raises _Cold, SandboxError."""
        if held.channel is not None and not held.fits(order):
            held.drop()
        if held.channel is None:
            held.channel = self._opened(sandbox, held, order, self._learned or _Learned())
        if self._learned is None or not (self._learned.of_all or order.nodeids is not None):
            self._learned = self._learn(held.channel, order)
            held.drop()  # with what the last one has learned, in the order of imports
            held.channel = self._opened(sandbox, held, order, self._learned)
        return held.channel

    def _opened(self, sandbox: Sandbox, held: _Held, order: _Order, learned: _Learned) -> Channel:
        held.env, held.memory_mb = order.env, order.limits.memory_mb
        env = {name: value for name, value in order.env.items() if name != "PYTHONPATH"}
        for _ in range(_TRIES):
            channel = Channel.open(
                sandbox,
                args=order.args,
                env=env,
                python_path=order.env.get("PYTHONPATH"),
                memory_mb=order.limits.memory_mb,
            )
            tainted = _preload(channel, learned)
            if not tainted:
                break
            channel.close()
            learned = learned.without(tainted)
        else:
            return self._opened(sandbox, held, order, _Learned())
        if self._learned is not None:
            self._learned = learned
        return channel

    def _learn(self, channel: Channel, order: _Order) -> _Learned:
        """What the tests import, from a run that only collects them. Nothing where that fails."""
        settings = {**order.settings, "only_names": True, "stop_at_first_failure": False}
        answer = _ask(channel, order.limits, {"do": "learn", "config": settings, "files": {}})
        lines = _lines(answer["report"], "modules")
        if not lines:
            return _Learned(of_all=order.nodeids is None)
        line = lines[-1]
        try:
            return _Learned(
                names=tuple(map(str, line["names"])),
                rewritten=tuple(map(str, line["rewritten"])),
                inside=tuple((str(path), bool(rewritten)) for path, rewritten in line["inside"]),
                strict=bool(line["strict"]),
                of_all=order.nodeids is None,
            )
        except (KeyError, TypeError, ValueError):  # a test has written it
            return _Learned(of_all=order.nodeids is None)


@dataclass(frozen=True, slots=True)
class _Order:
    """A run, as `PytestCommand` asks a sandbox for it."""

    settings: Mapping[str, Any]
    limits: RunLimits
    env: Mapping[str, str]

    @property
    def args(self) -> list[str]:
        """pytest's, as the probe gives them."""
        return [*self.settings["args"], "-o", f"cache_dir={self.settings['cache_dir']}"]

    @property
    def nodeids(self) -> Sequence[str] | None:
        nodeids: Sequence[str] | None = self.settings["nodeids"]
        return nodeids


class _Warm:
    """A sandbox to `PytestCommand`: it hands the probe's settings to the worker, not the probe."""

    def __init__(
        self,
        command: WarmCommand,
        held: _Held,
        sandbox: Sandbox,
        files: Bytes,
        batch: Sequence[Bytes] = (),
    ) -> None:
        self.name, self.workdir = sandbox.name, sandbox.workdir
        self.python, self.scratch = sandbox.python, sandbox.scratch
        self._command, self._held, self._sandbox, self._files = command, held, sandbox, files
        self._report = b""
        self._batch = batch  # of candidates to screen, in place of a run
        self.screened = Screened(0, {}, False)

    def start(self) -> None:
        self._sandbox.start()

    def run(
        self,
        argv: Sequence[str],
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        cwd: str | None = None,
    ) -> Completed:
        settings = json.loads(stdin)
        del settings["probe"]
        order = _Order(settings, limits, dict(env or {}))
        _check_start(order.env)
        held = self._held
        try:
            channel = self._command.ready(self._sandbox, held, order)
            answer = _ask(channel, order.limits, self._request(settings), held)
        except WorkerRefused as error:
            held.drop()
            raise _Cold(error.message, lasting=True) from error
        except WorkerLost as error:
            self._recover()
            held.losses += 1
            raise _Cold(error.message, lasting=held.losses >= LOSSES) from error
        if not answer["restored"]:
            self._recover()
        if "misplaced" in answer:
            raise SandboxError(
                f"cannot write into the sandbox: {answer['misplaced']}",
                hint="A link, or a file of another kind, stands in its way.",
            )
        if answer["stale"]:
            held.drop()
        if shadowed := _lines(answer["report"], "shadowed"):
            names = ", ".join(sorted(shadowed[0]["names"])[:3])
            held.losses += 1
            raise _Cold(
                f"the repository has its own {names}, which pytest or a dependency imports too",
                lasting=held.losses >= LOSSES,
            )
        held.losses = 0
        if self._batch:
            self.screened = read_screen(answer, len(self._batch))
        self._report = _believed(answer)
        return Completed(
            returncode=answer["returncode"],
            output=answer["output"].encode("latin-1"),
            wall_s=answer["wall_s"],
            cpu_s=answer["cpu_s"],
            timed_out=answer["timed_out"],
            truncated=answer["truncated"],
        )

    def _request(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        if self._batch:
            candidates = [_sent(files) for files in self._batch]
            return {"do": "screen", "config": settings, "candidates": candidates}
        return {"do": "run", "config": settings, "files": _sent(self._files)}

    def put(self, files: Bytes) -> None:
        self._sandbox.put(files)

    def get(self, path: str, *, max_bytes: int = 10_000_000) -> bytes | None:
        """The report of the last run: nothing else is asked for."""
        return self._report[:max_bytes]

    def close(self) -> None:
        pass

    def _recover(self) -> None:
        """Put the copy's own files back, where a worker could not."""
        self._held.drop()
        kept = {p: self._held.saved[p] for p in self._files if p in self._held.saved}
        if kept:
            self._sandbox.put(kept)


def _check_start(env: Mapping[str, str]) -> None:
    for name in env:
        if name in _NEED_A_START or name.startswith("LD_"):
            raise _Cold(f"{name} is set, which acts when an interpreter starts")


def _ask(
    channel: Channel, limits: RunLimits, request: Mapping[str, Any], held: _Held | None = None
) -> dict[str, Any]:
    """Have the worker do one run. Raises WorkerLost."""
    channel.send({**request, "limits": asdict(limits), "nonce": secrets.token_hex(16)})
    while True:
        answer = channel.receive(deadline_of(limits, len(request.get("candidates", "x"))))
        if held is None or "saved" not in answer:
            return answer
        held.saved |= {
            path: None if text is None else text.encode("latin-1")
            for path, text in answer["saved"].items()
        }


def _preload(channel: Channel, learned: _Learned) -> tuple[str, ...]:
    """Have modules imported; those that must not be, after all. Raises WorkerLost."""
    if not learned.names and not learned.inside:
        return ()
    channel.send(
        {
            "do": "preload",
            "names": learned.names,
            "rewritten": learned.rewritten,
            "inside": learned.inside,
            "strict": learned.strict,
        }
    )
    return tuple(channel.receive(_START_GRACE_S)["tainted"])


def _sent(files: Bytes) -> dict[str, str | None]:
    return {p: None if data is None else data.decode("latin-1") for p, data in files.items()}


def _lines(report: str, event: str) -> list[dict[str, Any]]:
    """The lines of a report that say this; those that cannot be read are left out."""
    found = []
    for line in report.splitlines():
        if f'"e": "{event}"' in line:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return found


def _believed(answer: Mapping[str, Any]) -> bytes:
    """The report; without its end where it is not this run's own."""
    lines = answer["report"].encode("latin-1").splitlines(keepends=True)
    if not answer["sealed"]:
        lines = [line for line in lines if b'"e": "end"' not in line]
    return b"".join(lines)
