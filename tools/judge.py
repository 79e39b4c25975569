"""Whether a run of the tests shows a repair. Nothing that was not executed counts as green."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fixit_runtime.agent.seams import Outcome, SuiteRun, TestFacts, TestResult

_RED = (Outcome.FAILED, Outcome.ERROR)
_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run shows about a candidate.

    `fixed` and `still_failing` are of the facts' failing tests; `broken` passed before and do
    not now, or are new and fail; `vanished` had to be run and have no result (of a run that
    ended: those that had to stay green are among `broken` too). `why` says in one sentence why
    it is not ok, and is empty where it is.
    """

    ok: bool
    fixed: tuple[str, ...]
    still_failing: tuple[str, ...]
    broken: tuple[str, ...]
    vanished: tuple[str, ...]
    why: str


def suite_nodeids(facts: TestFacts) -> tuple[str, ...]:
    """The tests that decide: the failing ones first, then those that must stay green."""
    return (*facts.failing, *facts.passing)


def judge(facts: TestFacts, run: SuiteRun, *, scope: Literal["failing", "suite"]) -> Judgement:
    """Hold a run against the facts.

    Ok only if the run ended, every failing test was executed and passed (a skip, an expected
    failure, an unexpected pass or a missing result is none), and no test that passed before
    did anything else. What could not be collected before is fixed when all its tests pass.
    Flaky tests decide nothing.

    Args:
        scope: "failing" asks about the failing tests, and about others only where they ran;
            "suite" also wants a result of every test that passed before.
    """
    by_nodeid = {result.nodeid: result for result in run.results}
    states = {n: _state(n, facts, run.results, by_nodeid) for n in facts.failing}
    fixed = tuple(n for n, state in states.items() if state is Outcome.PASSED)
    still_failing = tuple(n for n, state in states.items() if state not in (None, Outcome.PASSED))
    gone = [n for n, state in states.items() if state is None]
    broken = [n for n in facts.passing if n in by_nodeid and not _passed(by_nodeid[n])]
    if run.completed and scope == "suite":
        missing = [n for n in facts.passing if n not in by_nodeid]
        broken += missing
        gone += missing
    broken += _new_reds(facts, run.results)
    vanished = tuple(gone) if run.completed else ()
    why = _why(states, broken, by_nodeid, run)
    return Judgement(not why, fixed, still_failing, tuple(broken), vanished, why)


def _state(
    nodeid: str,
    facts: TestFacts,
    results: Sequence[TestResult],
    by_nodeid: Mapping[str, TestResult],
) -> Outcome | None:
    """How a test that failed before ended now; None for one without a result."""
    if nodeid in by_nodeid:
        return by_nodeid[nodeid].outcome
    before = next((report for report in facts.reports if report.nodeid == nodeid), None)
    if before is None or before.outcome is not Outcome.ERROR:
        return None
    inside = [result for result in results if is_below(result.nodeid, nodeid)]
    if not inside:
        return None
    return next((r.outcome for r in inside if not _passed(r)), Outcome.PASSED)


def is_below(nodeid: str, collector: str) -> bool:
    """Whether a test belongs to a file, a class, a folder, or the folder of a conftest.py."""
    folder, _, name = collector.rpartition("/")
    if name == "conftest.py":
        return nodeid != collector and nodeid.startswith(f"{folder}/" if folder else "")
    return nodeid.startswith((f"{collector}::", f"{collector}/"))


def _new_reds(facts: TestFacts, results: Sequence[TestResult]) -> list[str]:
    """Failures under names that the first runs did not have."""
    known = {*facts.failing, *facts.passing, *facts.flaky, *facts.other}
    was_broken = [report.nodeid for report in facts.reports if report.outcome is Outcome.ERROR]
    return [
        result.nodeid
        for result in results
        if result.outcome in _RED
        and result.nodeid not in known
        and not any(is_below(result.nodeid, collector) for collector in was_broken)
    ]


def _passed(result: TestResult) -> bool:
    return result.outcome is Outcome.PASSED


def _why(
    states: Mapping[str, Outcome | None],
    broken: Sequence[str],
    by_nodeid: Mapping[str, TestResult],
    run: SuiteRun,
) -> str:
    red = [n for n, state in states.items() if state in _RED]
    if red:
        return f"still failing: {_some(red)}"
    for nodeid, state in states.items():
        if state not in (None, Outcome.PASSED):
            return f"{nodeid} {_words(state)}, which is no pass"
    if broken:
        now = by_nodeid.get(broken[0])
        return f"broken: {_some(broken)} ({broken[0]} {_words(now.outcome if now else None)})"
    if not run.completed:
        return f"the run did not end: the process ended with {run.returncode}"
    unknown = [n for n, state in states.items() if state is None]
    if unknown:
        return f"not run: {_some(unknown)}"
    if not states:
        return "there was no failing test to repair"
    return ""


def _words(outcome: Outcome | None) -> str:
    words = {
        None: "was not run",
        Outcome.FAILED: "failed",
        Outcome.ERROR: "ended in an error",
        Outcome.SKIPPED: "was skipped",
        Outcome.XFAILED: "failed as expected",
        Outcome.XPASSED: "passed where a failure was expected",
        Outcome.PASSED: "passed",
    }
    return words[outcome]


def _some(nodeids: Sequence[str]) -> str:
    shown = ", ".join(nodeids[:_NAMES_SHOWN])
    more = len(nodeids) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
