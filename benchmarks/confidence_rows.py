"""What the search knew of its candidates on a development task, and whether they are right."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from truth import SUITE_CPU_S, SUITE_LIMITS, Place, Truth, in_place, opened, truths_of

from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.economy import Verdict as Said
from fixit_runtime.agent.errors import FixitError
from fixit_runtime.agent.ledger import Ledger, Limits
from fixit_runtime.agent.seams import Sandbox, State, TestCommand, TestFacts
from fixit_runtime.tasks.bundle import load
from fixit_runtime.tasks.harbor import read_task
from fixit_runtime.tasks.task import Task
from fixit_runtime.tools.judge import judge
from fixit_runtime.tools.localise import localise
from fixit_runtime.tools.repair.choice import Rival
from fixit_runtime.tools.repair.confidence import Evidence
from fixit_runtime.tools.repair.coverage import Coverage
from fixit_runtime.tools.repair.examine import judged
from fixit_runtime.tools.repair.groups import Kept
from fixit_runtime.tools.repair.search import SearchProposer
from fixit_runtime.tools.source import SourceTree
from fixit_runtime.tools.typecheck import TypeErrors, type_checker

MORE_SLICES = 1  # after the first that finds something
BROKEN = 12  # candidates that break a test, judged as the others are
CHECKED = 8  # candidates of each sort that the suite and the type checker see
TEXT = 200  # characters of a change that are kept


@dataclass(frozen=True, slots=True)
class Row:
    """A group of candidates of one task. `best`, `kinds`, `changes` (old and new text), `weight`
    and `found_at` (candidates tried up to it) are its first member's; `calls` and `telling` are
    what `truth` compared. Nothing but the evidence enters the fit: the rest serves the next one."""

    task: str
    package: str
    right: bool
    evidence: Evidence
    best: str = ""
    cpu_s: float = 0.0
    tried: int = 0
    members: int = 1
    exact: bool = False
    calls: int = 0
    telling: int = 0
    found_at: int = 0
    kinds: list[str] = field(default_factory=list)
    changes: list[list[str]] = field(default_factory=list)
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of a candidate: a row of `fit_checks.py`."""

    check: str
    right: bool
    accepted: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a task brought: rows, and whether a right candidate is among them."""

    task: str
    package: str
    rows: tuple[Row, ...]
    cpu_s: float
    tried: int
    problem: str = ""
    checks: tuple[Verdict, ...] = ()


def search(folder: Path | str, cpu_s: float) -> Outcome:
    """Search one task until something is found, and one slice more."""
    task = load(folder) if isinstance(folder, str) else read_task(folder)
    try:
        with opened(task) as place:
            return _searched(place, cpu_s)
    except FixitError as error:
        return Outcome(task.name, _package(task), (), 0.0, 0, str(error))


def _package(task: Task) -> str:
    return next(iter(task.metadata.keywords), "") or task.name


def _searched(place: Place, cpu_s: float) -> Outcome:
    host = time.process_time()
    task, sandbox, command = place.task, place.sandbox, place.command
    tree, facts, coverage = (
        SourceTree(place.root, place.snapshot.files),
        place.observed(),
        Coverage(),
    )
    proposer = SearchProposer(
        sandbox, command, tree.read, tree.python_files(),
        prices=Prices(), clock=time.monotonic, coverage=coverage,
    )  # fmt: skip
    traced = place.cold.run(sandbox, coverage=True)
    coverage.learn(traced)
    state = State(
        GridEstimator(()).belief(facts, ("search",)), facts,
        suspects=localise(facts, traced, tree.text), planned=True, types=traced.types,
    )  # fmt: skip
    ledger, tried, more = Ledger(Limits(deadline_s=10 * cpu_s)), 0, MORE_SLICES

    def used_s() -> float:
        return ledger.spent.cpu_s + time.process_time() - host

    while used_s() < cpu_s:
        made = proposer.propose(state, ledger)
        tried += made.tried
        known = (*state.candidates, *made.candidates, *made.refused)
        state = replace(state, candidates=known, cursors={"search": made.cursor})
        more -= bool(proposer.choice.rivals)
        if made.exhausted or more < 0 or not made.tried:
            break
    searched_s = used_s()
    made_rows, checks = _judged(task, proposer, sandbox, command, state)
    rows = tuple(replace(row, cpu_s=searched_s, tried=tried) for row in made_rows)
    return Outcome(task.name, _package(task), rows, searched_s, tried, checks=tuple(checks))


def _judged(
    task: Task, proposer: SearchProposer, sandbox: Sandbox, command: TestCommand, state: State
) -> tuple[list[Row], list[Verdict]]:
    """A row of each group of candidates that do the same, and what the checks say of them and
    of some that break a test around them."""
    choice = proposer.choice
    live = {name: rival for name, rival in choice.rivals.items() if name in choice.evidence}
    broken = dict(list(choice.broken.items())[:BROKEN])
    texts = {name: rival.files for name, rival in {**live, **broken}.items()}
    known = truths_of(task, sandbox, command, state.facts, texts)
    told: dict[Evidence, list[str]] = {}
    for name in live:
        told.setdefault(choice.evidence[name], []).append(name)
    rows = []
    for evidence, group in told.items():
        first = live[group[0]].found
        best = max((known[name] for name in group), key=lambda truth: (truth.right, truth.calls))
        rows.append(
            Row(
                task.name, _package(task), best.right, evidence, first.drawn.note,
                members=len(group), exact=any(known[name].tree for name in group),
                calls=best.calls, telling=best.telling, found_at=first.tried,
                kinds=[ranked.kind.name for ranked in first.drawn.edits],
                changes=_changes(live[group[0]]), weight=live[group[0]].weight,
            )
        )  # fmt: skip
    rows.sort(key=lambda row: -row.evidence.share)
    said = _verdicts(task, sandbox, command, state.facts, known, live, broken)
    return rows, [*said, *(v for row in rows if (v := _on_inputs(row)))]


def _on_inputs(row: Row) -> Verdict | None:
    """What calls like those of the tests say of a group, as `examine` judges it."""
    told = row.evidence
    how = Kept(told.calls, told.kept, told.changed, told.raises, told.heals)
    verdict, _ = judged(how)
    if verdict is Said.FAILED:
        return None
    return Verdict("verify:inputs", row.right, verdict is Said.ACCEPT)


def _verdicts(
    task: Task, sandbox: Sandbox, command: TestCommand, facts: TestFacts,
    known: Mapping[str, Truth], live: Mapping[str, Rival], broken: Mapping[str, Rival],
) -> list[Verdict]:  # fmt: skip
    """Of the tests around the change, of the whole suite, and of the type checker. All see those
    that the tests around the change reject: the suite holds these too."""
    said = [Verdict("verify:near", known[n].right, True) for n, r in live.items() if r.neighbours]
    said += [Verdict("verify:near", known[n].right, False) for n in broken]
    some = {**dict(list(live.items())[:CHECKED]), **dict(list(broken.items())[:CHECKED])}
    typed = type_checker(partial(_text, task), sandbox)
    before: dict[tuple[str, ...], TypeErrors] = {}
    for name, rival in some.items():
        right, paths = known[name].right, tuple(rival.files)
        with in_place(task, sandbox, rival.files):
            if facts.suite_cpu_s <= SUITE_CPU_S:
                run = command.run(sandbox, limits=SUITE_LIMITS)
                said.append(Verdict("verify:suite", right, judge(facts, run, scope="suite").ok))
            after = typed.check(sandbox, paths) if typed else None
        if typed and after:
            if paths not in before:
                before[paths] = typed.check(sandbox, paths)
            if not (after.why_not or before[paths].why_not):
                added = after.added_to(before[paths])
                said.append(Verdict("verify:types", right, not added))
    return said


def _text(task: Task, path: str) -> str | None:
    file = task.root / path
    return file.read_text(errors="replace") if file.is_file() else None


def _changes(rival: Rival) -> list[list[str]]:
    """What each edit takes away, and what it writes there."""
    return [
        [ranked.source.text[piece.start : piece.end][:TEXT], piece.text[:TEXT]]
        for ranked in rival.found.drawn.edits
        for piece in ranked.edit.replacements
    ]
