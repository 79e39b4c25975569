"""A repair counts only where the failing tests were executed and passed, and nothing broke."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.seams import Outcome, SuiteRun, TestFacts, TestResult
from fixit_runtime.tools.judge import judge, suite_nodeids

NOT_PASSED = [outcome for outcome in Outcome if outcome is not Outcome.PASSED]
FACTS = TestFacts(failing=("f1", "f2"), passing=("p1", "p2"), flaky=("w",), other=("s",))


def ran(*, completed: bool = True, **outcomes: Outcome | str) -> SuiteRun:
    results = tuple(TestResult(nodeid, Outcome(outcome)) for nodeid, outcome in outcomes.items())
    return SuiteRun(results, 0, completed, 1.0, 1.0)


GREEN = {"f1": "passed", "f2": "passed", "p1": "passed", "p2": "passed"}


def test_all_failing_tests_pass_and_nothing_broke():
    judgement = judge(FACTS, ran(**GREEN), scope="suite")
    assert judgement.ok
    assert judgement.fixed == ("f1", "f2")
    assert judgement.why == ""


def test_the_tests_that_decide_are_the_failing_and_the_passing_ones():
    assert suite_nodeids(FACTS) == ("f1", "f2", "p1", "p2")


@pytest.mark.parametrize("outcome", NOT_PASSED)
def test_a_failing_test_that_ends_in_anything_but_a_pass_is_not_fixed(outcome: Outcome):
    judgement = judge(FACTS, ran(**{**GREEN, "f2": outcome}), scope="failing")
    assert not judgement.ok
    assert judgement.still_failing == ("f2",)
    assert judgement.fixed == ("f1",)
    assert "f2" in judgement.why


@pytest.mark.parametrize("scope", ["failing", "suite"])
def test_a_failing_test_that_vanished_is_not_fixed(scope):
    judgement = judge(FACTS, ran(f1="passed", p1="passed", p2="passed"), scope=scope)
    assert not judgement.ok
    assert judgement.vanished == ("f2",)
    assert judgement.still_failing == ()
    assert "f2" in judgement.why


@pytest.mark.parametrize("outcome", NOT_PASSED)
@pytest.mark.parametrize("scope", ["failing", "suite"])
def test_a_passing_test_that_no_longer_passes_is_broken(scope, outcome: Outcome):
    judgement = judge(FACTS, ran(**{**GREEN, "p2": outcome}), scope=scope)
    assert not judgement.ok
    assert judgement.broken == ("p2",)
    assert "p2" in judgement.why


def test_a_passing_test_without_a_result_is_broken_only_where_it_had_to_run():
    run = ran(f1="passed", f2="passed", p1="passed")
    assert judge(FACTS, run, scope="failing").ok
    judgement = judge(FACTS, run, scope="suite")
    assert not judgement.ok
    assert judgement.broken == judgement.vanished == ("p2",)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_flaky_and_skipped_ones_decide_nothing(outcome: Outcome):
    assert judge(FACTS, ran(**GREEN, w=outcome, s=outcome), scope="suite").ok


def test_a_run_that_did_not_end_is_never_ok_and_calls_nothing_vanished():
    judgement = judge(FACTS, ran(completed=False, **GREEN), scope="suite")
    assert not judgement.ok
    assert judgement.why
    cut = judge(FACTS, ran(completed=False, f1="failed"), scope="suite")
    assert (cut.still_failing, cut.vanished, cut.broken) == (("f1",), (), ())


def test_a_failure_under_a_new_name_is_broken():
    judgement = judge(FACTS, ran(**GREEN, new="failed"), scope="suite")
    assert not judgement.ok
    assert judgement.broken == ("new",)


def test_without_failing_tests_nothing_can_be_ok():
    facts = TestFacts(failing=(), passing=("p1",))
    assert not judge(facts, ran(p1="passed"), scope="suite").ok


MODULE = TestFacts(
    failing=("t/test_a.py",),
    passing=("t/test_b.py::test_b",),
    reports=(TestResult("t/test_a.py", Outcome.ERROR),),
)


def test_a_module_that_could_not_be_collected_is_fixed_when_all_its_tests_pass():
    run = ran(**{"t/test_a.py::test_x": "passed", "t/test_a.py::C::test_y": "passed"})
    judgement = judge(MODULE, run, scope="failing")
    assert judgement.ok
    assert judgement.fixed == ("t/test_a.py",)


@pytest.mark.parametrize("outcome", NOT_PASSED)
def test_a_module_with_any_test_that_does_not_pass_is_still_failing(outcome: Outcome):
    run = ran(**{"t/test_a.py::test_x": "passed", "t/test_a.py::test_y": outcome})
    judgement = judge(MODULE, run, scope="failing")
    assert not judgement.ok
    assert judgement.still_failing == ("t/test_a.py",)


def test_a_module_without_any_test_has_vanished():
    judgement = judge(MODULE, ran(**{"t/test_abc.py::test_x": "passed"}), scope="failing")
    assert not judgement.ok
    assert judgement.vanished == ("t/test_a.py",)


def test_a_failing_test_is_not_replaced_by_tests_with_longer_names():
    facts = TestFacts(failing=("a::t",), passing=(), reports=(TestResult("a::t", Outcome.FAILED),))
    assert judge(facts, ran(**{"a::t::x": "passed"}), scope="suite").vanished == ("a::t",)


def test_a_conftest_is_fixed_when_every_test_below_its_folder_passes():
    report = TestResult("t/conftest.py", Outcome.ERROR)
    facts = TestFacts(failing=("t/conftest.py",), passing=(), reports=(report,))
    assert judge(facts, ran(**{"t/u/test_a.py::test_x": "passed"}), scope="suite").ok
    assert not judge(facts, ran(**{"v/test_a.py::test_x": "passed"}), scope="suite").ok


NAMES = ["f1", "f2", "p1", "p2", "w", "s", "new"]
ENDINGS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(list(Outcome)))


@given(ENDINGS, st.booleans())
def test_ok_means_that_every_test_that_decides_has_passed(endings, completed):
    judgement = judge(FACTS, ran(completed=completed, **endings), scope="suite")
    all_passed = all(endings.get(n) is Outcome.PASSED for n in suite_nodeids(FACTS))
    new_failed = endings.get("new") in (Outcome.FAILED, Outcome.ERROR)
    assert judgement.ok == (all_passed and completed and not new_failed)
    assert judgement.ok == (judgement.why == "")
    assert not set(judgement.fixed) & {*judgement.still_failing, *judgement.vanished}
