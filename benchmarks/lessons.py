"""Lessons for the order of candidates: from task folders, from little programs with slips, and
from the traces of fixit's own runs.

Each needs one run of the tests with coverage, in a sandbox, of a long suite of the part that a
plan would trace; what it showed is kept in a folder, so that training again runs nothing.
"""

from __future__ import annotations

import ast
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from fixit_runtime.agent.action.traced import traced
from fixit_runtime.agent.capital.reading import REPAIRED, Run, read_run
from fixit_runtime.agent.capital.records import decode, encode
from fixit_runtime.agent.errors import FixitError
from fixit_runtime.agent.seams import (
    SLOW_TEST_S,
    Outcome,
    Result,
    RunLimits,
    Sandbox,
    SuiteRun,
    TestFacts,
)
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tasks.harbor import read_task
from fixit_runtime.tasks.task import Task
from fixit_runtime.tasks.unified import patched
from fixit_runtime.tools.detect import detect
from fixit_runtime.tools.localise import localise
from fixit_runtime.tools.protect import protected
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.repair.lessons import Lesson
from fixit_runtime.tools.source import SourceTree, from_bytes
from fixit_runtime.tools.warm import WarmCommand

SLIPS = Path(__file__).parent / "slips"
LIMITS = RunLimits(wall_s=300.0, cpu_s=240.0, memory_mb=2048)
QUICK = RunLimits(wall_s=12.0, cpu_s=5.0)
RED = (Outcome.FAILED, Outcome.ERROR)
BARE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@dataclass(frozen=True)
class Slip:
    """One mistyped place of a little program. `files` hold it."""

    name: str
    program: str
    files: dict[str, str]
    right: str


def slips() -> Iterator[Slip]:
    """All slips of the programs beside this file."""
    for path in sorted(SLIPS.glob("*.txt")):
        parts = path.read_text("utf-8").split("### ")[1:]
        texts = dict(part.split("\n", 1) for part in parts)
        right, tests = texts["program.py"], texts["test_program.py"]
        for number, line in enumerate(texts["slips"].splitlines(), 1):
            shown = ast.parse(line.replace(" -> ", ", ", 1), mode="eval").body
            old, new = ast.literal_eval(shown)
            wrong = right.replace(old, new)
            files = {"program.py": wrong, "test_program.py": tests}
            yield Slip(f"{path.stem}-{number}", path.stem, files, right)


