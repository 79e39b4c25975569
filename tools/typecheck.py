"""The repository's own type checker, where it configures one and the interpreter has it.

What counts is what a change adds: errors are compared without their lines, so that code which
only moved is not blamed.
"""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fixit_runtime.agent.seams import Completed, RunLimits, Sandbox

Read = Callable[[str], str | None]
LIMITS = RunLimits(wall_s=120.0, cpu_s=120.0)
_MYPY = re.compile(r"^(?P<path>[^:\n]+\.pyi?):\d+(?::\d+)?: error: (?P<text>.*)$", re.MULTILINE)
_CRASHED = 2  # mypy and pyright end with more than 1 where they could not check


@dataclass(frozen=True, slots=True)
class TypeErrors:
    """What a checker found: (path, message) and how often. `why_not` where it could not check."""

    found: Counter[tuple[str, str]]
    cpu_s: float = 0.0
    why_not: str = ""
    timed_out: bool = False

    def added_to(self, before: TypeErrors) -> list[str]:
        """What is here and was not there, as lines."""
        return [f"{path}: {text}" for path, text in (self.found - before.found).elements()]


@dataclass(frozen=True, slots=True)
class TypeChecker:
    """`python -m mypy` or `python -m pyright` in a sandbox, with the repository's settings."""

    name: str

    def check(
        self, sandbox: Sandbox, paths: Sequence[str], *, limits: RunLimits = LIMITS
    ) -> TypeErrors:
        """Check these files as they stand in the sandbox. Raises SandboxError."""
        files = [path for path in paths if path.endswith((".py", ".pyi"))]
        cache = f"--cache-dir={sandbox.scratch}/mypy-cache"
        options = {
            "mypy": ["--no-error-summary", "--no-color-output", "--no-pretty", cache],
            "pyright": ["--outputjson"],
        }[self.name]
        argv = [sandbox.python, "-m", self.name, *options, "--", *files]
        done = sandbox.run(argv, limits=limits)
        text = done.output.decode(errors="replace")
        if done.returncode >= _CRASHED or done.returncode < 0 or done.timed_out:
            lines = text.strip().splitlines() or ["no output"]
            why = f"{self.name} could not check: {lines[-1]}"
            return TypeErrors(Counter(), done.cpu_s, why, done.timed_out)
        found = _of_mypy(text) if self.name == "mypy" else _of_pyright(text)
        return TypeErrors(Counter(found), done.cpu_s)


def type_checker(read: Read, sandbox: Sandbox) -> TypeChecker | None:
    """The checker that the repository configures, if the sandbox's interpreter has it."""
    name = configured(read)
    if not name:
        return None
    probe = f"import importlib.util,sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    done: Completed = sandbox.run([sandbox.python, "-c", probe], limits=RunLimits(wall_s=20.0))
    return TypeChecker(name) if done.returncode == 0 else None


def configured(read: Read) -> str:
    """ "mypy" or "pyright" where a file of the repository has settings for it, else ""."""
    tool = _tables(read("pyproject.toml"))
    if "mypy" in tool or read("mypy.ini") or read(".mypy.ini") or _has_section(read("setup.cfg")):
        return "mypy"
    return "pyright" if "pyright" in tool or read("pyrightconfig.json") else ""


def _tables(text: str | None) -> set[str]:
    try:
        tool = tomllib.loads(text or "").get("tool", {})
    except tomllib.TOMLDecodeError:
        return set()
    return set(tool) if isinstance(tool, dict) else set()


def _has_section(text: str | None) -> bool:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text or "")
    except configparser.Error:
        return False
    return parser.has_section("mypy")


def _of_mypy(text: str) -> list[tuple[str, str]]:
    return [(match["path"], match["text"]) for match in _MYPY.finditer(text)]


def _of_pyright(text: str) -> list[tuple[str, str]]:
    try:
        told = json.loads(text)["generalDiagnostics"]
        return [
            (str(each["file"]), " ".join(str(each["message"]).split()))
            for each in told
            if each.get("severity") == "error"
        ]
    except (ValueError, KeyError, TypeError):
        return []
