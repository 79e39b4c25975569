"""The failing repositories that come with fixit: small inventions, one bug each.

They are what `fixit demo` repairs, and what the tests and the quick benchmarks run on.
"""

from __future__ import annotations

import shutil
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from fixit_runtime.agent.errors import EnvironmentFailed, UsageError
from fixit_runtime.tasks.harbor import read_task
from fixit_runtime.tasks.task import Task

DEMO_TASK = "corner-bakery"
_NEVER_COPIED = ("__pycache__", "*.pyc", ".git")  # pip compiles every module that it installs


def names() -> list[str]:
    """Names of the bundled tasks, sorted."""
    return sorted(entry.name for entry in _shelf().iterdir() if (entry / "task.toml").is_file())


def bundled() -> list[Task]:
    """All bundled tasks, by name."""
    return [load(name) for name in names()]


def load(name: str) -> Task:
    """One bundled task. Raises UsageError with the names that come close, or all."""
    known = names()
    if name not in known:
        near = get_close_matches(name, known) or known
        raise UsageError(f"no bundled task is named {name!r}", hint=f"there is {', '.join(near)}")
    return read_task(_shelf() / name)


def copy_repository(task: Task, dest: Path) -> Path:
    """Copies the task's repository, dot files included, to the new folder `dest`; returns it.

    Compiled files and git's own folder are left out.

    Raises:
        UsageError: something is at `dest` already, or it cannot be written.
    """
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise UsageError(f"{dest} is not empty", hint="give a folder that does not exist yet")
    leave_out = shutil.ignore_patterns(*_NEVER_COPIED)
    try:
        copied = shutil.copytree(
            task.root, dest, symlinks=True, ignore=leave_out, dirs_exist_ok=True
        )
    except OSError as error:
        raise UsageError(f"{task.name} cannot be copied to {dest}: {error}") from error
    return Path(copied).resolve()


def _shelf() -> Path:
    shelf = Path(str(files("fixit_runtime.tasks") / "bundled"))
    if not shelf.is_dir():
        raise EnvironmentFailed(
            f"the bundled tasks are not at {shelf}",
            hint="install fixit-runtime with pip into a folder, not into a zip file",
        )
    return shelf