def of_slips(cache: Path, limit: int = 1_000) -> Iterator[Lesson]:
    """A lesson a slip, at most so many, spread evenly; one that no test notices is left out."""
    every = list(slips()) if limit > 0 else []
    limit = max(limit, 1)
    with ExitStack() as stack:
        opened: dict[str, tuple[LocalSandbox, WarmCommand]] = {}
        for slip in every[:: max(1, -(-len(every) // limit))]:
            run = _kept(cache / "slips" / f"{slip.name}.json")
            if run is None:
                if slip.program not in opened:
                    opened[slip.program] = _opened(stack, slip)
                sandbox, command = opened[slip.program]
                sandbox.put({p: t.encode() for p, t in slip.files.items()})
                run = _keep(
                    cache / "slips" / f"{slip.name}.json",
                    command.run(sandbox, limits=QUICK, coverage=True),
                )
            facts = facts_of(run)
            if facts.failing:
                suspects = localise(facts, run, slip.files.get)
                yield Lesson(
                    slip.name, slip.program, "slip", slip.files.get, facts, suspects,
                    {"program.py": slip.right}, run.types,
                )  # fmt: skip


def _opened(stack: ExitStack, slip: Slip) -> tuple[LocalSandbox, WarmCommand]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fixit-slip-")))
    for name, text in slip.files.items():
        (folder / name).write_text(text, "utf-8")
    sandbox = LocalSandbox(Snapshot.of(folder), python=Path(sys.executable))
    stack.callback(sandbox.close)
    sandbox.start()
    command = stack.enter_context(WarmCommand(PytestCommand(env=BARE)))
    return sandbox, command


def of_tasks(
    folder: Path, cache: Path, *, python: Path = Path(sys.executable), run_missing: bool = True
) -> Iterator[Lesson]:
    """A lesson a task folder below `folder` that has a reference fix."""
    for task, run in traced_tasks(folder, cache, python=python, run_missing=run_missing):
        if lesson := of_task(task, run):
            yield lesson


def traced_tasks(
    folder: Path, cache: Path, *, python: Path = Path(sys.executable), run_missing: bool = True
) -> Iterator[tuple[Task, SuiteRun]]:
    """The task folders below `folder`, and what a traced run of each showed."""
    for path in sorted(p.parent for p in folder.glob("*/task.toml")):
        kept = cache / folder.name / f"{path.name}.json"
        try:
            task = read_task(path)
            run = _kept(kept)
            if run is None and run_missing:
                run = _keep(kept, _covered(task, python))
        except (FixitError, OSError, ValueError) as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        if run is not None:
            yield task, run


def of_runs(state: Path) -> Iterator[Lesson]:
    """A lesson a run of fixit below this state folder that ended with a confirmed patch. Only the
    files that the patch changes are in its trace, so nothing is known of the others."""
    for path in sorted((state / "runs").glob("*.jsonl")):
        try:
            if lesson := of_run(read_run(path)):
                yield lesson
        except FixitError as error:
            print(f"{path.name}: {error}", file=sys.stderr)


def of_run(run: Run) -> Lesson | None:
    """The lesson of one run; none where it confirmed no patch, or never localised."""
    told = {e.data["name"]: e.data for e in run.events if e.kind == "tool" and "name" in e.data}
    start = next((e.data for e in run.events if e.kind == "run_start"), {})
    fix, baseline = told.get(REPAIRED), told.get("baseline")
    if fix is None or baseline is None:
        return None
    results = [decode(Result, _mapping(e.data["result"])) for e in run.events
               if e.kind == "outcome"]  # fmt: skip
    suspects = [result.suspects for result in results if result.suspects]
    made = [c for r in results for c in r.candidates if c.id == fix["candidate"]]
    if not suspects or not made:
        return None
    originals = {path: str(text) for path, text in _mapping(fix["originals"]).items() if text}
    right = {path: text for path, text in made[-1].files.items() if text is not None}
    facts = decode(TestFacts, _mapping(baseline["facts"]))
    found = tuple(s for s in suspects[-1] if protected(s.path) is None)
    group = Path(str(start.get("repository", ""))).name
    types = next((r.types for r in reversed(results) if r.types is not None), ())
    return Lesson(run.id, group, "run", originals.get, facts, found, right, types)


def _mapping(data: object) -> Mapping[str, object]:
    return data if isinstance(data, Mapping) else {}


def of_task(task: Task, run: SuiteRun) -> Lesson | None:
    """The lesson of a task whose suite was run with coverage."""
    tree = SourceTree(task.root)

    def data(path: str) -> bytes | None:
        file = task.root / path
        return file.read_bytes() if file.is_file() else None

    facts = facts_of(run, task.failing)
    if task.solution is None or not facts.failing:
        return None
    right = {p: from_bytes(b) for p, b in patched(task.solution, data).items() if b is not None}
    suspects = tuple(s for s in localise(facts, run, tree.text) if protected(s.path) is None)
    group = task.metadata.keywords[0] if task.metadata.keywords else task.name
    return Lesson(task.name, group, task.metadata.fault, tree.read, facts, suspects, right,
                  run.types)  # fmt: skip


def _covered(task: Task, python: Path) -> SuiteRun:
    """The results of the whole suite, and the lines and types of the part that a plan traces."""
    sandbox: Sandbox = LocalSandbox(Snapshot.of(task.root), python=python)
    command = detect(task.root, test=task.test_command).command
    if isinstance(command, PytestCommand):
        command = replace(command, env={**BARE, **command.env})
    try:
        sandbox.start()
        plain = command.run(sandbox, limits=LIMITS)
        facts = facts_of(plain, task.failing)
        run = command.run(sandbox, traced(facts).nodeids, limits=LIMITS, coverage=True)
        return replace(plain, coverage=run.coverage, types=run.types)
    finally:
        sandbox.close()


def facts_of(run: SuiteRun, failing: tuple[str, ...] | None = None) -> TestFacts:
    """What one run showed; `failing`: only these count as red."""
    red = [r for r in run.results if r.outcome in RED]
    reports = [r for r in red if failing is None or r.nodeid in failing]
    took = {r.nodeid: r.seconds for r in run.results if r.outcome is Outcome.PASSED}
    return TestFacts(
        tuple(r.nodeid for r in reports),
        tuple(took),
        reports=tuple(reports),
        suite_s=run.wall_s,
        passing_s=sum(took.values()),
        slow=tuple((n, seconds) for n, seconds in took.items() if seconds >= SLOW_TEST_S),
    )


def _kept(path: Path) -> SuiteRun | None:
    if not path.is_file():
        return None
    return decode(SuiteRun, json.loads(path.read_text("utf-8")))


def _keep(path: Path, run: SuiteRun) -> SuiteRun:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(encode(run)), "utf-8")
    return run
