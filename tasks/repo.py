"""The plainest task: this repository, these failing tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fixit_runtime.agent.errors import UsageError
from fixit_runtime.tasks.task import Task


def task_of(
    root: Path,
    failing: Sequence[str] = (),
    *,
    instruction: str = "",
    test_command: str | None = None,
) -> Task:
    """The task of repairing the repository at `root`, named after its folder.

    Args:
        failing: node ids to make green, each once; none to have them found.
    Raises:
        UsageError: no such folder, or an empty node id.
    """
    if not root.is_dir():
        raise UsageError(f"{root} is not a folder", hint="give the repository's own folder")
    if not all(nodeid.strip() for nodeid in failing):
        raise UsageError(
            "a failing test has an empty name",
            hint="name it as pytest prints it, such as tests/test_till.py::test_a_dozen",
        )
    root = root.resolve()
    named = tuple(dict.fromkeys(failing))
    return Task(root.name, root, named, instruction, test_command=test_command)
