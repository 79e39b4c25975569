"""From settings to a result: copies the repository in, runs its tests, builds the steps, and
hands them to the loop. What is shown, and how, is left to the caller.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fixit_runtime.agent import loop
from fixit_runtime.agent.action import steps
from fixit_runtime.agent.action.beliefs import GridEstimator
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.capital.resume import restore
from fixit_runtime.agent.capital.store import FileTrace
from fixit_runtime.agent.config import Settings
from fixit_runtime.agent.errors import FixitError, UsageError
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.report.conclude import Header, Story, conclude, cut_short
from fixit_runtime.agent.report.progress import Progress
from fixit_runtime.agent.report.record import Ended, RunReport
from fixit_runtime.agent.seams import (
    Booking,
    Clock,
    Decision,
    Proposer,
    RunLimits,
    Sandbox,
    State,
    SuiteRun,
    TestCommand,
    TestFacts,
)
from fixit_runtime.sandboxes.choose import choose, find_python
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tools.baseline import observe
from fixit_runtime.tools.detect import detect
from fixit_runtime.tools.localise import localise
from fixit_runtime.tools.source import SourceTree

RERUNS = 2
SUITE_SLACK = 10.0  # a candidate's suite may take this many times the baseline's, and 20 s more


@dataclass(frozen=True, slots=True)
class Host:
    """What a run takes from the machine that it runs on."""

    environ: Mapping[str, str]
    clock: Clock
    now: Clock

    @classmethod
    def here(cls) -> Host:
        return cls(dict(os.environ), time.monotonic, time.time)


@dataclass(frozen=True, slots=True)
class Metered:
    """A test command that charges every run to the ledger: the baseline is not free."""

    command: TestCommand
    ledger: Ledger
    clock: Clock
    cpu_usd_per_s: float

    @property
    def text(self) -> str:
        return self.command.text

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
        return run
