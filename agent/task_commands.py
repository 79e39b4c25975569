"""`fixit tasks`: look at tasks, make some, and check that they are what they say."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from fixit_runtime.agent.ending import end

Opt = typer.Option
Arg = typer.Argument

tasks_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Look at tasks, make them, and check them."
)
make_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make tasks.")
tasks_app.add_typer(make_app, name="make")


@tasks_app.command("list")
def list_tasks(
    folders: Annotated[
        list[Path] | None, Arg(help="Task folders, or folders of them (those of fixit itself).")
    ] = None,
) -> None:
    """List tasks: name, kind of fault, number of failing tests, and what is wrong."""
    end(lambda: _list(folders or ()))


@tasks_app.command()
def validate(
    folders: Annotated[
        list[Path] | None, Arg(help="Task folders, or folders of them (those of fixit itself).")
    ] = None,
    python: Annotated[Path | None, Opt(help="Interpreter that runs the tests.")] = None,
    sandbox: Annotated[str, Opt(help="auto, docker, local or unsafe-local.")] = "auto",
    image: Annotated[str | None, Opt(help="Docker image to run the tests in.")] = None,
) -> None:
    """Run each task's tests before and after its fix. Ends with 1 where a task is not valid."""
    end(lambda: _validate(folders or (), python, sandbox, image))


@make_app.command()
def inject(
    out: Annotated[Path, Opt(help="Folder for the tasks.")],
    repo: Annotated[Path, Opt(help="A repository whose tests pass.")] = Path(),
    count: Annotated[int, Opt(help="How many bugs.")] = 10,
    seed: Annotated[int, Opt(help="The same seed gives the same bugs.")] = 0,
    python: Annotated[Path | None, Opt(help="Interpreter that runs the tests.")] = None,
    test: Annotated[str | None, Opt(help="pytest command that runs the tests.")] = None,
    sandbox: Annotated[str, Opt(help="auto, docker, local or unsafe-local.")] = "auto",
    image: Annotated[str | None, Opt(help="Docker image to run the tests in.")] = None,
    need: Annotated[
        list[str] | None, Opt(help="A requirement for the tasks' Dockerfiles (repeatable).")
    ] = None,
) -> None:
    """Put bugs of the kinds that people make into a repository; keep what its tests notice.

    Writes one self-contained task folder a bug, and index.jsonl. Mutants run in the sandbox only.
    """
    end(lambda: _inject(out, repo, count, seed, python, test, sandbox, image, tuple(need or ())))


def _list(folders: Sequence[Path]) -> int:
    from fixit_runtime.tasks.bundle import bundled
    from fixit_runtime.tasks.harbor import read_task

    tasks = [read_task(folder) for folder in _below(folders)] if folders else bundled()
    for task in tasks:
        about = task.metadata
        sys.stdout.write(f"{task.name:<24} {about.fault:<44} {len(task.failing):>4} failing  ")
        sys.stdout.write(f"{about.title}\n")
    return 0


def _validate(folders: Sequence[Path], python: Path | None, sandbox: str, image: str | None) -> int:
    import os

    from fixit_runtime.agent.seams import Sandbox, TestCommand
    from fixit_runtime.sandboxes.choose import choose
    from fixit_runtime.sandboxes.interpreter import find_python
    from fixit_runtime.sandboxes.snapshot import Snapshot
    from fixit_runtime.tasks.bundle import bundled
    from fixit_runtime.tasks.harbor import read_task
    from fixit_runtime.tasks.task import Task
    from fixit_runtime.tasks.validate import validate
    from fixit_runtime.tools.detect import detect

    def fresh(root: Path) -> Sandbox:
        found = find_python(root, python, os.environ)
        make = choose(sandbox, Snapshot.of(root), python=found, image=image, say=lambda text: None)
        return make()

    def command(task: Task) -> TestCommand:
        return detect(task.root, test=task.test_command).command

    tasks = [read_task(folder) for folder in _below(folders)] if folders else bundled()
    wrong = 0
    for task in tasks:
        validity = validate(task, fresh, command)
        wrong += not validity.valid
        said = "valid" if validity.valid else "; ".join(validity.problems)
        sys.stdout.write(f"{task.name}: {said}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(tasks) - wrong} of {len(tasks)} tasks are valid\n")
    return 1 if wrong else 0


def _inject(
    out: Path, repo: Path, count: int, seed: int, python: Path | None, test: str | None,
    sandbox: str, image: str | None, need: tuple[str, ...],
) -> int:  # fmt: skip
    from fixit_runtime.agent.making import Order, inject
    from fixit_runtime.agent.report.progress import Progress

    made = inject(Order(repo, out, count, seed, python, test, sandbox, image, need), Progress().say)
    tally = made.tally
    sys.stdout.write(f"{len(made.folders)} tasks in {out}, of {tally.tried.total()} bugs tried\n")
    for why, counts in (
        ("no test notices it", tally.unnoticed),
        ("too many tests fail", tally.too_loud),
        ("the tests hang or die", tally.cut_short),
        ("other tests fail in a new process", tally.unsteady),
    ):
        sys.stdout.write(f"{counts.total():>6} left out: {why}\n")
    return 0 if len(made.folders) == count else 1


def _below(folders: Sequence[Path]) -> Iterator[Path]:
    """Each task folder once: the named ones, and those right below a folder that is none.

    Raises:
        UsageError: a folder holds no task.
    """
    from fixit_runtime.agent.errors import UsageError

    for folder in folders:
        if (folder / "task.toml").exists():
            yield folder
            continue
        inside = sorted(path.parent for path in folder.glob("*/task.toml"))
        if not inside:
            raise UsageError(
                f"{folder} holds no task", hint="name a task folder, or a folder of them"
            )
        yield from inside
