"""A sandbox in which no command gets more than the deadline and the cap leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fixit_runtime.agent.errors import LimitReached
from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import Completed, RunLimits, Sandbox
from fixit_runtime.tools.within import Within


class Bounded:
    """A Sandbox, but for what its commands may take. Where nothing is left, a command is not
    run, and counts as one whose time was up."""

    def __init__(self, sandbox: Sandbox, ledger: Ledger, cpu_usd_per_s: float) -> None:
        self.name, self.workdir = sandbox.name, sandbox.workdir
        self.python, self.scratch = sandbox.python, sandbox.scratch
        self._sandbox, self._ledger, self._cpu_usd_per_s = sandbox, ledger, cpu_usd_per_s

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
        try:
            kept = Within.of(limits, self._ledger, self._cpu_usd_per_s).kept
        except LimitReached:
            return Completed(-9, b"", 0.0, 0.0, timed_out=True)
        return self._sandbox.run(argv, limits=kept, env=env, stdin=stdin, cwd=cwd)

    def put(self, files: Mapping[str, bytes | None]) -> None:
        self._sandbox.put(files)

    def get(self, path: str, *, max_bytes: int = 10_000_000) -> bytes | None:
        return self._sandbox.get(path, max_bytes=max_bytes)

    def close(self) -> None:
        self._sandbox.close()
