"""What candidates do on inputs like those of the tests, told apart in the sandbox.

All that comes back is data that a candidate may have written; nothing of it is unpickled or run
here, and none of it can make a candidate pass a test.
"""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from fixit_runtime.agent.seams import Completed, RunLimits, Sandbox, TestCommand
from fixit_runtime.tools.pytest_run import PytestCommand, probe_sources
from fixit_runtime.tools.repair.batches import Texts
from fixit_runtime.tools.repair.edits import UNREADABLE, Source
from fixit_runtime.tools.source import split_lines

BUDGET_CPU_S = 4.0  # for all candidates of one comparison; the run of the tests comes first
OUTPUT_BYTES = 100_000
TEXT_LIMIT = 300  # characters of a call or a result
_SOURCES = (
    "tools.worker_part",
    "tools.worker_swap",
    "tools.repair.behaviour_shape",
    "tools.repair.behaviour_copy",
    "tools.repair.behaviour_call",
    "tools.repair.behaviour_inputs",
    "tools.repair.behaviour_vary",
    "tools.repair.behaviour_anew",
    "tools.repair.behaviour_place",
    "tools.repair.behaviour_record",
    "tools.repair.behaviour_fork",
    "tools.repair.behaviour_probe",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A function by its file, its name and the line that code objects have for it; with no
    name, all functions of the file."""

    path: str
    name: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a call did. `kind`: returns, raises, hangs, dies, or unasked where several before it
    have hung. `digest` is of all that it did;
    `text` is the result or the exception's name for a person, and tells nothing apart."""

    kind: str
    digest: str
    text: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was done. `recorded`: as a test did it, not varied; `passing`: that test
    passes; `entry`: the test itself did it. `target`: which of the targets, or -1 for a
    function on the way to one."""

    text: str
    recorded: bool
    passing: bool
    entry: bool
    target: int


@dataclass(frozen=True, slots=True)
class Behaviours:
    """Outcomes side by side. `calls` are those that do the same each time on the untouched
    code; `original` and the outcomes of each candidate, by its id, have one entry a call. A
    candidate that there was no time for has none."""

    calls: tuple[Call, ...]
    original: tuple[Seen, ...]
    by_id: Mapping[str, tuple[Seen, ...]]


NOTHING = Behaviours((), (), {})


def compare(
    sandbox: Sandbox,
    command: TestCommand,
    candidates: Mapping[str, Texts],
    targets: Sequence[Target],
    failing: Sequence[str],
    passing: Sequence[str],
    *,
    record_cpu_s: float,
) -> tuple[Behaviours, Completed | None]:
    """Do calls like those of these tests on the untouched code and on each candidate.

    Args:
        candidates: new texts by path, by candidate id; the likeliest first.
        targets: the functions that they change.
        record_cpu_s: what the tests may take while calls are recorded.

    Returns:
        The behaviours, NOTHING where the tests are not pytest's or no call could be recorded;
        and the run, for its cost.

    Raises:
        SandboxError: the sandbox is lost; never for what a candidate does.
    """
    pytest_command = getattr(command, "cold", command)
    if not isinstance(pytest_command, PytestCommand) or not candidates:
        return NOTHING, None
    nodeids = (*failing, *passing)
    settings = {
        "coverage": False,
        "stop_at_first_failure": False,
        "only_names": False,
        "targets": [{"path": t.path, "name": t.name, "line": t.line} for t in targets],
        "tests": sorted({nodeid.partition("::")[0] for nodeid in nodeids}),
        "failing": list(failing),
        "candidates": [dict(files) for files in candidates.values()],
        "budget_cpu_s": BUDGET_CPU_S,
        "cpu_s": record_cpu_s,
        "wall_s": 5.0 * record_cpu_s,
    }
    cpu_s = 2.0 * (record_cpu_s + BUDGET_CPU_S)
    limits = RunLimits(wall_s=5.0 * cpu_s, cpu_s=cpu_s, output_bytes=OUTPUT_BYTES)
    sources = {**probe_sources(), **_own_sources()}
    said, done = pytest_command.run_program(sandbox, sources, settings, nodeids, limits=limits)
    return read(said, list(candidates)), done


@cache
def _own_sources() -> dict[str, str]:
    found = {}
    for name in _SOURCES:
        path = PurePosixPath(*name.split(".")[1:]).with_suffix(".py")
        place = files("fixit_runtime.tools").joinpath(*path.parts)
        found[f"fixit_runtime.{name}"] = place.read_text("utf-8")
    return found


def read(said: bytes, ids: Sequence[str]) -> Behaviours:
    """What the probe has written, as far as it is well formed."""
    calls: list[Call] = []
    rows: dict[int, list[Seen]] = {}
    for line in _lines(said):
        try:
            if line["e"] == "inputs":
                calls = [_call(each) for each in line["calls"]]
            elif line["e"] == "behaviour":
                rows[int(line["n"])] = [_seen(each) for each in line["outcomes"]]
        except (KeyError, TypeError, ValueError):
            continue
    first, second = rows.get(-2, []), rows.get(-1, [])
    if not calls or not len(calls) == len(first) == len(second):
        return NOTHING
    kept = [n for n in range(len(calls)) if first[n] == second[n]]
    return Behaviours(
        tuple(calls[n] for n in kept),
        tuple(first[n] for n in kept),
        {
            ids[number]: tuple(row[n] for n in kept)
            for number, row in rows.items()
            if 0 <= number < len(ids) and len(row) == len(calls)
        },
    )


def _lines(said: bytes) -> Iterator[dict[str, Any]]:
    for line in said.splitlines():
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def _call(row: Any) -> Call:
    text, recorded, passing, entry, target = row
    return Call(str(text)[:TEXT_LIMIT], bool(recorded), bool(passing), bool(entry), int(target))


def _seen(row: Any) -> Seen:
    kind, digest, text = row
    return Seen(str(kind)[:10], str(digest)[:40], str(text)[:TEXT_LIMIT])


def target_of(source: Source, line: int) -> Target:
    """The outermost function that holds this line; the whole file where none does, and in a
    line that decorates or names a function."""
    for node in _functions(source):
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        if node.body[0].lineno <= line <= (node.end_lineno or node.lineno):
            return Target(source.path, node.name, first)
    return Target(source.path)


def targets_of(read: Callable[[str], str | None], files: Texts) -> tuple[Target, ...]:
    """The functions that hold what these texts change in the original ones; the whole file where
    it is new, or cannot be parsed."""
    found: dict[Target, None] = {}
    for path, text in files.items():
        old = read(path) or ""
        try:
            source = Source(path, old)
        except UNREADABLE:
            found[Target(path)] = None
            continue
        found.update((target_of(source, line), None) for line in changed_lines(old, text or ""))
    return tuple(found)


def changed_lines(old: str, new: str) -> list[int]:
    """Lines of the old text that the new one changes; of what is put in, the line it displaces."""
    matcher = difflib.SequenceMatcher(None, split_lines(old), split_lines(new), autojunk=False)
    return [
        line
        for tag, first, last, _, _ in matcher.get_opcodes()
        if tag != "equal"
        for line in range(first + 1, max(last, first + 1) + 1)
    ]


def _functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods that stand in no other function."""
    todo: list[ast.AST] = [source.tree]
    while todo:
        for node in ast.iter_child_nodes(todo.pop()):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node
            elif isinstance(node, ast.stmt | ast.ExceptHandler):
                todo.append(node)
