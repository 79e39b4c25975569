"""The tests around a change are those that ran its lines, the quickest first."""

from fixit_runtime.agent.seams import Outcome, SuiteRun, TestResult
from fixit_runtime.tools.repair.coverage import KEPT, Coverage


def traced(*tests: tuple[str, Outcome, float, set[int]]) -> SuiteRun:
    results = tuple(TestResult(nodeid, outcome, s) for nodeid, outcome, s, _ in tests)
    lines = {nodeid: {"m.py": frozenset(numbers)} for nodeid, _, _, numbers in tests}
    return SuiteRun(results, 0, True, 0.0, 0.0, coverage=lines)


def test_the_quickest_passing_tests_of_a_line_are_kept() -> None:
    coverage = Coverage()
    assert not coverage and coverage.tests_of("m.py", [1]) == ()
    coverage.learn(
        traced(
            ("slow", Outcome.PASSED, 3.0, {1, 2}),
            ("red", Outcome.FAILED, 0.1, {1}),
            ("quick", Outcome.PASSED, 0.1, {2, 3}),
        )
    )
    assert coverage.tests_of("m.py", [1]) == ("slow",)
    assert coverage.tests_of("m.py", [1, 2]) == ("quick", "slow")
    assert coverage.tests_of("m.py", [9]) == ("quick", "slow")
    assert coverage.tests_of("other.py", [1]) == ()
    assert coverage.seconds_of(["quick", "slow", "unknown"]) == 3.1


def test_a_line_that_everything_runs_keeps_few_tests() -> None:
    coverage = Coverage()
    coverage.learn(traced(*((f"t{n:02}", Outcome.PASSED, n, {1}) for n in range(40))))
    assert coverage.tests_of("m.py", [1]) == tuple(f"t{n:02}" for n in range(KEPT))
