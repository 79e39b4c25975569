"""Steps without processes: a repository in a MemorySandbox, and tests that look at its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fixit_runtime.agent.action.bench import Bench
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.seams import Outcome, RunLimits, Sandbox, SuiteRun, TestResult
from fixit_runtime.sandboxes.memory import MemorySandbox

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
