"""A test command that is paid for: every run of a test has its price, the first ones too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import Clock, RunLimits, Sandbox, SuiteRun, TestCommand
from fixit_runtime.tools.within import Within


@dataclass(frozen=True, slots=True)
class Metered:
    """A test command that charges every run to the ledger: the baseline is not free, and gets no
    more than the deadline and the cap leave. What a run took is told by this clock, which the
    deadline counts by, too. Runs raise LimitReached where a limit has cut them short."""

    command: TestCommand
    ledger: Ledger
    clock: Clock
    cpu_usd_per_s: float

    @property
    def text(self) -> str:
        return self.command.text

    def collect(self, sandbox: Sandbox, *, limits: RunLimits) -> tuple[str, ...]:
        collect = getattr(self.command, "collect", None)
        if collect is None:
            return ()
        within, started = Within.of(limits, self.ledger, self.cpu_usd_per_s), self.clock()
        nodeids = tuple(collect(sandbox, limits=within.kept))
        seconds = self.clock() - started
        self.ledger.charge(Spend(seconds=seconds))
        within.check(timed_out=True, wall_s=seconds, cpu_s=0.0)  # names alone do not say so
        return nodeids

    def run(
        self,
        sandbox: Sandbox,
        nodeids: Sequence[str] | None = None,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        coverage: bool = False,
        stop_at_first_failure: bool = False,
    ) -> SuiteRun:
        within, started = Within.of(limits, self.ledger, self.cpu_usd_per_s), self.clock()
        run = self.command.run(
            sandbox,
            nodeids,
            limits=within.kept,
            coverage=coverage,
            stop_at_first_failure=stop_at_first_failure,
        )
        seconds, usd = self.clock() - started, run.cpu_s * self.cpu_usd_per_s
        self.ledger.charge(Spend(usd=usd, seconds=seconds, cpu_s=run.cpu_s))
        within.check_run(run)
        return replace(run, wall_s=seconds)
