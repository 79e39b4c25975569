"""A task that is none is told apart, with the reason."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fixit_runtime.agent.seams import Outcome, RunLimits, Sandbox, SuiteRun, TestResult
from fixit_runtime.sandboxes.memory import MemorySandbox
from fixit_runtime.tasks.task import Task
from fixit_runtime.tasks.validate import Validity, validate


class OutcomesFromFile:
    """A test command whose tests are the lines of `outcomes` in the repository; a line "cut"
    ends the run early, "broken PATH" is a module that cannot be collected."""

    text = "cat outcomes"

    def run(
        self,
        sandbox: Sandbox,
        nodeids: Sequence[str] | None = None,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (as in the seam)
        coverage: bool = False,
        stop_at_first_failure: bool = False,
    ) -> SuiteRun:
        text = (sandbox.get("outcomes") or b"").decode()
        pairs = [line.split() for line in text.splitlines() if line != "cut"]
        return SuiteRun(
            results=tuple(TestResult(n, Outcome(o)) for n, o in pairs if n != "broken"),
            returncode=0,
            completed="cut" not in text,
            wall_s=0.0,
            cpu_s=0.0,
            errors=tuple((path, "ImportError") for word, path in pairs if word == "broken"),
        )


FIX = "--- a/outcomes\n+++ b/outcomes\n@@ -1,2 +1,2 @@\n-t::a failed\n+t::a passed\n t::b passed\n"
TASK = Task("kite", Path("/kite"), ("t::a",), solution=FIX)
FILES = "t::a failed\nt::b passed\n"


def checked(task: Task, outcomes: str = FILES) -> Validity:
    def fresh(root: Path) -> Sandbox:
        return MemorySandbox({"outcomes": outcomes.encode()}, workdir=str(root))

    return validate(task, fresh, lambda task: OutcomesFromFile())


def fix(*lines: str) -> str:
    """A reference fix after which the suite has these outcomes."""
    old = FILES.splitlines()
    body = [*(f"-{line}" for line in old), *(f"+{line}" for line in lines)]
    head = f"--- a/outcomes\n+++ b/outcomes\n@@ -1,{len(old)} +1,{len(lines)} @@\n"
    return head + "".join(f"{line}\n" for line in body)


def test_red_before_and_green_after_is_valid() -> None:
    validity = checked(TASK)

    assert validity.problems == ()
    assert validity.valid
    assert validity.after is not None
    assert validity.before.outcome_of("t::a") is Outcome.FAILED
    assert validity.after.outcome_of("t::a") is Outcome.PASSED


def test_a_named_test_that_passes_already_is_no_task() -> None:
    validity = checked(replace(TASK, failing=("t::a", "t::b")))

    assert validity.problems == ("t::b should fail before the fix, but it is passed",)


def test_a_named_test_that_is_not_there_is_no_task() -> None:
    validity = checked(replace(TASK, failing=("t::a", "t::z")))

    assert validity.problems == (
        "t::z should fail before the fix, but was not executed",
        "t::z should pass after the fix, but was not executed",
    )


def test_every_failing_test_must_be_named() -> None:
    assert checked(replace(TASK, failing=())).problems == (
        "it names no failing test",
        "t::a fails before the fix, but is not named",
    )


def test_a_fix_that_does_not_help_is_none() -> None:
    validity = checked(replace(TASK, solution=fix("t::a error", "t::b passed")))

    assert validity.problems == ("t::a should pass after the fix, but it is error",)


def test_a_fix_may_not_skip_the_test() -> None:
    validity = checked(replace(TASK, solution=fix("t::a skipped", "t::b passed")))

    assert validity.problems == ("t::a should pass after the fix, but it is skipped",)


def test_a_fix_may_break_or_lose_nothing() -> None:
    broken = checked(replace(TASK, solution=fix("t::a passed", "t::b failed")))
    lost = checked(replace(TASK, solution=fix("t::a passed")))

    assert broken.problems == ("t::b passed before the fix, but now it is failed",)
    assert lost.problems == ("t::b passed before the fix, but now was not executed",)


def test_without_a_fix_it_cannot_be_shown_to_be_a_task() -> None:
    validity = checked(replace(TASK, solution=None))

    assert validity.problems == ("it has no reference fix",)
    assert validity.after is None


def test_a_fix_for_another_version_does_not_apply() -> None:
    validity = checked(TASK, "t::c passed\n" + FILES)

    assert validity.problems == (
        "the reference fix does not apply: outcomes: the hunk at line 1 does not fit",
    )
    assert not validity.valid


def test_a_suite_that_is_cut_off_or_cannot_be_collected_is_no_proof() -> None:
    validity = checked(TASK, FILES + "cut\nbroken tests/test_c.py\n")

    assert validity.problems == (
        "before the fix the suite does not run to its end",
        "before the fix tests/test_c.py cannot be collected",
        "after the fix the suite does not run to its end",
        "after the fix tests/test_c.py cannot be collected",
    )
