"""Whether a candidate is right: the reference's syntax trees, or its behaviour.

Behaviour counts as the reference's where all calls like those of the tests, done in the sandbox
on both, do the same; where enough of them are calls of the changed functions; where the fault
shows in some of them; and where the whole suite's verdicts are the reference's. What could not
be compared is not right.
"""

from __future__ import annotations

import ast
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fixit_runtime.agent.errors import FixitError
from fixit_runtime.agent.seams import Outcome, RunLimits, Sandbox, TestCommand, TestFacts
from fixit_runtime.sandboxes.interpreter import find_python
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tasks.bundle import copy_repository
from fixit_runtime.tasks.task import Task
from fixit_runtime.tasks.unified import patched
from fixit_runtime.tools.baseline import observe
from fixit_runtime.tools.detect import detect
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.repair.batches import Texts
from fixit_runtime.tools.repair.behaviour import Behaviours, Target, compare, targets_of
from fixit_runtime.tools.repair.canonical import canonical
from fixit_runtime.tools.repair.choice import not_hanging
from fixit_runtime.tools.repair.edits import UNREADABLE
from fixit_runtime.tools.source import to_bytes
from fixit_runtime.tools.warm import WarmCommand

# Plugins of the interpreter that runs this cost more than the little suites themselves.
BARE = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest"
BASELINE = RunLimits(wall_s=60.0, cpu_s=15.0)
CALLS_LEAST = 8  # compared calls of the functions that are changed
AT_ONCE = 10  # candidates of one comparison, which has a few CPU seconds for all
PASSING = 60  # tests whose calls are recorded, at most
SUITE_CPU_S = 20.0  # a suite that takes longer is not run on every candidate
SUITE_LIMITS = RunLimits(wall_s=120.0, cpu_s=40.0)
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a candidate. `calls`: compared calls of the changed functions; `telling`:
    calls on which the reference differs from the faulty code; `suite`: whether the suite's
    verdicts are as they should be, None where it was not run."""

    tree: bool = False
    behaviour: bool = False
    calls: int = 0
    telling: int = 0
    suite: bool | None = None

    @property
    def how(self) -> str:
        """How it is known to be right; "" where it is not."""
        return "tree" if self.tree else "behaviour" if self.behaviour else ""

    @property
    def right(self) -> bool:
        return bool(self.how)


def reference(task: Task) -> dict[str, str]:
    """The files that the reference fix changes, as they should be."""
    return applied(task, task.solution or "")


def applied(task: Task, patch: str) -> dict[str, str]:
    """The files that a patch changes, changed."""

    def read(path: str) -> bytes | None:
        file = task.root / path
        return file.read_bytes() if file.is_file() else None

    found = patched(patch, read)
    return {path: (data or b"").decode(errors="replace") for path, data in found.items()}


def trees(files: Texts) -> dict[str, str]:
    """The code of files in one spelling (`canonical`), without what does not run: docstrings
    count as nothing."""
    return {path: _tree(text or "") for path, text in files.items()}


def _tree(text: str) -> str:
    try:
        tree = ast.parse(text)
    except UNREADABLE:
        return text
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            body[0] = ast.Pass()
    return ast.dump(canonical(tree))


def _is_docstring(node: object) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def truths(task: Task, candidates: Mapping[str, Texts]) -> dict[str, Truth]:
    """Of each candidate, by its id. Other than by its tree it is judged in a sandbox of its own;
    where that fails, only trees tell."""
    found = _by_tree(task, candidates)
    if all(truth.tree for truth in found.values()):
        return found
    try:
        with opened(task) as place:
            return truths_of(task, place.sandbox, place.command, place.observed(), candidates)
    except FixitError:
        return found


def truths_of(
    task: Task, sandbox: Sandbox, command: TestCommand, facts: TestFacts,
    candidates: Mapping[str, Texts],
) -> dict[str, Truth]:  # fmt: skip
    """The same in a sandbox that is open, which holds the faulty code."""
    found = _by_tree(task, candidates)
    left = {name: files for name, files in candidates.items() if not found[name].tree}
    return {**found, **_by_behaviour(task, sandbox, command, facts, left)}


def _by_tree(task: Task, candidates: Mapping[str, Texts]) -> dict[str, Truth]:
    want = trees(reference(task))
    return {name: Truth(tree=trees(files) == want) for name, files in candidates.items()}


@dataclass(frozen=True, slots=True)
class Place:
    """A copy of a task's repository, faulty, and a sandbox with it that is open."""

    task: Task
    root: Path
    snapshot: Snapshot
    sandbox: Sandbox
    command: TestCommand

    @property
    def cold(self) -> TestCommand:
        return self.command.cold if isinstance(self.command, WarmCommand) else self.command

    def observed(self) -> TestFacts:
        """What fails there."""
        named = self.task.failing
        return observe(self.cold, self.sandbox, named=named, reruns=1, limits=BASELINE)


