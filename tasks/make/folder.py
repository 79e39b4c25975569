"""Writes a task as a folder in Harbor's format, self-contained, as `tasks.harbor` reads it."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from fixit_runtime.agent.errors import UsageError
from fixit_runtime.tasks.task import Task

_SOLVE = """#!/usr/bin/env bash
# Applies the reference fix.
set -euo pipefail
cd /app
git apply /solution/fix.patch
"""
_TEST = """#!/usr/bin/env bash
# Reward 1 when the tests are as they were and all of them pass, else 0.
mkdir -p /logs/verifier
echo 0 > /logs/verifier/reward.txt
cd /app || exit 1
sha256sum --check --quiet /tests/unchanged.sha256 || exit 0
{command} && echo 1 > /logs/verifier/reward.txt
exit 0
"""
_DOCKERFILE = """FROM python:3.11-slim
RUN apt-get update \\
    && apt-get install --yes --no-install-recommends git \\
    && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir {packages}
COPY repo /app
WORKDIR /app
"""
_LIMITS = """
[agent]
timeout_sec = 900.0

[verifier]
timeout_sec = 300.0

[environment]
build_timeout_sec = 600.0
cpus = 1
memory_mb = 2048
storage_mb = 4096
workdir = "/app"
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the tasks of one repository share.

    `write_tree` writes the healthy repository into a new folder; `is_test` tells the files that
    a fix may not touch; `requirements` are what its tests need beside pytest.
    """

    write_tree: Callable[[Path], None]
    is_test: Callable[[str], bool]
    requirements: tuple[str, ...] = ()


def write_task(folder: Path, task: Task, broken: dict[str, str], around: Surroundings) -> Path:
    """Write a task whose repository is the healthy one with these texts of files; returns it.

    Raises:
        UsageError: something is at `folder` already, or it cannot be written.
    """
    if folder.exists():
        raise UsageError(f"{folder} is there already", hint="give a folder that is not")
    repo = folder / "environment" / "repo"
    try:
        for part in (repo, folder / "solution", folder / "tests"):
            part.mkdir(parents=True)
        around.write_tree(repo)
        for path, text in broken.items():
            (repo / path).write_bytes(text.encode())
        packages = " ".join(map(shlex.quote, ("pytest", *around.requirements)))
        command = task.test_command or "python -m pytest"
        _write(folder / "environment/Dockerfile", _DOCKERFILE.format(packages=packages))
        _write(folder / "instruction.md", task.instruction)
        _write(folder / "task.toml", _toml(task))
        _write(folder / "solution/fix.patch", task.solution or "")
        _write(folder / "solution/solve.sh", _SOLVE, mode=0o755)
        _write(folder / "tests/test.sh", _TEST.format(command=command), mode=0o755)
        _write(folder / "tests/unchanged.sha256", _hashes(repo, around.is_test))
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error}", hint="choose another") from error
    return folder


def diff(path: str, old: str, new: str) -> str:
    """A unified diff of one file with a/ and b/ headers, as git and `tasks.unified` take it."""
    lines = unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    ended = (x if x.endswith("\n") else f"{x}\n\\ No newline at end of file\n" for x in lines)
    return "".join(ended)


def _write(path: Path, text: str, *, mode: int = 0o644) -> None:
    path.write_bytes(text.encode())
    path.chmod(mode)


def _toml(task: Task) -> str:
    about = task.metadata
    return (
        'schema_version = "1.4"\n\n[task]\n'
        f"name = {_text(f'injected/{task.name}')}\n"
        f"description = {_text(about.title)}\n"
        'authors = [{ name = "fixit tasks make inject" }]\n'
        f"keywords = {_texts(about.keywords)}\n\n[metadata]\n"
        f"failing = {_texts(task.failing)}\n"
        f"test_command = {_text(task.test_command or '')}\n"
        f"fault = {_text(about.fault)}\n"
        f"layout = {_text(about.layout)}\n"
        f"style = {_text(about.style)}\n"
        f"reach = {_text(about.reach)}\n{_LIMITS}"
    )


def _text(text: str) -> str:
    """A basic string of TOML, which JSON's is as well, but for DEL."""
    return json.dumps(text, ensure_ascii=True).replace("\x7f", "\\u007f")


def _texts(texts: Sequence[str]) -> str:
    return "[" + "".join(f"\n  {_text(text)}," for text in texts) + "\n]"


def _hashes(repo: Path, is_test: Callable[[str], bool]) -> str:
    lines = []
    for path in sorted(repo.rglob("*")):
        name = path.relative_to(repo).as_posix()
        if path.is_file() and not path.is_symlink() and is_test(name):
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n")
    return "".join(lines)
