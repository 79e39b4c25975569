"""A test command that is paid for: every run of a test has its price, the first ones too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import Clock, RunLimits, Sandbox, SuiteRun, TestCommand


@dataclass(frozen=True, slots=True)
class Metered:
    """A test command that charges every run to the ledger: the baseline is not free. What a run
    took is told by this clock, which the deadline counts by, too."""

    command: TestCommand
    ledger: Ledger
    clock: Clock
    cpu_usd_per_s: float

    @property
    def text(self) -> str:
        return self.command.text

    def collect(self, sandbox: Sandbox, *, limits: RunLimits) -> tuple[str, ...]:
        collect = getattr(self.command, "collect", None)
        return tuple(collect(sandbox, limits=limits)) if collect else ()

    def run(
        self,
        sandbox: Sandbox,
        nodeids: Sequence[str] | None = None,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        coverage: bool = False,
        stop_at_first_failure: bool = False,
    ) -> SuiteRun:
        started = self.clock()
        run = self.command.run(
            sandbox,
            nodeids,
            limits=limits,
            coverage=coverage,
            stop_at_first_failure=stop_at_first_failure,
        )
        seconds, usd = self.clock() - started, run.cpu_s * self.cpu_usd_per_s
        self.ledger.charge(Spend(usd=usd, seconds=seconds, cpu_s=run.cpu_s))
        return replace(run, wall_s=seconds)
