"""What steps work on: the sandbox in use, a way to open a fresh one, the tests, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fixit_runtime.agent.action.metered import Metered
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import Clock, RunLimits, Sandbox, SuiteRun, TestCommand
from fixit_runtime.tools.source import to_bytes

Files = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Bench:
    """What the steps work on: the sandbox in use, a way to open a fresh one, the tests.

    `cold` runs the tests in a new interpreter each time; `command` may be a faster way to the
    same verdicts. What is called fixed was seen cold. `limits` are those of one run, which gets
    no more of them than the deadline and the cap leave.
    """

    sandbox: Sandbox
    fresh: Callable[[], Sandbox]
    command: TestCommand
    cold: TestCommand
    originals: Callable[[str], str | None]
    prices: Prices
    clock: Clock
    limits: RunLimits

    def spend_cpu(self, cpu_s: float, started: float) -> Spend:
        """What a command cost: wall seconds since `started`, CPU at its price."""
        usd = cpu_s * self.prices.cpu_usd_per_s
        return Spend(usd=usd, seconds=self.clock() - started, cpu_s=cpu_s)

    @contextmanager
    def holding(self, files: Files) -> Iterator[Sandbox]:
        """The sandbox with these files in place; the originals are put back after."""
        self.sandbox.put({path: _bytes(text) for path, text in files.items()})
        try:
            yield self.sandbox
        finally:
            self.sandbox.put({path: _bytes(self.originals(path)) for path in files})

    def test(self, ledger: Ledger, files: Files, nodeids: Sequence[str] | None = None) -> SuiteRun:
        """These tests, or all, with these files in place, booked as the run ends.

        Raises:
            LimitReached: the deadline or the cap has cut it short: it is no verdict.
        """
        with self.holding(files) as sandbox:
            return self._run(ledger, self.command, sandbox, nodeids)

    def test_fresh(
        self, ledger: Ledger, files: Files, nodeids: Sequence[str] | None = None
    ) -> SuiteRun:
        """As `test`, cold in a fresh sandbox, whose start counts too."""
        started = self.clock()
        sandbox = self.fresh()
        try:
            sandbox.start()
            sandbox.put({path: _bytes(text) for path, text in files.items()})
            ledger.charge(Spend(seconds=self.clock() - started))
            return self._run(ledger, self.cold, sandbox, nodeids)
        finally:
            sandbox.close()

    def traced(self, ledger: Ledger, nodeids: Sequence[str] | None = None) -> SuiteRun:
        """As `test`, on the untouched copy, with the lines that each test runs."""
        return self._run(ledger, self.command, self.sandbox, nodeids, coverage=True)

    def _run(
        self,
        ledger: Ledger,
        command: TestCommand,
        sandbox: Sandbox,
        nodeids: Sequence[str] | None,
        *,
        coverage: bool = False,
    ) -> SuiteRun:
        paid = Metered(command, ledger, self.clock, self.prices.cpu_usd_per_s)
        return paid.run(sandbox, nodeids, limits=self.limits, coverage=coverage)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else to_bytes(text)
