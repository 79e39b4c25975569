"""Repairing the bundled tasks in tests: which way, and what counts as the correct change."""

from __future__ import annotations

import ast
from pathlib import Path

from fixit_runtime.agent.config import load as load_settings
from fixit_runtime.agent.report.progress import Progress
from fixit_runtime.agent.report.record import RunReport
from fixit_runtime.agent.wiring import repair
from fixit_runtime.tasks.bundle import copy_repository, load
from fixit_runtime.tasks.task import Task
from fixit_runtime.tasks.unified import patched
from fixit_runtime.tools.edit import render

# Plugins of the interpreter that runs our own tests cost more than the little suites themselves.
BARE = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest"
# Other ways to write the reference fix: the list is made inside, for every new recipe.
EQUIVALENT = {
    "recipe-box": ("+        if steps is None:\n+            steps = []\n",),
    "museum-gate": ("+            self.state = State.LOCKED\n             self.visitors += 1\n",),
}


def run(name: str, folder: Path, **flags: object) -> RunReport:
    """Repair a copy of a bundled task in the local sandbox, as `fixit` does."""
    root = copy_repository(load(name), folder / name)
    settings = load_settings(root, {"sandbox": "local", "test": BARE, **flags})
    return repair(root, settings, Progress(quiet=True)).report


def is_reference(task: Task, patch: str) -> bool:
    """Whether the patch gives the same programs as the reference fix, formatting aside."""
    return _programs(task, task.solution or "") == _programs(task, patch)


def is_correct(task: Task, patch: str) -> bool:
    """The reference change, or one that was read and found to do the same in every case."""
    return is_reference(task, patch) or any(line in patch for line in EQUIVALENT.get(task.name, ()))


def original(task: Task, path: str) -> bytes | None:
    file = task.root / path
    return file.read_bytes() if file.is_file() else None


def reference_reply(task: Task) -> str:
    """The reference fix as a model would write it: one block for each changed file."""
    blocks = []
    for path, text in patched(task.solution or "", lambda p: original(task, p)).items():
        before = (original(task, path) or b"").decode()
        blocks.append(render(path, before, (text or b"").decode()))
    return "This is the cause.\n\n" + "\n".join(blocks)


def wrong_reply(task: Task) -> str:
    """A patch that applies and changes nothing that matters."""
    path = next(iter(patched(task.solution or "", lambda p: original(task, p))))
    before = (original(task, path) or b"").decode()
    return "Perhaps this.\n\n" + render(path, before, before + "\n\nLOOKED_AT = True\n")


def weakening_reply(task: Task) -> str:
    """A patch that makes a failing test skip."""
    path = task.failing[0].split("::")[0]
    before = (original(task, path) or b"").decode()
    skip = "import pytest\n\npytestmark = pytest.mark.skip(reason='wrong')\n\n"
    lines = before.splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if line.startswith(("def ", "class ", "@")))
    after = "".join([*lines[:place], skip, *lines[place:]])
    return "The test is wrong.\n\n" + render(path, before, after)


def _programs(task: Task, patch: str) -> dict[str, str]:
    files = patched(patch, lambda p: original(task, p))
    return {p: ast.dump(ast.parse(text or b"")) for p, text in files.items()}
