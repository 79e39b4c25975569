"""Reads a task folder in Harbor's format, with fixit's own additions.

    NAME/
      instruction.md            what is wrong, in a user's words
      task.toml                 schema_version, [task], [metadata], limits
      environment/Dockerfile    how Harbor makes a container of it
      environment/repo/         the failing repository itself
      solution/fix.patch        the reference fix (optional)
      solution/solve.sh         applies it in Harbor's container
      tests/test.sh             writes 1 or 0 to /logs/verifier/reward.txt

fixit's additions stand in `[metadata]`, which Harbor leaves to its users: `failing` (node ids,
required), `test_command`, `fault`, `layout`, `style` and `reach` (see `task.Metadata`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fixit_runtime.agent.errors import UsageError
from fixit_runtime.tasks.task import Metadata, Task

PARTS = ("instruction.md", "task.toml", "environment/repo", "tests/test.sh")
SCHEMA = "1."  # every minor version of 1 has what is read here


def read_task(folder: Path) -> Task:
    """The task in a Harbor folder; its `root` is `environment/repo` in that folder.

    Raises:
        UsageError: the folder or a part of it is missing, `task.toml` is not TOML of schema 1,
            or a value that fixit needs is absent or of another type. All missing parts are
            named at once.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a task folder", hint="there is no such folder")
    if missing := [part for part in PARTS if not (folder / part).exists()]:
        raise UsageError(
            f"{folder} lacks {', '.join(missing)}",
            hint="a task folder of fixit has Harbor's parts, and the repository in "
            "environment/repo",
        )
    table = _toml(folder / "task.toml")
    about, ours = table.section("task"), table.section("metadata")
    patch = folder / "solution" / "fix.patch"
    return Task(
        name=about.text("name", required=True).rpartition("/")[2],
        root=folder / "environment" / "repo",
        failing=ours.texts("failing", required=True),
        instruction=_read(folder / "instruction.md"),
        solution=_read(patch) if patch.is_file() else None,
        test_command=ours.text("test_command") or None,
        metadata=Metadata(
            title=about.text("description"),
            fault=ours.text("fault"),
            layout=ours.text("layout"),
            style=ours.text("style"),
            reach=ours.text("reach"),
            keywords=about.texts("keywords"),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a TOML file that complains with the file's name and the key's full name."""

    path: Path
    values: Mapping[str, object]
    prefix: str = ""

    def section(self, key: str) -> _Table:
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(key, "a table")
        return _Table(self.path, value, f"{self.prefix}{key}.")

    def text(self, key: str, *, required: bool = False) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str) or (required and not value.strip()):
            raise self._wrong(key, "a text")
        return value

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if (
            not isinstance(value, list)
            or (required and not value)
            or not all(isinstance(text, str) and text.strip() for text in value)
        ):
            raise self._wrong(key, "a list of texts")
        return tuple(value)

    def _wrong(self, key: str, kind: str) -> UsageError:
        name, given = f"{self.prefix}{key}", self.values.get(key)
        problem = "is missing" if given is None else f"is {given!r}"
        return UsageError(f"{self.path}: {name} {problem}", hint=f"{name} must be {kind}")


def _toml(path: Path) -> _Table:
    try:
        table = _Table(path, tomllib.loads(_read(path)))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not TOML: {error}", hint="correct it") from error
    version = table.text("schema_version", required=True)
    if not version.startswith(SCHEMA):
        raise UsageError(
            f"{path}: schema_version is {version!r}", hint=f"fixit reads versions {SCHEMA}x"
        )
    return table


def _read(path: Path) -> str:
    # The newline mode keeps \r\n, which a patch must have exactly as the file it is for.
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint="it must be UTF-8") from error
