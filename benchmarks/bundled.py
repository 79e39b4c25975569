"""The search tier on the bundled failing repositories: fixed, correct, candidates, CPU seconds.

    python benchmarks/bundled.py                     all tasks
    python benchmarks/bundled.py --quick             four of them, about a minute
    python benchmarks/bundled.py --task piggy-bank   one

A fix is `exact` when its syntax trees equal the reference's, and `correct` when, besides that or
instead of it, the task's own verifier (tests and their hashes) accepts it and so does
`fixit`. These tasks were written for fixit and are no measure of its power on other code.
"""

from __future__ import annotations

import argparse
import ast
import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from fixit_runtime.agent.config import load as load_settings
from fixit_runtime.agent.report.progress import Progress
from fixit_runtime.agent.report.record import RunReport
from fixit_runtime.agent.wiring import repair
from fixit_runtime.tasks.bundle import copy_repository, load, names
from fixit_runtime.tasks.task import Task
from fixit_runtime.tasks.unified import patched

# Plugins of the interpreter that runs this cost more than the little suites themselves.
BARE = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest"
QUICK = ("corner-bakery", "marathon-splits", "piggy-bank", "relay-watch")


@dataclass(frozen=True, slots=True)
class Row:
    """One task's result."""

    task: str
    fault: str
    reach: str
    outcome: str
    exact: bool
    p_correct: float
    steps: int
    cpu_s: float
    seconds: float
    note: str


def same_trees(task: Task, patch: str) -> bool:
    """Whether a patch gives the files that the reference gives, formatting aside."""
    if task.solution is None:
        return False

    def read(path: str) -> bytes | None:
        file = task.root / path
        return file.read_bytes() if file.is_file() else None

    want, got = patched(task.solution, read), patched(patch, read)
    return {p: _tree(t) for p, t in want.items()} == {p: _tree(t) for p, t in got.items()}


def _tree(text: bytes | None) -> str:
    return "" if text is None else ast.dump(ast.parse(text))


def run(name: str, folder: Path, flags: Mapping[str, object]) -> tuple[Row, RunReport]:
    """Repair one bundled task in a copy below `folder`."""
    task = load(name)
    root = copy_repository(task, folder / name)
    settings = load_settings(root, {"sandbox": "local", "test": BARE, **flags})
    started = time.monotonic()
    report = repair(root, settings, Progress(quiet=True)).report
    note = report.steps[-1].detail if report.steps else report.reason
    row = Row(
        name,
        task.metadata.fault,
        task.metadata.reach,
        report.outcome,
        bool(report.patch) and same_trees(task, report.patch or ""),
        report.p_correct,
        len(report.steps),
        report.cost.cpu_seconds,
        time.monotonic() - started,
        note,
    )
    return row, report


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="four tasks")
    parser.add_argument("--task", action="append", help="only this one (repeatable)")
    parser.add_argument("--deadline", type=float, default=90.0, help="seconds a task (90)")
    parser.add_argument(
        "--latency-price", type=float, default=1.0, metavar="USD",
        help="per hour; low by default, since a busy machine would end the search early",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows here")
    options = parser.parse_args()
    chosen = options.task or (QUICK if options.quick else names())
    rows = []
    print(f"{'task':<20} {'fault':<22} {'outcome':<10} {'exact':<6} {'P':>5} {'CPU s':>7} {'s':>7}")
    with tempfile.TemporaryDirectory(prefix="fixit-bundled-") as folder:
        for name in chosen:
            flags = {"deadline": options.deadline, "latency_price": options.latency_price}
            row, _ = run(name, Path(folder), flags)
            rows.append(row)
            print(
                f"{row.task:<20} {row.fault[:22]:<22} {row.outcome:<10} {row.exact!s:<6} "
                f"{row.p_correct:>5.2f} {row.cpu_s:>7.1f} {row.seconds:>7.1f}  {row.note[:90]}",
                flush=True,
            )
    fixed = sum(row.outcome == "fixed" for row in rows)
    print(f"fixed {fixed} of {len(rows)}, exact {sum(row.exact for row in rows)}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
