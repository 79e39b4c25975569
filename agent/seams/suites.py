"""What tests are, what they showed, and where they point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from fixit_runtime.agent.seams.places import RunLimits, Sandbox


class Outcome(StrEnum):
    """How one test ended. ERROR: set-up, tear-down or collection failed."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"


@dataclass(frozen=True, slots=True)
class TestResult:
    """One executed test. `text` is the failure report, empty when it passed."""

    __test__ = False
    nodeid: str
    outcome: Outcome
    seconds: float = 0.0
    text: str = ""
    error_type: str = ""  # class name of the exception behind a failure, "" if unknown
    frames: tuple[tuple[str, int], ...] = ()  # traceback, outermost first: (path in the repo, line)


@dataclass(frozen=True, slots=True)
class Typed:
    """The classes, by name, of what a function's names held whenever it ended in a traced run.

    `line` is that of its first decorator, else of its `def`. "return" stands for what it gave.
    """

    path: str
    line: int
    names: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """One run of the test command.

    `results` in execution order. `completed` is false when the process died, hung or was cut,
    so that tests without a result are unknown, not absent. `errors` are collection errors as
    (path or nodeid, text).
    """

    results: tuple[TestResult, ...]
    returncode: int
    completed: bool
    wall_s: float
    cpu_s: float
    output: str = ""
    errors: tuple[tuple[str, str], ...] = ()
    coverage: Mapping[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)
    """Where asked for: nodeid -> path in the repo -> lines that the test ran."""
    screened: bool = False
    types: tuple[Typed, ...] = ()  # where coverage was asked for

    def outcome_of(self, nodeid: str) -> Outcome | None:
        return next((r.outcome for r in self.results if r.nodeid == nodeid), None)

    def with_outcome(self, *outcomes: Outcome) -> tuple[str, ...]:
        return tuple(r.nodeid for r in self.results if r.outcome in outcomes)


class TestCommand(Protocol):
    """A way to run the repository's tests inside a sandbox."""

    @property
    def text(self) -> str:
        """As a person would type it."""

    def run(
        self,
        sandbox: Sandbox,
        nodeids: Sequence[str] | None = None,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        coverage: bool = False,
        stop_at_first_failure: bool = False,
    ) -> SuiteRun:
        """Run the named tests, or all. Raises SandboxError, EnvironmentFailed."""


TestCommand.__test__ = False  # type: ignore[attr-defined]  # pytest collects what is named Test*


SLOW_TEST_S = 0.05  # tests that take longer are told apart from the others


@dataclass(frozen=True, slots=True)
class TestFacts:
    """What the first runs of the suite on the untouched copy showed.

    `failing` are the tests to make green (failed or errored in every rerun); `flaky` gave
    different outcomes on the same code; `passing` must stay green; `other` were skipped or
    xfailed. `reports` are the failing tests' results. `suite_s` and `suite_cpu_s` are what one
    whole run cost; `passing_s` is what the passing tests took of it, without what starts and
    collects them, and `slow` holds those that took SLOW_TEST_S each, with their seconds.
    `sandbox_s` is what a fresh sandbox takes to start.
    """

    __test__ = False
    failing: tuple[str, ...]
    passing: tuple[str, ...]
    flaky: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    reports: tuple[TestResult, ...] = ()
    suite_s: float = 0.0
    suite_cpu_s: float = 0.0
    command: str = ""
    passing_s: float = 0.0
    slow: tuple[tuple[str, float], ...] = ()
    sandbox_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Suspect:
    """A line and how strongly the tests point at it, in [0, 1]."""

    path: str
    line: int
    suspiciousness: float
