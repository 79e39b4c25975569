"""A sandbox to the cold command that hands its runs to a warm worker."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Completed, RunLimits, Sandbox
from fixit_runtime.tools.warm_channel import Channel, WorkerLost, WorkerRefused
from fixit_runtime.tools.warm_order import Bytes, Order, ask, believed, lines_of, sent
from fixit_runtime.tools.warm_screen import Screened, read_screen

LOSSES = 3  # runs in a row that a sandbox's worker could not do: all are cold then
# settings of an interpreter's start that a fork cannot make up for
_NEED_A_START = ("PYTHONHOME", "PYTHONUSERBASE", "PYTHONPLATLIBDIR", "PYTHONSTARTUP")


class Cold(Exception):
    """This run must be a cold one. `lasting`: so must all that follow in this sandbox."""

    def __init__(self, why: str, *, lasting: bool = False) -> None:
        super().__init__(why)
        self.lasting = lasting


@dataclass(slots=True)
class Held:
    """The worker of one sandbox."""

    channel: Channel | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int = 0
    losses: int = 0
    why_cold: str = ""
    saved: dict[str, bytes | None] = field(default_factory=dict)  # the copy's own files
    compiled: set[tuple[str, bool]] = field(default_factory=set)  # as `Learned.inside` has them

    def fits(self, order: Order) -> bool:
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


class Warm:
    """A sandbox to `PytestCommand`: it hands the probe's settings to the worker, not the probe.
    `ready` gives the worker for a run."""

    def __init__(
        self,
        ready: Callable[[Sandbox, Held, Order], Channel],
        held: Held,
        sandbox: Sandbox,
        files: Bytes,
        batch: Sequence[Bytes] = (),
        quick: RunLimits = RunLimits(),  # noqa: B008  (frozen)
    ) -> None:
        """`batch`: candidates to screen, in place of a run, each for as long as `quick` says."""
        self.name, self.workdir = sandbox.name, sandbox.workdir
        self.python, self.scratch = sandbox.python, sandbox.scratch
        self._ready, self._held, self._sandbox, self._files = ready, held, sandbox, files
        self._report = b""
        self._batch, self._quick = batch, quick
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
        order = Order(settings, limits, dict(env or {}))
        _check_start(order.env)
        held = self._held
        try:
            channel = self._ready(self._sandbox, held, order)
            answer = ask(channel, order.limits, self._request(settings), held.saved)
        except WorkerRefused as error:
            held.drop()
            raise Cold(error.message, lasting=True) from error
        except WorkerLost as error:
            self._recover()
            held.losses += 1
            raise Cold(error.message, lasting=held.losses >= LOSSES) from error
        if not answer["restored"]:
            self._recover()
        if "misplaced" in answer:
            raise SandboxError(
                f"cannot write into the sandbox: {answer['misplaced']}",
                hint="A link, or a file of another kind, stands in its way.",
            )
        if answer["stale"]:
            held.drop()
        if shadowed := lines_of(answer["report"], "shadowed"):
            names = ", ".join(sorted(shadowed[0]["names"])[:3])
            held.losses += 1
            raise Cold(
                f"the repository has its own {names}, which pytest or a dependency imports too",
                lasting=held.losses >= LOSSES,
            )
        held.losses = 0
        if self._batch:
            self.screened = read_screen(answer, len(self._batch))
        self._report = believed(answer)
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
            candidates = [sent(files) for files in self._batch]
            quick = {"wall_s": self._quick.wall_s, "cpu_s": self._quick.cpu_s}
            return {"do": "screen", "config": settings, "candidates": candidates, "quick": quick}
        return {"do": "run", "config": settings, "files": sent(self._files)}

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
            raise Cold(f"{name} is set, which acts when an interpreter starts")
