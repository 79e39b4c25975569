"""Runs a repository's tests in forks of a process that has already imported what they need.

    WarmCommand ── Warm (a Sandbox as PytestCommand sees it) ── Channel ── worker, in the sandbox
                                                                             └ fork: one run

Verdicts are those of the cold command, since the same probe runs the same pytest on the same
arguments, and the same code reads its report: only the interpreter's start, pytest's and the
third-party modules' imports are left out. What cannot be had that way is run cold, and said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TypeVar
from weakref import WeakKeyDictionary

from fixit_runtime.agent.seams import RunLimits, Sandbox, SuiteRun
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.source import to_bytes
from fixit_runtime.tools.warm_channel import Channel, Spawns, WorkerLost
from fixit_runtime.tools.warm_learned import Learned, learn, preload, read_learned
from fixit_runtime.tools.warm_order import Bytes, Order, ask
from fixit_runtime.tools.warm_place import Cold, Held, Warm
from fixit_runtime.tools.warm_screen import Screened

BATCH = 400  # candidates of one request
_TRIES = 4  # of finding modules that can be imported before a fork

Files = Mapping[str, str | None]
_T = TypeVar("_T")


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
    import themselves. As with `cold`, code under test can forge its own result: see `confirm` in
    the design.
    """

    __test__ = False

    def __init__(self, cold: PytestCommand, *, say: Callable[[str], None] = lambda _: None) -> None:
        self.cold = cold
        self.text = cold.text
        self.why_cold = ""
        self.cold_runs = self.warm_runs = self.screened = 0
        self._say = say
        self._learned: Learned | None = None
        self._held: WeakKeyDictionary[Sandbox, Held] = WeakKeyDictionary()

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
            screen_limits: the time after which a screen interrupts a candidate: nothing is
                imported there any more. What it interrupts has the error type "TimedOut"; what
                cannot be interrupted has until `limits`, which are these too unless given.
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

        def run(place: Sandbox) -> SuiteRun:
            return self.cold.run(
                place, nodeids, limits=limits, stop_at_first_failure=stop_at_first_failure
            )

        quick = screen_limits or limits
        rejected: dict[int, SuiteRun] = {}
        screened = 0
        for number, files in enumerate(todo):
            if screen and number >= screened:
                batch = todo[number : number + BATCH]
                found = self._screened(sandbox, batch, run, quick)
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
        answer = ask(channel, limits, {"do": "fork"})
        return ForkOnly(time.monotonic() - begun, answer["resident_bytes"])

    def close(self) -> None:
        """End all workers. The command can still be used: it starts new ones."""
        for held in list(self._held.values()):
            held.drop()

    def _screened(
        self,
        sandbox: Sandbox,
        batch: Sequence[Bytes],
        run: Callable[[Sandbox], SuiteRun],
        quick: RunLimits,
    ) -> Screened:
        """What a screen says of candidates; nothing where there cannot be one."""
        held = self._of(sandbox)
        if len(batch) < 2 or held.why_cold:
            return Screened(len(batch), {}, True)
        warm = Warm(self._ready, held, sandbox, {}, batch, quick)
        try:
            run(warm)
        except Cold as reason:
            self._note(held, reason)
            return Screened(len(batch), {}, False)
        return warm.screened

    def _either(
        self,
        sandbox: Sandbox,
        run: Callable[[Sandbox], _T],
        *,
        files: Bytes | None = None,
    ) -> _T:
        """The run warm, or else cold; with these files in place while it lasts."""
        held = self._of(sandbox)
        if not held.why_cold:
            try:
                result = run(Warm(self._ready, held, sandbox, files or {}))
            except Cold as reason:
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

    def _of(self, sandbox: Sandbox) -> Held:
        if not isinstance(sandbox, Spawns):  # which can be of any kind, not even hashable
            held = Held()
            self._note(held, Cold(f"a {sandbox.name} sandbox keeps no process", lasting=True))
            return held
        return self._held.setdefault(sandbox, Held())

    def _note(self, held: Held, reason: Cold) -> None:
        if reason.lasting:
            held.why_cold = str(reason)
        if self.why_cold != str(reason):
            self.why_cold = str(reason)
            self._say(f"tests start a new interpreter for each run: {reason}")

    def _ready(self, sandbox: Sandbox, held: Held, order: Order) -> Channel:
        """A worker that has imported what it can. Raises Cold, SandboxError."""
        if held.channel is not None and not held.fits(order):
            held.drop()
        if self._learned is None and (said := self.cold.imported.get(sandbox)) is not None:
            self._learned = read_learned(said, of_all=True)
        if held.channel is None:
            held.channel = self._opened(sandbox, held, order, self._learned or Learned())
        if self._learned is None or not (self._learned.of_all or order.nodeids is not None):
            known, self._learned = self._learned, learn(held.channel, order)
            if known is None:
                tainted = preload(held.channel, self._learned)
                held.compiled = set(self._learned.inside)
                fits, self._learned = not tainted, self._learned.without(tainted)
            else:
                fits = self._learned.is_like(known)
            if not fits:  # a new one, with all in the order of imports
                held.drop()
                held.channel = self._opened(sandbox, held, order, self._learned)
        if len(held.compiled) < len(self._learned.inside):
            needed = self._learned.needed_by(order.nodeids)
            missing = tuple(each for each in needed if each not in held.compiled)
            if missing:
                preload(held.channel, Learned(inside=missing))
                held.compiled.update(missing)
        return held.channel

    def _opened(self, sandbox: Sandbox, held: Held, order: Order, learned: Learned) -> Channel:
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
            needed = learned.needed_by(order.nodeids)
            tainted = preload(channel, replace(learned, inside=needed))
            if not tainted:
                held.compiled = set(needed)
                break
            channel.close()
            learned = learned.without(tainted)
        else:
            return self._opened(sandbox, held, order, Learned())
        if self._learned is not None:
            self._learned = learned
        return channel