@contextmanager
def opened(task: Task) -> Iterator[Place]:
    """In the interpreter of FIXIT_DEVELOPMENT_PYTHON, if that is set. Raises FixitError."""
    with tempfile.TemporaryDirectory(prefix="fixit-truth-") as folder:
        root = copy_repository(task, Path(folder) / task.root.name)
        told = os.environ.get("FIXIT_DEVELOPMENT_PYTHON")
        python = find_python(root, Path(told) if told else None, os.environ, lambda _: None)
        snapshot = Snapshot.of(root)
        sandbox = LocalSandbox(snapshot, python=python)
        sandbox.start()
        try:
            command = detect(root, test=task.test_command or BARE).command
            warm = WarmCommand(command) if isinstance(command, PytestCommand) else command
            yield Place(task, root, snapshot, sandbox, warm)
        finally:
            sandbox.close()


def _by_behaviour(
    task: Task, sandbox: Sandbox, command: TestCommand, facts: TestFacts,
    candidates: Mapping[str, Texts],
) -> dict[str, Truth]:  # fmt: skip
    """Truths of candidates whose trees are not the reference's."""
    want = reference(task)
    names = list(candidates)
    found: dict[str, Truth] = {}
    for first in range(0, len(names), AT_ONCE):
        part = {name: candidates[name] for name in names[first : first + AT_ONCE]}
        found.update(_compared(task, sandbox, command, facts, part, want))
    if facts.suite_cpu_s > SUITE_CPU_S or not found:
        return found
    if not any(truth.behaviour for truth in found.values()):
        return found
    decide = {*facts.failing, *facts.passing}

    def suite(files: Texts) -> dict[str, Outcome]:
        seen = verdicts(task, sandbox, command, files)
        return {nodeid: outcome for nodeid, outcome in seen.items() if nodeid in decide}

    should = suite(want)
    for name, truth in found.items():
        if truth.behaviour:
            same = suite(candidates[name]) == should
            found[name] = Truth(False, same, truth.calls, truth.telling, same)
    return found


def _compared(
    task: Task, sandbox: Sandbox, command: TestCommand, facts: TestFacts,
    candidates: Mapping[str, Texts], want: Texts,
) -> dict[str, Truth]:  # fmt: skip
    files = {REFERENCE: want, **candidates}
    changed = {n: frozenset(targets_of(partial(_text, task), t)) for n, t in files.items()}
    targets = tuple(dict.fromkeys(t for each in changed.values() for t in each))
    passing = near(facts)
    part = len(passing) / max(len(facts.passing), 1)
    seen, _ = compare(
        sandbox, command, files, targets, not_hanging(facts), passing,
        record_cpu_s=10.0 + 4.0 * part * facts.suite_cpu_s,
    )  # fmt: skip
    return {name: same_as_reference(name, seen, changed, targets) for name in candidates}


def same_as_reference(
    name: str, seen: Behaviours, changed: Mapping[str, frozenset[Target]],
    targets: Sequence[Target],
) -> Truth:  # fmt: skip
    """Whether a candidate does as the reference does. Where it changes another function, what
    one function does on its own tells nothing: then calls as tests make them count alone."""
    want, row = seen.by_id.get(REFERENCE), seen.by_id.get(name)
    if want is None or row is None:
        return Truth()
    alone = changed[name] != changed[REFERENCE]
    counted = [n for n, call in enumerate(seen.calls) if call.entry or not alone]
    mine = changed[name] | changed[REFERENCE]
    on = [seen.calls[n].target for n in counted]
    own = [t for t in on if alone or (t >= 0 and targets[t] in mine)]
    telling = sum(want[n] != seen.original[n] for n in counted)
    same = all(row[n] == want[n] for n in counted)
    enough = len(own) >= CALLS_LEAST and telling > 0
    return Truth(False, same and enough, len(own), telling)


def _text(task: Task, path: str) -> str | None:
    place = task.root / path
    return place.read_text(errors="replace") if place.is_file() else None


def near(facts: TestFacts) -> tuple[str, ...]:
    """Passing tests whose calls are compared: those in the files of the failing ones first."""
    files = {nodeid.partition("::")[0] for nodeid in facts.failing}
    ordered = sorted(facts.passing, key=lambda nodeid: nodeid.partition("::")[0] not in files)
    return tuple(ordered[:PASSING])


def verdicts(
    task: Task, sandbox: Sandbox, command: TestCommand, files: Texts
) -> dict[str, Outcome]:
    """The whole suite's outcomes with these files in place; the originals are put back."""
    with in_place(task, sandbox, files):
        run = command.run(sandbox, limits=SUITE_LIMITS)
    return {result.nodeid: result.outcome for result in run.results}


@contextmanager
def in_place(task: Task, sandbox: Sandbox, files: Texts) -> Iterator[None]:
    """The sandbox with these files; the faulty ones are put back."""
    sandbox.put({p: None if text is None else to_bytes(text) for p, text in files.items()})
    try:
        yield
    finally:
        old = {path: task.root / path for path in files}
        sandbox.put({p: f.read_bytes() if f.is_file() else None for p, f in old.items()})
