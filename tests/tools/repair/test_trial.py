"""Candidates are hostile code: whatever one does, the next is judged on the untouched copy."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import Outcome, SuiteRun, TestFacts, TestResult
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.tools.probe_report import TIMED_OUT
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.repair.trial import Trial, asked_first
from fixit_runtime.tools.warm import WarmCommand

FILES = {
    "wild.py": "def double(n):\n    return n\n",
    "test_wild.py": "from wild import double\n\ndef test_two():\n    assert double(2) == 4\n",
}
FACTS = TestFacts(
    failing=("test_wild.py::test_two",),
    passing=(),
    reports=(TestResult("test_wild.py::test_two", Outcome.FAILED, 0.01),),
    suite_cpu_s=0.3,
)
RIGHT = "def double(n):\n    return n * 2\n"
HOSTILE = {
    "hangs": "def double(n):\n    while True: pass\n",
    "sleeps in an import": "import time; time.sleep(1e6)\n",
    "exits as if all were well": "import os; os._exit(0)\n",
    "floods the output": "def double(n):\n    while True: print('x' * 100_000, flush=True)\n",
    "allocates": "def double(n):\n    return [bytearray(10**9) for _ in range(10**6)]\n",
    "recurses": "def double(n):\n    return double(n)\n",
    "kills its group": "import os, signal\ndef double(n):\n    os.killpg(0, signal.SIGKILL)\n",
    "deletes the tests": "import os\ndef double(n):\n    os.unlink('test_wild.py'); return 0\n",
    "skips": "import pytest\ndef double(n):\n    pytest.skip('no')\n",
}


@pytest.fixture
def trial(
    repository: Callable[[Mapping[str, str]], LocalSandbox], bare_pytest: PytestCommand
) -> Trial:
    return Trial(repository(FILES), bare_pytest, FILES.get, Prices(), time.monotonic)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_candidate_fails_costs_and_leaves_its_file_as_it_was(
    trial: Trial, text: str
) -> None:
    ledger = Ledger()
    judgement = next(trial.each(FACTS, [{"wild.py": text}], ledger)).judgement
    assert not judgement.ok and judgement.why
    assert 0 < ledger.spent.cpu_s < 2 * trial.limits(FACTS).cpu_s
    assert {path: trial.sandbox.get(path) for path in FILES} == {
        path: original.encode() for path, original in FILES.items()
    }


def test_the_right_candidate_passes_and_a_file_of_equal_size_is_seen_anew(trial: Trial) -> None:
    ledger = Ledger()
    wrong = RIGHT.replace("* 2", "* 3")
    seen = [
        next(trial.each(FACTS, [{"wild.py": text}], ledger)).judgement.ok
        for text in (wrong, RIGHT, wrong)
    ]
    assert seen == [False, True, False]


def test_hostile_candidates_of_one_batch_spoil_nothing_for_the_next(trial: Trial) -> None:
    assert isinstance(trial.command, PytestCommand)
    texts = [text for text in HOSTILE.values() if "sleep" not in text]
    ledger = Ledger()
    with WarmCommand(trial.command) as command:
        warm = replace(trial, command=command)
        made = warm.each(FACTS, [{"wild.py": text} for text in [*texts, RIGHT]], ledger)
        seen = [tried.judgement.ok for tried in made]
    assert seen == [*[False] * len(texts), True]
    assert ledger.spent.cpu_s > 0 and trial.meter.runs == len(seen)
    assert {path: trial.sandbox.get(path) for path in FILES} == {
        path: original.encode() for path, original in FILES.items()
    }


def test_what_is_dear_is_asked_only_of_those_that_pass_the_cheapest() -> None:
    def facts(*seconds: float) -> TestFacts:
        reports = tuple(
            TestResult(f"t.py::test_{n}", Outcome.FAILED, s) for n, s in enumerate(seconds)
        )
        return TestFacts(tuple(report.nodeid for report in reports), (), reports=reports)

    assert asked_first(facts(0.01, 0.01)) == ("t.py::test_0", "t.py::test_1")
    assert asked_first(facts(3.0, 0.01)) == ("t.py::test_1",)
    assert asked_first(facts(*[0.01] * 20)) == ("t.py::test_0",)


def test_what_hung_before_is_run_only_once_the_rest_passes(trial: Trial) -> None:
    slow = "test_wild.py::test_slow"
    more = FILES["test_wild.py"] + "\ndef test_slow():\n    import time; time.sleep(1e6)\n"
    trial = replace(trial, read={**FILES, "test_wild.py": more}.get)
    trial.sandbox.put({"test_wild.py": more.encode()})
    reports = (*FACTS.reports, TestResult(slow, Outcome.FAILED, 60.0, error_type=TIMED_OUT))
    facts = TestFacts((*FACTS.failing, slow), (), reports=reports, suite_cpu_s=0.3)
    judgement = next(trial.each(facts, [{"wild.py": FILES["wild.py"]}], Ledger())).judgement
    assert (judgement.ok, trial.meter.runs) == (False, 1)


def test_a_limit_that_runs_keep_hitting_is_raised_again(trial: Trial) -> None:
    first = trial.limits(FACTS).cpu_s
    done = SuiteRun((), 1, True, 0.01, 0.01)
    late = SuiteRun((TestResult("t", Outcome.FAILED, error_type=TIMED_OUT),), -9, False, 1.0, 1.0)
    for run in (done, done, done):
        trial.meter.add(run, 0.01)
    assert trial.limits(FACTS).cpu_s < first
    for run in (late, late, late):
        trial.meter.add(run, 1.0)
    assert trial.limits(FACTS).cpu_s == first


def test_limits_follow_what_the_failing_tests_took() -> None:
    def cpu_s(seconds: float, error: str = "", suite_cpu_s: float = 0.0) -> float:
        reports = (TestResult("t.py::test", Outcome.FAILED, seconds, error_type=error),)
        facts = TestFacts(("t.py::test",), (), reports=reports, suite_cpu_s=suite_cpu_s)
        limits = Trial.limits(TRIAL, facts)
        assert limits.wall_s > limits.cpu_s
        return limits.cpu_s

    assert cpu_s(3.0) - cpu_s(1.0) == pytest.approx(8.0)
    assert cpu_s(60.0, TIMED_OUT, 60.0) < 5.0
    assert cpu_s(0.1, suite_cpu_s=8.0) > cpu_s(0.1, suite_cpu_s=1.0)
    assert cpu_s(0.1, suite_cpu_s=1e6) < 60.0


class _NoSandbox(LocalSandbox):
    """Never started: limits need none."""

    def __init__(self) -> None:
        pass


TRIAL = Trial(_NoSandbox(), PytestCommand(), FILES.get, Prices(), time.monotonic)
