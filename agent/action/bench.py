"""What steps work on: the sandbox in use, a way to open a fresh one, the tests, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import Clock, RunLimits, Sandbox, SuiteRun, TestCommand
from fixit_runtime.tools.source import to_bytes

Files = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Bench:
    """What the steps work on: the sandbox in use, a way to open a fresh one, the tests.

    `cold` runs the tests in a new interpreter each time; `command` may be a faster way to the
    same verdicts. What is called fixed was seen cold.
    """

    sandbox: Sandbox
    fresh: Callable[[], Sandbox]
    command: TestCommand
    cold: TestCommand
    originals: Callable[[str], str | None]
    prices: Prices
    clock: Clock
    limits: RunLimits

    def spend(self, run: SuiteRun, started: float) -> Spend:
        """What a run of tests cost: wall seconds since `started`, CPU at its price."""
        return self.spend_cpu(run.cpu_s, started)

    def spend_cpu(self, cpu_s: float, started: float) -> Spend:
        usd = cpu_s * self.prices.cpu_usd_per_s
        return Spend(usd=usd, seconds=self.clock() - started, cpu_s=cpu_s)

    def charged(self, ledger: Ledger, run: Callable[[], SuiteRun]) -> SuiteRun:
        """The run, booked as it ends."""
        started = self.clock()
        done = run()
        ledger.charge(self.spend(done, started))
        return done

    @contextmanager
    def holding(self, files: Files) -> Iterator[Sandbox]:
        """The sandbox with these files in place; the originals are put back after."""
        self.sandbox.put({path: _bytes(text) for path, text in files.items()})
        try:
            yield self.sandbox
        finally:
            self.sandbox.put({path: _bytes(self.originals(path)) for path in files})

    def test(self, files: Files, nodeids: Sequence[str] | None = None) -> SuiteRun:
        """These tests, or all, with these files in place."""
        with self.holding(files) as sandbox:
            return self.command.run(sandbox, nodeids, limits=self.limits)

    def test_fresh(self, files: Files, nodeids: Sequence[str] | None = None) -> SuiteRun:
        """These tests, or all, cold in a fresh sandbox with these files in place."""
        sandbox = self.fresh()
        try:
            sandbox.start()
            sandbox.put({path: _bytes(text) for path, text in files.items()})
            return self.cold.run(sandbox, nodeids, limits=self.limits)
        finally:
            sandbox.close()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else to_bytes(text)
