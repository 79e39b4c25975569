"""Finds out how a repository's tests are run."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile, islice
from pathlib import Path, PurePosixPath

from fixit_runtime.agent.errors import TestsUncollectable, UsageError
from fixit_runtime.agent.seams import TestCommand
from fixit_runtime.tools import junit as junit_xml
from fixit_runtime.tools.command_run import ShellCommand
from fixit_runtime.tools.protect import is_test_file
from fixit_runtime.tools.pytest_run import PytestCommand

MAX_FOLDERS = 20_000
_NOT_SEARCHED = {"node_modules", "venv", "site-packages", "__pycache__", "build", "dist"}
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_PYTHON = re.compile(r"(?:python|pypy)[0-9.]*")
_ENVIRONMENT_RUNNERS = ("uv", "poetry", "pipenv", "pdm", "hatch", "rye")  # `poetry run pytest`
_OTHER_SUITES = (
    ("manage.py", "python manage.py test"),
    ("package.json", "npm test"),
    ("Cargo.toml", "cargo test"),
    ("go.mod", "go test ./..."),
    ("Makefile", "make test"),
)


@dataclass(frozen=True, slots=True)
class DetectedTests:
    """The command, what gave it away, and the failing tests that an earlier run has named."""

    __test__ = False
    command: TestCommand
    why: str
    named: tuple[str, ...] = ()


def detect(root: Path, *, test: str | None = None, junit: Path | None = None) -> DetectedTests:
    """How the tests of the repository at `root` are run.

    Args:
        test: the command as the user typed it. A pytest command stays one, with its arguments
            and environment, so that each test has a verdict; any other command is run by the
            shell and judged by its exit code.
        junit: for pytest, the JUnit XML of an earlier run: its failing tests become `named`.
            For another command, the file inside the repository that it writes in every run.
    Raises:
        UsageError: no such folder, an empty command, a JUnit path that does not fit it.
        TestsUncollectable: nothing that looks like tests; the hint names what to do.
    """
    root = _existing(root)
    if test is None:
        return _with_named(PytestCommand(), _pytest_evidence(root), root, junit)
    command = _pytest_command(test)
    if command is not None:
        return _with_named(command, "--test names pytest", root, junit)
    path = _path_inside(root, junit) if junit is not None else ""
    judged = f"exit code and {path}" if path else "exit code"
    return DetectedTests(
        ShellCommand(test, path), f"--test names a command, judged by its {judged}"
    )


def _existing(root: Path) -> Path:
    if not root.exists():
        raise UsageError(f"there is no folder {root}", hint="name the repository to repair")
    if not root.is_dir():
        raise UsageError(
            f"{root} is a file, not a folder",
            hint="name the repository; a single test is named with --failing",
        )
    return root.resolve()


def _with_named(command: PytestCommand, why: str, root: Path, junit: Path | None) -> DetectedTests:
    named = junit_xml.failing_nodeids(junit, root) if junit is not None else ()
    return DetectedTests(command, why, named)


def _path_inside(root: Path, junit: Path) -> str:
    path = Path(os.path.normpath(root / junit))
    if not path.is_relative_to(root) or path == root:
        raise UsageError(
            f"--junit {junit} lies outside the repository {root}",
            hint="name the file inside it to which the command of --test writes its JUnit XML",
        )
    return path.relative_to(root).as_posix()


# ------------------------------------------------------------------------- a given command


def _pytest_command(text: str) -> PytestCommand | None:
    """The command as pytest's, or None for any other. Raises UsageError."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(
            f"--test {text!r} cannot be read: {error}", hint="check its quotes"
        ) from error
    if not words:
        raise UsageError("--test is empty", hint="give a command such as --test 'pytest -k fast'")
    if _needs_a_shell(text):
        return None
    env = {}
    while words and (assignment := _ASSIGNMENT.fullmatch(words[0])):
        env[assignment[1]] = assignment[2]
        del words[0]
    if words[:1] and words[0] in _ENVIRONMENT_RUNNERS and words[1:2] == ["run"]:
        words = list(dropwhile(lambda word: word.startswith("-"), words[2:]))
    args = _pytest_arguments(words)
    return None if args is None else PytestCommand(tuple(args), env, text)


def _needs_a_shell(text: str) -> bool:
    """Whether anything outside quotes is the shell's own syntax."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    bare = any(set(word) <= set("|&;<>()") for word in lexer)
    expanded = re.search(r"[$`\n]", re.sub(r"'[^']*'", "", text))
    return bare or expanded is not None


def _pytest_arguments(words: list[str]) -> list[str] | None:
    program = PurePosixPath(words[0]).name if words else ""
    if program in ("pytest", "py.test"):
        return words[1:]
    if _PYTHON.fullmatch(program) and words[1:3] == ["-m", "pytest"]:
        return words[3:]
    return None


# ------------------------------------------------------------------------- no command given


def _pytest_evidence(root: Path) -> str:
    """What says that pytest runs these tests. Raises TestsUncollectable."""
    for evidence in (_configured(root), _first_test_file(root)):
        if evidence:
            return f"pytest: {evidence}"
    other = next((command for file, command in _OTHER_SUITES if (root / file).exists()), None)
    raise TestsUncollectable(
        f"no tests were found in {root}: no pytest configuration, no conftest.py, and no file"
        " called test_*.py or *_test.py",
        hint=f"name the command that runs them, for example --test {other or 'pytest checks.py'!r}",
    )


def _configured(root: Path) -> str:
    for name in ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"):
        if (root / name).is_file():
            return name
    if table := _pytest_table(root / "pyproject.toml"):
        return f"[tool.pytest{'.ini_options' if 'ini_options' in table else ''}] in pyproject.toml"
    for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        if _has_section(root / name, section):
            return f"[{section}] in {name}"
    return ""


def _pytest_table(path: Path) -> dict[str, object]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):  # a broken file is for pytest to complain about
        return {}
    tool = document.get("tool", {})
    table = tool.get("pytest", {}) if isinstance(tool, dict) else {}
    return table if isinstance(table, dict) else {}


def _has_section(path: Path, section: str) -> bool:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(path.read_text("utf-8"))
    except (OSError, ValueError, configparser.Error):
        return False
    return parser.has_section(section)


def _first_test_file(root: Path) -> str:
    return next((path for path in _python_files(root) if _is_collected(path)), "")


def _is_collected(path: str) -> bool:
    name = path.rpartition("/")[2]
    collected = name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py")
    return collected and is_test_file(path)


def _python_files(root: Path) -> Iterator[str]:
    for folder, folders, files in islice(os.walk(root), MAX_FOLDERS):
        folders[:] = sorted(f for f in folders if f[0] != "." and f not in _NOT_SEARCHED)
        for file in sorted(files):
            if file.endswith(".py"):
                yield Path(folder, file).relative_to(root).as_posix()
