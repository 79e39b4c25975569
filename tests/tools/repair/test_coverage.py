"""The tests around a change are those that ran its lines, the quickest first."""

import json

from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.capital.records import decode, encode
from fixit_runtime.agent.seams import Outcome, SuiteRun, TestResult
from fixit_runtime.tools.repair.coverage import KEPT, Coverage, Lines, Traced


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


@given(st.lists(st.sets(st.integers(1, 12)), max_size=5))
def test_what_was_traced_is_known_again_once_it_was_written_down(ran: list[set[int]]) -> None:
    first, second = Coverage(), Coverage()
    first.learn(traced(*((f"t{n}", Outcome.PASSED, n / 8, each) for n, each in enumerate(ran))))
    text = json.dumps(encode(first.traced))

    second.recall(decode(Traced, json.loads(text)))

    assert second.traced == first.traced
    for line in range(14):
        assert second.tests_of("m.py", [line]) == first.tests_of("m.py", [line])


def test_lines_that_cannot_be_are_not_known() -> None:
    coverage = Coverage()
    strange = (Lines(5, 1, (0,)), Lines(1, 10**12, (0,)), Lines(2, 3, (0, 7, -1)))
    coverage.recall(Traced(("t",), (), {"m.py": strange}))
    assert coverage.that_ran("m.py", [1, 2, 5]) == ("t",)
    assert coverage.that_ran("m.py", [1, 5]) == ()
    assert coverage.seconds_of(["t"]) == 0.0
