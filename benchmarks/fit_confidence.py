"""Collects what the search knew of its candidates on development tasks, and fits P(correct) to it.

    python benchmarks/fit_confidence.py --tasks DIR --rows ROWS.jsonl     collect, 20 CPU s a task
    python benchmarks/fit_confidence.py --rows ROWS.jsonl                 fit: Brier, reliability
    python benchmarks/fit_confidence.py --rows ROWS.jsonl --write         and keep the weights
    python benchmarks/fit_confidence.py --quick                           three bundled tasks

DIR holds training tasks in Harbor's format (repeatable). Each is searched in the local sandbox;
every group of candidates that do the same becomes a row: its evidence, and whether it is right.
Right is what `truth` says is right; one that it could not compare on any call, and that is not
the reference's own tree, is not known to be wrong and is left out. The rows also hold what each
check said of candidates: `--checks FILE` writes that for `fit_checks.py`. A task that stands in
ROWS.jsonl is not searched again. Figures are of packages that the weights were not fitted on:
each package is left out once.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from pprint import pformat
from typing import Any

import numpy as np
from confidence_rows import Outcome, Row, search
from numpy.typing import NDArray
from repair import folders

from fixit_runtime.tasks.bundle import names
from fixit_runtime.tasks.harbor import read_task
from fixit_runtime.tools.repair import confidence_weights
from fixit_runtime.tools.repair.confidence import Evidence
from fixit_runtime.tools.repair.confidence_weights import WEIGHTS

Array = NDArray[np.float64]
QUICK = ("corner-bakery", "marathon-splits", "piggy-bank")
PULL = 0.3  # strength of the pull of each weight towards the assumed one
ROUNDS = 200  # of Newton's method at most
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
WALL_FACTOR, WALL_S = 8.0, 400.0  # a task that takes longer is ended

# by hand, before there were rows: what every fit is pulled towards, and never an earlier fit, so
# that the same rows give the same weights however often they are fitted
ASSUMED = {
    "bias": 0.4,
    "trust": 2.5,
    "share": 0.8,
    "alone": 0.4,
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
    "same": -1.0,
    "raises": -1.5,
    "heals": 0.2,
    "odd": -2.5,
    "traced": 0.2,
    "covering": 0.2,
    "score": 0.0,
}


# these can tell one way only, that of the assumed weight: whatever few rows say, a part of it stays
ONE_WAY = (
    "trust", "share", "failing", "neighbours", "covering", "traced", "passed", "place", "lost",
    "odd", "silences", "literal", "same", "shrinks", "raises", "changed", "edits",
)  # fmt: skip
LEAST = 0.5


def fit(rows: Sequence[Row]) -> dict[str, float]:
    """Logistic regression, each task counting the same, pulled towards the assumed weights."""
    held: dict[str, float] = {}
    while True:
        weights = _fitted(rows, held)
        small = [n for n in ONE_WAY if n not in held and weights[n] / ASSUMED[n] < LEAST]
        if not small:
            return weights
        held |= {name: round(LEAST * ASSUMED[name], 3) for name in small}


def _fitted(rows: Sequence[Row], held: Mapping[str, float]) -> dict[str, float]:
    """The weights of all features, where these are given."""
    seen = [row.evidence.features() for row in rows]
    names_ = [name for name in seen[0] if name not in held]
    x = np.array([[features[name] for name in names_] for features in seen])
    given = np.array([sum(w * features[n] for n, w in held.items()) for features in seen])
    y = np.array([float(row.right) for row in rows])
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.task] = counts.get(row.task, 0) + 1
    each = np.array([1.0 / math.sqrt(counts[row.task]) for row in rows])
    middle = np.array([ASSUMED.get(name, 0.0) for name in names_])
    weights = middle.copy()
    for _ in range(ROUNDS):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ weights + given, -30, 30)))
        slope = x.T @ (each * (p - y)) + PULL * (weights - middle)
        curve = (x * (each * p * (1 - p))[:, None]).T @ x + PULL * np.eye(len(middle))
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-6:
            break
    found = {name: round(float(value), 3) for name, value in zip(names_, weights, strict=True)}
    return {name: {**found, **held}[name] for name in seen[0]}


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
            rows.append(_row(each))
    return rows, done


def _alone(task: Path | str, options: argparse.Namespace) -> dict[str, Any]:
    """One task in a process of its own; a problem where it does not end well."""
    command = [sys.executable, __file__, "--one", str(task), "--cpu", str(options.cpu)]
    told = {"FIXIT_DEVELOPMENT_PYTHON": str(options.python)} if options.python else {}
    name = task if isinstance(task, str) else read_task(task).name
    try:
        done = subprocess.run(
            command, env={**os.environ, **told}, capture_output=True, text=True,
            timeout=WALL_FACTOR * options.cpu + WALL_S, check=False,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found
    except subprocess.TimeoutExpired:
        why = "too late"
    except (IndexError, json.JSONDecodeError):
        why = (done.stderr.strip().splitlines() or ["no result"])[-1]
    return asdict(Outcome(name, "", (), 0.0, 0, why))


def _row(data: Mapping[str, Any]) -> Row:
    return Row(**{**data, "evidence": Evidence(**data["evidence"])})


def _write_checks(rows: Path, place: Path) -> None:
    """The verdicts of all rows, as `fit_checks.py` reads them."""
    said = [v for line in rows.read_text().splitlines() for v in json.loads(line).get("checks", ())]
    place.write_text("".join(json.dumps(verdict) + "\n" for verdict in said))


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
    parser.add_argument("--jobs", type=int, default=1, help="tasks at a time (1)")
    parser.add_argument("--python", type=Path, help="interpreter that has the tasks' dependencies")
    parser.add_argument("--checks", type=Path, metavar="FILE", help="also write fit_checks' rows")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        place = Path(options.one)
        made = search(place if place.is_dir() else options.one, options.cpu)
        print(json.dumps(asdict(made)))
        return
    rows, done = _read(options.rows)
    todo: list[Path | str] = list(QUICK) if options.quick else []
    if options.bundled:
        todo += names()
    todo += folders(options.tasks)
    named = [(each if isinstance(each, str) else read_task(each).name, each) for each in todo]
    left = [each for name, each in named if name not in done and options.only in name]
    with ThreadPoolExecutor(options.jobs) as pool, options.rows.open("a") as out:
        started = [pool.submit(_alone, each, options) for each in left]
        for ended in as_completed(started):
            data = ended.result()
            out.write(json.dumps(data) + "\n")
            out.flush()
            found = [_row(each) for each in data["rows"]]
            right = any(row.right for row in found)
            print(f"{data['task'][:40]:<40} {len(found):3d} groups {'right' if right else '-':<6}"
                  f"{data['tried']:6d} tried {data['cpu_s']:6.1f} CPU s {data['problem'][:80]}",
                  file=sys.stderr, flush=True)  # fmt: skip
            rows += found
    if options.checks:
        _write_checks(options.rows, options.checks)
    rows = [row for row in rows if row.right or row.calls]
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
