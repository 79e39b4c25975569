"""Makes tasks out of a healthy repository: opens the sandbox, injects, writes the folders."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fixit_runtime.agent.errors import EnvironmentFailed, UsageError
from fixit_runtime.sandboxes.choose import choose
from fixit_runtime.sandboxes.interpreter import find_python
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tasks.make.folder import Surroundings, write_task
from fixit_runtime.tasks.make.health import examine
from fixit_runtime.tasks.make.inject import Bug, Injector, Tally
from fixit_runtime.tasks.task import Metadata, Task
from fixit_runtime.tools.detect import detect
from fixit_runtime.tools.protect import is_test_file
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.warm import WarmCommand

INDEX = "index.jsonl"
_MOST_UNSOUND = 0.2


@dataclass(frozen=True, slots=True)
class Order:
    """What to make, and out of what. `name`: of the tasks, numbered; that of the folder if ""."""

    repo: Path
    out: Path
    count: int
    seed: int = 0
    python: Path | None = None
    test: str | None = None
    sandbox: str = "auto"
    image: str | None = None
    requirements: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """The tasks that were written, and what became of all bugs that were tried."""

    folders: tuple[Path, ...]
    tally: Tally
    tests: int
    suite_cpu_s: float


def inject(order: Order, say: Callable[[str], None]) -> Made:
    """Write task folders, each the repository with one bug, and a line for each in the index.

    Raises:
        UsageError: what was asked for cannot be done; nothing was written.
        EnvironmentFailed: no sandbox works here, or the suite is not healthy.
    """
    root, name = _checked(order)
    python = find_python(root, order.python, os.environ, say)
    command = detect(root, test=order.test).command
    if not isinstance(command, PytestCommand):
        raise UsageError(
            f"bugs are judged test by test, and `{command.text}` is not pytest",
            hint="give a pytest command with --test",
        )
    snapshot = Snapshot.of(root)
    sandbox = choose(order.sandbox, snapshot, python=python, image=order.image, say=say)()
    folders = []
    try:
        sandbox.start()
        with WarmCommand(command) as warm:
            health = examine(sandbox, warm)
        command = _without(command, health.unsound, len(health.passing))
        if health.unsound:
            say(f"left out, since they do not pass every time: {', '.join(health.unsound)}")
        say(f"{len(health.passing)} tests pass, in {health.cpu_s:.1f} CPU seconds")
        around = Surroundings(snapshot.write_to, is_test_file, order.requirements)
        with WarmCommand(command) as warm:
            injector = Injector(
                sandbox, warm, command, health, is_test=is_test_file, seed=order.seed
            )
            for number, bug in enumerate(injector.bugs(order.count), 1):
                task = _task(f"{name}-{number:03d}", root, name, bug, command.text)
                folders.append(write_task(order.out / task.name, task, dict(bug.broken), around))
                _note(order.out / INDEX, task, name, bug)
                say(f"{task.name}: {bug.shape}, {task.metadata.fault}, {len(bug.failing)} failing")
    finally:
        sandbox.close()
    return Made(tuple(folders), injector.tally, len(health.passing), health.cpu_s)


def _checked(order: Order) -> tuple[Path, str]:
    """The repository and the tasks' name. Raises UsageError."""
    root = order.repo.expanduser()
    if not root.is_dir():
        raise UsageError(f"{order.repo} is not a folder", hint="name a repository with --repo")
    root = root.resolve()
    if order.count < 1:
        raise UsageError(f"--count is {order.count}", hint="ask for one bug at least")
    if order.out.resolve().is_relative_to(root):
        raise UsageError(
            f"{order.out} lies in the repository that gets the bugs", hint="write elsewhere"
        )
    name = order.name or root.name
    if any(order.out.glob(f"{name}-[0-9][0-9][0-9]")):
        raise UsageError(
            f"{order.out} holds tasks made of {name} already",
            hint="give another folder with --out",
        )
    return root, name


def _without(command: PytestCommand, unsound: tuple[str, ...], sound: int) -> PytestCommand:
    """The command that leaves these tests out. Raises EnvironmentFailed where they are many."""
    if not unsound:
        return command
    if len(unsound) > _MOST_UNSOUND * sound:
        raise EnvironmentFailed(
            f"{len(unsound)} tests fail or change their outcome, and {sound} pass every time",
            hint=f"repair the suite first, or name a sound part of it with --test; {unsound[0]}"
            " is one that fails",
        )
    args = [word for nodeid in unsound for word in ("--deselect", nodeid)]
    text = f"{command.text} {shlex.join(args)}"
    return replace(command, args=(*command.args, *args), text=text)


def _task(name: str, root: Path, package: str, bug: Bug, test_command: str) -> Task:
    listed = "\n".join(f"- `{nodeid}`" for nodeid in bug.failing)
    title = f"Some tests of {package} fail"
    instruction = (
        f"# {title}\n\nThey passed in the last release. Please find out what broke them.\n\n"
        "These tests fail and should pass, and all others should go on passing. Leave the tests"
        f" as they are.\n\n{listed}\n"
    )
    about = Metadata(
        title=title,
        fault=" + ".join(bug.kinds),
        layout="src" if (root / "src").is_dir() else "flat",
        style="pytest",
        keywords=(package, bug.shape),
    )
    return Task(name, root, bug.failing, instruction, bug.fix, test_command, about)


def _note(index: Path, task: Task, package: str, bug: Bug) -> None:
    row: dict[str, Any] = {
        "task": task.name,
        "package": package,
        "shape": bug.shape,
        "kinds": bug.kinds,
        "path": next(iter(bug.broken)),
        "failing": len(bug.failing),
        "changed": sum(line[:1] in "+-" and line[:3] not in ("+++", "---")
                       for line in bug.fix.splitlines()),
    }  # fmt: skip
    with index.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
