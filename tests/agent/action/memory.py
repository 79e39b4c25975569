"""Steps without processes: a repository in a MemorySandbox, and tests that look at its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fixit_runtime.agent.action.bench import Bench
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.seams import Outcome, RunLimits, Sandbox, SuiteRun, TestResult
from fixit_runtime.sandboxes.memory import MemorySandbox
from fixit_runtime.tools.probe_report import TIMED_OUT

Check = Callable[[Mapping[str, bytes]], bool]


@dataclass
class InMemoryTests:
    """A TestCommand whose tests are functions of the files; each takes `seconds`."""

    checks: Mapping[str, Check]
    seconds: float = 0.1
    text: str = "in memory"
    ran: list[tuple[str, ...]] = field(default_factory=list)

    def run(
        self, sandbox: Sandbox, nodeids: Sequence[str] | None = None, *,
        limits: RunLimits = RunLimits(), coverage: bool = False,  # noqa: B008  (frozen)
        stop_at_first_failure: bool = False,
    ) -> SuiteRun:  # fmt: skip
        assert isinstance(sandbox, MemorySandbox)
        names = tuple(self.checks if nodeids is None else nodeids)
        self.ran.append(names)
        results = tuple(
            TestResult(
                n, Outcome.PASSED if self.checks[n](sandbox.files) else Outcome.FAILED, self.seconds
            )
            for n in names
        )
        took = self.seconds * len(names)
        return SuiteRun(results, 0, True, took, took)


def bench(tests: InMemoryTests, files: Mapping[str, str], prices: Prices | None = None) -> Bench:
    """A bench over these files; its clock stands still, and fresh sandboxes hold the same."""

    def fresh() -> MemorySandbox:
        sandbox = MemorySandbox({path: text.encode() for path, text in files.items()})
        sandbox.start()
        return sandbox

    return Bench(
        fresh(), fresh, tests, tests, files.get, prices or Prices(), lambda: 0.0, RunLimits()
    )


def flickering(*outcomes: bool) -> Check:
    """A test that does not look at anything: these outcomes in turn, the last one ever after."""
    left: Iterator[bool] = iter(outcomes)
    last = [outcomes[-1]]
    return lambda files: next(left, last[0])


@dataclass
class Overrunning:
    """A TestCommand whose tests all pass, in `needs_s` wall and `needs_cpu_s` CPU seconds; it is
    killed at its limits, as in a sandbox. `clock` tells the seconds that have gone."""

    needs_s: float
    needs_cpu_s: float = 0.0
    text: str = "overrunning"
    now: float = 0.0

    def clock(self) -> float:
        return self.now

    def run(
        self, sandbox: Sandbox, nodeids: Sequence[str] | None = None, *,
        limits: RunLimits = RunLimits(), coverage: bool = False,  # noqa: B008  (frozen)
        stop_at_first_failure: bool = False,
    ) -> SuiteRun:  # fmt: skip
        wall_s, cpu_s = min(self.needs_s, limits.wall_s), min(self.needs_cpu_s, limits.cpu_s)
        late = wall_s < self.needs_s or cpu_s < self.needs_cpu_s
        self.now += wall_s
        outcome, error = (Outcome.FAILED, TIMED_OUT) if late else (Outcome.PASSED, "")
        results = tuple(
            TestResult(n, outcome, wall_s, error_type=error)
            for n in nodeids or ("t::red", "t::m", "t::n", "t::o")
        )
        return SuiteRun(results, -9 if late else 0, not late, wall_s, cpu_s)
