"""Collects what the search knew of its candidates on development tasks, and fits P(correct) to it.

    python benchmarks/fit_confidence.py --tasks DIR --rows ROWS.jsonl     collect, 20 CPU s a task
    python benchmarks/fit_confidence.py --rows ROWS.jsonl                 fit: Brier, reliability
    python benchmarks/fit_confidence.py --rows ROWS.jsonl --write         and keep the weights
    python benchmarks/fit_confidence.py --quick                           three bundled tasks

DIR holds training tasks in Harbor's format (repeatable). Each is searched in the local sandbox;
every group of candidates that do the same becomes a row: its evidence, and whether it is right.
Right is what has the reference's syntax trees, or does the same as the reference on all calls
that were compared. A task that stands in ROWS.jsonl is not searched again. Figures are of
packages that the weights were not fitted on: each package is left out once.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from pprint import pformat

import numpy as np
from numpy.typing import NDArray

from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.errors import FixitError
from fixit_runtime.agent.ledger import Ledger, Limits
from fixit_runtime.agent.seams import RunLimits, Sandbox, State, TestCommand
from fixit_runtime.sandboxes.interpreter import find_python
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tasks.bundle import copy_repository, load, names
from fixit_runtime.tasks.harbor import read_task
from fixit_runtime.tasks.task import Task
from fixit_runtime.tasks.unified import patched
from fixit_runtime.tools.baseline import observe
from fixit_runtime.tools.detect import detect
from fixit_runtime.tools.localise import localise
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.repair import confidence_weights
from fixit_runtime.tools.repair.behaviour import compare
from fixit_runtime.tools.repair.choice import not_hanging
from fixit_runtime.tools.repair.confidence import Evidence
from fixit_runtime.tools.repair.confidence_weights import WEIGHTS
from fixit_runtime.tools.repair.coverage import Coverage
from fixit_runtime.tools.repair.groups import groups_of
from fixit_runtime.tools.repair.search import SearchProposer
from fixit_runtime.tools.source import SourceTree
from fixit_runtime.tools.warm import WarmCommand

Array = NDArray[np.float64]
# Plugins of the interpreter that runs this cost more than the little suites themselves.
BARE = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest"
BASELINE = RunLimits(wall_s=60.0, cpu_s=15.0)
QUICK = ("corner-bakery", "marathon-splits", "piggy-bank")
PULL = 0.3  # strength of the pull of each weight towards the assumed one
ROUNDS = 200  # of Newton's method at most
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
MORE_SLICES = 1  # after the first that finds something
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Row:
    """A group of candidates of one task. `best`: its first member's note."""

    task: str
    package: str
    right: bool
    evidence: Evidence
    best: str = ""
    cpu_s: float = 0.0
    tried: int = 0
    members: int = 1
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a task brought: rows, and whether a right candidate is among them."""

    task: str
    package: str
    rows: tuple[Row, ...]
    cpu_s: float
    tried: int
    problem: str = ""


def search(folder: Path | str, cpu_s: float) -> Outcome:
    """Search one task until something is found, and one slice more."""
    task = load(folder) if isinstance(folder, str) else read_task(folder)
    package = next(iter(task.metadata.keywords), "") or task.name
    with tempfile.TemporaryDirectory(prefix="fixit-confidence-") as place:
        root = copy_repository(task, Path(place) / task.root.name)
        snapshot = Snapshot.of(root)
        told = os.environ.get("FIXIT_DEVELOPMENT_PYTHON")
        python = find_python(root, Path(told) if told else None, os.environ, lambda _: None)
        sandbox = LocalSandbox(snapshot, python=python)
        sandbox.start()
        try:
            detected = detect(root, test=task.test_command or BARE).command
            warm = WarmCommand(detected) if isinstance(detected, PytestCommand) else detected
            return _searched(task, package, SourceTree(root, snapshot.files), sandbox, warm, cpu_s)
        except FixitError as error:
            return Outcome(task.name, package, (), 0.0, 0, str(error))
        finally:
            sandbox.close()


def _searched(
    task: Task, package: str, tree: SourceTree, sandbox: Sandbox, command: TestCommand, cpu_s: float
) -> Outcome:
    host = time.process_time()
    cold = getattr(command, "cold", command)
    facts = observe(cold, sandbox, named=task.failing, reruns=1, limits=BASELINE)
    coverage = Coverage()
    proposer = SearchProposer(
        sandbox, command, tree.read, tree.python_files(),
        prices=Prices(), clock=time.monotonic, coverage=coverage,
    )  # fmt: skip
    traced = cold.run(sandbox, coverage=True)
    coverage.learn(traced)
    state = State(
        GridEstimator(()).belief(facts, ("search",)), facts,
        suspects=localise(facts, traced, tree.text), planned=True,
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
    rows = tuple(_rows(task, package, proposer, sandbox, command, state))
    rows = tuple(replace(row, cpu_s=used_s(), tried=tried) for row in rows)
    return Outcome(task.name, package, rows, used_s(), tried)


def _rows(
    task: Task, package: str, proposer: SearchProposer, sandbox: Sandbox, command: TestCommand,
    state: State,
) -> Sequence[Row]:  # fmt: skip
    choice = proposer.choice
    if not choice.rivals:
        return []
    want = _reference(task)
    live = dict(list(choice.rivals.items()))
    files = {REFERENCE: dict(want.items()), **{i: r.files for i, r in live.items()}}
    targets = tuple(dict.fromkeys(target for rival in live.values() for target in rival.targets))
    passing = choice.around(state.facts, [r.found for r in live.values()])
    seen, _ = compare(
        sandbox, command, files, targets, not_hanging(state.facts), passing,
        record_cpu_s=choice.record_cpu_s(state.facts, passing),
    )  # fmt: skip
    same = next((g for g in groups_of(list(files), seen, len(targets)) if REFERENCE in g), ())
    rows = []
    told: dict[Evidence, list[str]] = {}
    for name in live:
        if name in choice.evidence:
            told.setdefault(choice.evidence[name], []).append(name)
    for evidence, group in told.items():
        exact = [n for n in group if _trees(live[n].files) == _trees(want)]
        right = bool(exact) or any(name in same for name in group)
        text = live[group[0]].found.drawn.note
        rows.append(
            Row(task.name, package, right, evidence, text, members=len(group), exact=bool(exact))
        )
    return rows


def _reference(task: Task) -> dict[str, str | None]:
    def read(path: str) -> bytes | None:
        file = task.root / path
        return file.read_bytes() if file.is_file() else None

    found = patched(task.solution or "", read)
    return {path: (data or b"").decode(errors="replace") for path, data in found.items()}


def _trees(files: Mapping[str, str | None]) -> dict[str, str]:
    return {path: ast.dump(ast.parse(text or "")) for path, text in files.items()}


# ---- the fit

# by hand, before there were rows: what every fit is pulled towards, and never an earlier fit, so
# that the same rows give the same weights however often they are fitted
ASSUMED = {
    "bias": 0.4,
    "trust": 2.5,
    "share": 0.8,
    "groups": -0.2,
    "members": 0.3,
    "failing": 0.3,
    "neighbours": 0.5,
    "passed": -0.8,
    "place": -0.8,
    "grows": -0.5,
    "shrinks": -0.8,
    "edits": -0.7,
    "literal": -0.7,
    "silences": -0.6,
    "compared": 0.0,
    "lost": -1.5,
    "changed": -0.5,
    "raises": -1.5,
    "heals": 0.2,
}


def fit(rows: Sequence[Row]) -> dict[str, float]:
    """Logistic regression, each task counting the same, pulled towards the assumed weights."""
    names_ = list(rows[0].evidence.features())
    x = np.array([[row.evidence.features()[name] for name in names_] for row in rows])
    y = np.array([float(row.right) for row in rows])
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.task] = counts.get(row.task, 0) + 1
    each = np.array([1.0 / math.sqrt(counts[row.task]) for row in rows])
    middle = np.array([ASSUMED.get(name, 0.0) for name in names_])
    weights = middle.copy()
    for _ in range(ROUNDS):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (each * (p - y)) + PULL * (weights - middle)
        curve = (x * (each * p * (1 - p))[:, None]).T @ x + PULL * np.eye(len(middle))
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-6:
            break
    return {name: round(float(value), 3) for name, value in zip(names_, weights, strict=True)}


def left_out(rows: Sequence[Row]) -> Array:
    """P of each row by weights that were fitted without its package."""
    found = np.zeros(len(rows))
    for package in {row.package for row in rows}:
        rest = [row for row in rows if row.package != package]
        weights = fit(rest) if rest else dict(ASSUMED)
        for n, row in enumerate(rows):
            if row.package == package:
                found[n] = _p(row, weights)
    return found


def _p(row: Row, weights: Mapping[str, float]) -> float:
    features = row.evidence.features()
    logit = sum(weights.get(name, 0.0) * value for name, value in features.items())
    return 1.0 / (1.0 + math.exp(-logit))


def print_figures(rows: Sequence[Row], p: Array, title: str) -> None:
    """Brier score and reliability of all rows, and what the best of each task is worth."""
    y = np.array([float(row.right) for row in rows])
    print(f"{title}: {len(rows)} groups of {len({r.task for r in rows})} tasks, "
          f"{int(y.sum())} right; Brier {np.mean((p - y) ** 2):.3f} "
          f"(always the mean: {np.mean((y.mean() - y) ** 2):.3f})")  # fmt: skip
    for low, high in itertools.pairwise(BINS):
        inside = (p >= low) & ((p < high) | (high == BINS[-1]))
        if inside.any():
            print(f"   P {low:.1f}-{high:.1f}: {int(inside.sum()):4d} groups, "
                  f"mean P {p[inside].mean():.2f}, right {y[inside].mean():.2f}")  # fmt: skip
    best: dict[str, tuple[float, bool]] = {}
    for row, chance in zip(rows, p, strict=True):
        best[row.task] = max(best.get(row.task, (0.0, False)), (float(chance), row.right))
    found = {row.task for row in rows if row.right}
    print("   threshold  called  precision  of those with a right candidate")
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        called = [(t, right) for t, (chance, right) in best.items() if chance >= threshold]
        right = sum(r for _, r in called)
        precision = right / len(called) if called else float("nan")
        print(f"   {threshold:9.1f} {len(called):7d} {precision:10.2f} "
              f"{right / max(len(found), 1):10.2f}")  # fmt: skip


def _read(path: Path) -> tuple[list[Row], set[str]]:
    rows: list[Row] = []
    done: set[str] = set()
    for line in path.read_text().splitlines() if path.exists() else ():
        data = json.loads(line)
        done.add(data["task"])
        for each in data["rows"]:
            rows.append(Row(**{**each, "evidence": Evidence(**each["evidence"])}))
    return rows, done


def _write(weights: Mapping[str, float]) -> None:
    place = Path(str(confidence_weights.__file__))
    lines = "".join(f'    "{name}": {weight},\n' for name, weight in weights.items())
    place.write_text(
        '"""Weights of `confidence`, by feature, as `benchmarks/fit_confidence.py` fitted them."""'
        f"\n\nWEIGHTS = {{\n{lines}}}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--bundled", action="store_true", help="the bundled tasks too")
    parser.add_argument("--rows", type=Path, default=Path("confidence-rows.jsonl"), metavar="FILE")
    parser.add_argument("--cpu", type=float, default=20.0, help="CPU seconds a task (20)")
    parser.add_argument("--only", default="", help="tasks whose name holds this text")
    parser.add_argument("--write", action="store_true", help="keep the fitted weights")
    parser.add_argument("--quick", action="store_true", help="three bundled tasks, no fit")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the weights here")
    options = parser.parse_args()
    rows, done = _read(options.rows)
    todo: list[Path | str] = list(QUICK) if options.quick else []
    if options.bundled:
        todo += names()
    for folder in options.tasks:
        todo += sorted(path for path in folder.iterdir() if (path / "task.toml").is_file())
    for each in todo:
        name = each if isinstance(each, str) else read_task(each).name
        if name in done or options.only not in name:
            continue
        made = search(each, options.cpu)
        right = any(row.right for row in made.rows)
        print(f"{made.task[:40]:<40} {len(made.rows):3d} groups {'right' if right else '-':<6}"
              f"{made.tried:6d} tried {made.cpu_s:6.1f} CPU s {made.problem[:80]}",
              file=sys.stderr, flush=True)  # fmt: skip
        with options.rows.open("a") as out:
            out.write(json.dumps(asdict(made)) + "\n")
        rows += made.rows
    if options.quick or not rows:
        return
    print_figures(rows, np.array([_p(row, WEIGHTS) for row in rows]), "the shipped weights")
    print_figures(rows, left_out(rows), "each package left out once")
    weights = fit(rows)
    print(pformat(weights, sort_dicts=False))
    if options.write:
        _write(weights)
    if options.json:
        options.json.write_text(json.dumps(weights, indent=2) + "\n")


if __name__ == "__main__":
    main()
