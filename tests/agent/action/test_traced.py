"""A plan traces what tells most for its time."""

import pytest

from fixit_runtime.agent.action.traced import traced
from fixit_runtime.agent.seams import TestFacts

FAILING = ("tests/test_a.py::red",)


def facts(count: int = 400, each_s: float = 0.01, **more: object) -> TestFacts:
    near = tuple(f"tests/test_a.py::n{n}" for n in range(count // 2))
    far = tuple(f"tests/test_{n // 10}.py::f{n}" for n in range(count // 2))
    took_s = count * each_s
    return TestFacts(
        FAILING, (*near, *far), suite_s=took_s + 1.0, suite_cpu_s=took_s + 1.0, passing_s=took_s,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_short_suite_is_traced_whole():
    part = traced(facts(each_s=0.001))
    assert part.nodeids is None
    assert (part.start_s, part.tests_s) == (pytest.approx(1.0), pytest.approx(0.4))


def test_of_a_long_suite_all_failing_tests_and_some_passing_ones_of_all_files_are_traced():
    part = traced(facts(), room_s=1.0)

    assert part.nodeids is not None
    assert set(FAILING) < set(part.nodeids)
    assert len(part.nodeids) == len(set(part.nodeids)) == pytest.approx(101, abs=2)
    near = [n for n in part.nodeids if n.startswith("tests/test_a.py::n")]
    assert len(near) == pytest.approx(50, abs=2)
    others = {n.partition("::")[0] for n in part.nodeids} - {"tests/test_a.py"}
    assert len(others) == 20, "every other file gives some"
    assert part.tests_s == pytest.approx(1.0, abs=0.02)
    assert part.start_s == pytest.approx(1.0)


def test_a_slow_test_is_left_out_and_the_quick_ones_beside_it_are_kept():
    slow = ("tests/test_a.py::n3", 3.0)
    given = TestFacts(
        FAILING, ("tests/test_a.py::n2", slow[0], "tests/test_a.py::n4"),
        suite_s=4.0, suite_cpu_s=4.0, passing_s=3.02, slow=(slow,),
    )  # fmt: skip

    assert traced(given).nodeids == (*FAILING, "tests/test_a.py::n2", "tests/test_a.py::n4")
    assert traced(given).tests_s == pytest.approx(0.02)
    assert traced(given).start_s == pytest.approx(0.98)


def test_a_suite_of_slow_tests_only_leaves_the_failing_ones():
    slow = tuple((f"tests/test_a.py::n{n}", 9.0) for n in range(3))
    given = TestFacts(
        FAILING,
        tuple(n for n, _ in slow),
        suite_s=28.0,
        suite_cpu_s=28.0,
        passing_s=27.0,
        slow=slow,
    )

    assert traced(given).nodeids == FAILING


def test_a_suite_whose_tests_are_not_timed_counts_as_tests_throughout():
    part = traced(TestFacts(FAILING, ("tests/test_a.py::n",), suite_s=8.0, suite_cpu_s=8.0))

    assert (part.start_s, part.tests_s) == (0.0, 8.0)
