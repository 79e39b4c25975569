"""Is a task a task? Its tests must fail before the reference fix and pass after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fixit_runtime.agent.errors import PatchRefused
from fixit_runtime.agent.seams import Outcome, RunLimits, Sandbox, SuiteRun, TestCommand
from fixit_runtime.tasks.task import Task
from fixit_runtime.tasks.unified import patched

RED = (Outcome.FAILED, Outcome.ERROR)


@dataclass(frozen=True, slots=True)
class Validity:
    """What the two runs of a task's suite showed; `problems` is empty for a valid task.

    `after` is None where the reference fix could not be applied.
    """

    task: str
    problems: tuple[str, ...]
    before: SuiteRun
    after: SuiteRun | None

    @property
    def valid(self) -> bool:
        return not self.problems


def validate(
    task: Task,
    open_sandbox: Callable[[Path], Sandbox],
    command_of: Callable[[Task], TestCommand],
    *,
    limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
) -> Validity:
    """Run the task's whole suite before and after its reference fix, each in a fresh sandbox.

    Valid means: before, exactly the named tests are red; after, none is, and every test that
    passed before was executed and passes still.

    Args:
        open_sandbox: a sandbox, not yet started, with a copy of the repository at this path.
        command_of: how this task's tests are run.
    Raises:
        SandboxError, EnvironmentFailed: the sandbox or the test command does not work here.
    """
    command = command_of(task)
    before = _run(task, open_sandbox, command, limits, fix=None)
    problems = [*_cut_short(before, "before the fix"), *_unlike_named(task, before)]
    if task.solution is None:
        return Validity(task.name, (*problems, "it has no reference fix"), before, None)
    try:
        after = _run(task, open_sandbox, command, limits, fix=task.solution)
    except PatchRefused as refusal:
        refused = f"the reference fix does not apply: {refusal.message}"
        return Validity(task.name, (*problems, refused), before, None)
    problems += [*_cut_short(after, "after the fix"), *_not_green(task, before, after)]
    return Validity(task.name, tuple(problems), before, after)


def _run(
    task: Task,
    open_sandbox: Callable[[Path], Sandbox],
    command: TestCommand,
    limits: RunLimits,
    *,
    fix: str | None,
) -> SuiteRun:
    sandbox = open_sandbox(task.root)
    try:
        sandbox.start()
        if fix is not None:
            sandbox.put(patched(fix, sandbox.get))
        return command.run(sandbox, limits=limits)
    finally:
        sandbox.close()


def _cut_short(run: SuiteRun, when: str) -> Iterator[str]:
    if not run.completed:
        yield f"{when} the suite does not run to its end"
    for place, _ in run.errors:
        yield f"{when} {place} cannot be collected"


def _unlike_named(task: Task, before: SuiteRun) -> Iterator[str]:
    if not task.failing:
        yield "it names no failing test"
    for nodeid in task.failing:
        outcome = before.outcome_of(nodeid)
        if outcome not in RED:
            yield f"{nodeid} should fail before the fix, but {_words(outcome)}"
    for nodeid in before.with_outcome(*RED):
        if nodeid not in task.failing:
            yield f"{nodeid} fails before the fix, but is not named"


def _not_green(task: Task, before: SuiteRun, after: SuiteRun) -> Iterator[str]:
    for nodeid in task.failing:
        outcome = after.outcome_of(nodeid)
        if outcome is not Outcome.PASSED:
            yield f"{nodeid} should pass after the fix, but {_words(outcome)}"
    for nodeid in before.with_outcome(Outcome.PASSED):
        outcome = after.outcome_of(nodeid)
        if outcome is not Outcome.PASSED and nodeid not in task.failing:
            yield f"{nodeid} passed before the fix, but now {_words(outcome)}"


def _words(outcome: Outcome | None) -> str:
    return "was not executed" if outcome is None else f"it is {outcome.value}"
