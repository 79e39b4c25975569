"""The first runs of the tests on the untouched copy: what fails, what passes, what cannot be
believed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from fixit_runtime.agent.errors import TestsUncollectable, UsageError
from fixit_runtime.agent.seams import (
    SLOW_TEST_S,
    Outcome,
    RunLimits,
    Sandbox,
    SuiteRun,
    TestCommand,
    TestFacts,
    TestResult,
)
from fixit_runtime.tools.judge import is_below
from fixit_runtime.tools.probe_report import PROCESS_DIED, TIMED_OUT, missing_module
from fixit_runtime.tools.pytest_run import require_tests

Say = Callable[[str], None]
RESUME_SHARE = 4.0  # of a run's wall limit, that going on after hangs and crashes may take
ALONE_S = 10.0  # a test that hung gets at least this long on its own
_RED = (Outcome.FAILED, Outcome.ERROR)
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")  # an object's address: a new name in every run


@runtime_checkable
class _Collects(Protocol):
    def collect(self, sandbox: Sandbox, *, limits: RunLimits) -> tuple[str, ...]: ...


def observe(
    command: TestCommand,
    sandbox: Sandbox,
    *,
    named: Sequence[str] = (),
    reruns: int = 2,
    quick: TestCommand | None = None,
    limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
    say: Callable[[str], None] = lambda _: None,
) -> TestFacts:
    """Run the whole suite, and whatever is red `reruns` more times without the rest.

    Red every time is failing. Red with the others but green without them, or green in one of
    the reruns, is flaky. A test that hangs or ends the process is run on its own, and the tests
    behind it in another run; what is still unknown after several such runs is left in `other`.
    A module that needs a package which is not installed is left in `other` where anything else
    fails, since no repair can install it.

    Args:
        named: the tests to repair; nodeids, or files, classes and functions for all in them.
            Other red tests then count as `other`.
        quick: a faster way to the command's verdicts, for the reruns. Red is believed of it;
            what is green there is asked of the command itself.
        say: gets one sentence for each thing that a user should know.
    Raises:
        UsageError: a named test does not exist.
        TestsUncollectable, EnvironmentFailed: there is nothing to run, see `require_tests`.
        SandboxError: the sandbox is lost.
    """
    first = _Observation(command, sandbox, limits, say, quick or command)
    first.run_all()
    wanted = first.named(named) if named else None
    reds = [r for r in first.results.values() if r.outcome in _RED]
    asked = [r for r in reds if wanted is None or r.nodeid in wanted]
    again = _rerun(asked, first, reruns)
    failing = [nodeid for nodeid, results in again.items() if all(_is_red(r) for r in results)]
    if wanted is None:
        failing = _without_missing(failing, first, say)
    flaky = [n for n, results in again.items() if any(not _is_red(r) for r in results)]
    flaky += [n for n in first.passing if _ADDRESS.search(n)]
    cut_off = [n for n in flaky if _was_cut_off(n, first, again)]
    flaky = [n for n in flaky if n not in cut_off]
    for nodeid in flaky:
        say(f"{nodeid} fails now and then, or only among the others: it decides nothing")
    passing = [n for n in (*first.passing, *cut_off) if n not in flaky]
    rest = {*failing, *flaky, *passing}
    took = {n: first.results[n].seconds for n in passing}
    return TestFacts(
        failing=tuple(failing),
        passing=tuple(passing),
        flaky=tuple(flaky),
        other=tuple(n for n in (*first.results, *first.unknown) if n not in rest),
        reports=tuple(_last_report(first.results[n], again[n]) for n in failing),
        suite_s=first.wall_s,
        suite_cpu_s=first.cpu_s,
        command=command.text,
        passing_s=sum(took.values()),
        slow=tuple((n, seconds) for n, seconds in took.items() if seconds >= SLOW_TEST_S),
    )


@dataclass(slots=True)
class _Observation:
    """The whole suite, in one run, or in several where a test hangs or ends the process."""

    command: TestCommand
    sandbox: Sandbox
    limits: RunLimits
    say: Say
    quick: TestCommand
    results: dict[str, TestResult] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    wall_s: float = 0.0
    cpu_s: float = 0.0
    overhead_s: float = 0.0  # of starting and collecting, without the tests themselves

    @property
    def passing(self) -> list[str]:
        return [n for n, r in self.results.items() if r.outcome is Outcome.PASSED]

    def run_all(self) -> None:
        run = self.take(None)
        require_tests(run, self.sandbox, self.command.text)
        self.overhead_s = max(0.0, run.wall_s - sum(r.seconds for r in run.results))
        if run.completed:
            return
        if not isinstance(self.command, _Collects):
            if run.errors and not any(_never_ended(r) for r in run.results):
                raise TestsUncollectable(
                    f"`{self.command.text}`: {run.errors[0][1]}",
                    hint="make the command write its JUnit XML there, or leave --junit out",
                )
            return
        everything = self.command.collect(self.sandbox, limits=self.limits)
        self.unknown = self.without_result(everything)
        until_s = self.wall_s + RESUME_SHARE * self.limits.wall_s
        while self.unknown and self.wall_s < until_s:
            self.say(f"{len(self.unknown)} tests have no result yet: going on with them")
            self.take(self.unknown)
            left = self.without_result(everything)
            if left == self.unknown:
                break
            self.unknown = left
        if self.unknown:
            self.say(f"{len(self.unknown)} tests could not be run and are not watched")

    def take(self, nodeids: Sequence[str] | None) -> SuiteRun:
        run = self.command.run(self.sandbox, nodeids, limits=self.limits)
        self.results.update((result.nodeid, result) for result in run.results)
        self.wall_s += run.wall_s
        self.cpu_s += run.cpu_s
        return run

    def without_result(self, nodeids: Sequence[str]) -> tuple[str, ...]:
        return tuple(n for n in nodeids if n not in self.results)

    def rerun(self, nodeids: Sequence[str]) -> SuiteRun:
        """These red tests once more. Green is what the command itself says, and no faster way."""
        run = self.quick.run(self.sandbox, nodeids, limits=self.limits)
        if self.quick is self.command or all(_is_red(_result_of(n, run)) for n in nodeids):
            return run
        self.quick = self.command  # flaky, or the faster way is not the same: not asked again
        return self.command.run(self.sandbox, nodeids, limits=self.limits)

    def alone(self, nodeid: str) -> SuiteRun:
        """Run one test on its own, and not for much longer than all that ended took."""
        ended_s = sum(r.seconds for r in self.results.values() if not _never_ended(r))
        wall_s = min(self.limits.wall_s, ALONE_S + 3 * self.overhead_s + 10 * ended_s)
        cpu_s = min(self.limits.cpu_s, wall_s)
        limits = replace(self.limits, wall_s=wall_s, cpu_s=cpu_s)
        return self.command.run(self.sandbox, [nodeid], limits=limits)

    def named(self, names: Iterable[str]) -> set[str]:
        """The nodeids that the user means. Raises UsageError for a name that means none."""
        wanted: set[str] = set()
        for name in names:
            nodeid = name.removeprefix(f"{self.sandbox.workdir}/").removeprefix("./").rstrip("/")
            meant = {n for n, result in self.results.items() if _is_meant(result, nodeid)}
            if not meant:
                raise self._unknown_name(name)
            if not any(_is_red(self.results[n]) for n in meant):
                outcomes = sorted({self.results[n].outcome.value for n in meant})
                self.say(f"{name} does not fail here: {', '.join(outcomes)}")
            wanted |= meant
        return wanted

    def _unknown_name(self, name: str) -> UsageError:
        near = difflib.get_close_matches(name, self.results, n=1, cutoff=0.6)
        if name in self.unknown:
            return UsageError(
                f"the test {name} could not be run: the tests before it hang or end the process",
                hint="narrow the command with --test",
            )
        return UsageError(
            f"`{self.command.text}` runs no test called {name}",
            hint=f"did you mean {near[0]}?" if near else "name it as the test command prints it",
        )


def _rerun(
    reds: Sequence[TestResult], first: _Observation, reruns: int
) -> dict[str, list[TestResult | None]]:
    """The results of each red test in the first run and, until it is green, in the reruns; None
    where a rerun had no result."""
    again: dict[str, list[TestResult | None]] = {r.nodeid: [r] for r in reds}
    lonely = {r.nodeid for r in reds if _never_ended(r)}
    for turn in range(reruns):
        still_red = [n for n, results in again.items() if _is_red(results[-1])]
        still_red = [n for n in still_red if n not in lonely or turn == 0]  # a hang is dear
        together = [n for n in still_red if n not in lonely]
        run = first.rerun(together) if together else None
        for nodeid in still_red:
            result = _result_of(nodeid, run) if run is not None and nodeid not in lonely else None
            if result is None and (run is None or nodeid in lonely or not run.completed):
                result = _result_of(nodeid, first.alone(nodeid))
            again[nodeid].append(result)
    return again


def _result_of(nodeid: str, run: SuiteRun) -> TestResult | None:
    return next((r for r in run.results if r.nodeid == nodeid), None)


def _is_red(result: TestResult | None) -> bool:
    return result is not None and result.outcome in _RED


def _never_ended(result: TestResult) -> bool:
    return result.error_type in (TIMED_OUT, PROCESS_DIED)


def _was_cut_off(
    nodeid: str, first: _Observation, again: dict[str, list[TestResult | None]]
) -> bool:
    """Whether a test was red only because the whole run's time was up while it ran."""
    results = again.get(nodeid, [])
    return first.results[nodeid].error_type == TIMED_OUT and all(
        r is not None and r.outcome is Outcome.PASSED for r in results[1:]
    )


def _without_missing(failing: list[str], first: _Observation, say: Say) -> list[str]:
    missing = {n: name for n in failing if (name := missing_module(first.results[n]))}
    for nodeid, name in missing.items():
        say(f"{nodeid} cannot be imported: the module {name} is not installed here")
    return [n for n in failing if n not in missing] or failing


def _last_report(result: TestResult, again: Sequence[TestResult | None]) -> TestResult:
    """What hung is described best by its run alone."""
    last = again[-1]
    return last if _never_ended(result) and last is not None else result


def _is_meant(result: TestResult, name: str) -> bool:
    """A test by its name, its name without parameters, or what it is in; and what could not
    be collected by the name of a test in it."""
    nodeid = result.nodeid
    if nodeid == name or nodeid.startswith(f"{name}[") or is_below(nodeid, name):
        return True
    return result.outcome is Outcome.ERROR and is_below(name, nodeid)
