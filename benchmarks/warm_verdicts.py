"""Does the warm worker say what a new interpreter says? On every bundled repository.

    python benchmarks/warm_verdicts.py             all, in both sandboxes
    python benchmarks/warm_verdicts.py --quick     three, in the local one

Each suite is run with its bug and, in the same sandbox, after the reference fix, by a new
interpreter and twice by the warm worker. Compared are the outcome, the error's type and the frames
of every test. Other people's suites are compared by `benchmarks/packages.py`.

The Docker sandbox needs a daemon and the image `fixit-base:dev` (.ci/base-image).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from fixit_runtime.agent.seams import RunLimits, Sandbox, SuiteRun
from fixit_runtime.sandboxes.choose import make_docker, make_local
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tasks.bundle import load, names
from fixit_runtime.tasks.task import Task
from fixit_runtime.tasks.unified import patched
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.warm import WarmCommand

IMAGE = "fixit-base:dev"
QUICK = ("corner-bakery", "relay-watch", "sketchpad-undo")
LIMITS = RunLimits(wall_s=120.0, cpu_s=60.0)


@dataclass(frozen=True, slots=True)
class Row:
    """One repository in one sandbox: its tests, how many are red with the bug, how many verdicts
    of the worker differ in its four runs, and how many of these were cold."""

    task: str
    sandbox: str
    tests: int
    red: int
    differ: int
    cold_runs: int


def compare(task: Task, sandbox: Sandbox) -> Row:
    """`sandbox`: a new one with the task's repository; it is closed."""
    cold = PytestCommand(env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    sandbox.start()
    try:
        with WarmCommand(cold) as warm:
            want = [cold.run(sandbox, limits=LIMITS)]
            differ = _differ(want[0], _twice(warm, sandbox))
            sandbox.put(patched(task.solution or "", sandbox.get))
            want.append(cold.run(sandbox, limits=LIMITS))
            differ += _differ(want[1], _twice(warm, sandbox))
            red = len({r.nodeid for r in want[0].results if r.outcome in ("failed", "error")})
            return Row(task.name, sandbox.name, len(want[0].results), red, differ, warm.cold_runs)
    finally:
        sandbox.close()


def _twice(warm: WarmCommand, sandbox: Sandbox) -> Iterator[SuiteRun]:
    return (warm.run(sandbox, limits=LIMITS) for _ in range(2))


def _differ(want: SuiteRun, runs: Iterator[SuiteRun]) -> int:
    true = _verdicts(want)
    return sum(true.get(n) != seen.get(n) for seen in map(_verdicts, runs) for n in {*true, *seen})


def _verdicts(run: SuiteRun) -> dict[str, tuple[object, ...]]:
    return {r.nodeid: (r.outcome, r.error_type, r.frames) for r in run.results}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="three, in the local sandbox")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows here")
    options = parser.parse_args()
    rows = []
    head = (
        f"{'repository':<20} {'sandbox':<8} {'tests':>5} {'red':>4} {'differ':>7} {'cold runs':>10}"
    )
    print(head + "\n" + "-" * len(head))
    for name in QUICK if options.quick else names():
        task = load(name)
        snapshot = Snapshot.of(task.root)
        makers = [make_local(snapshot, Path(sys.executable))]
        makers += [] if options.quick else [make_docker(snapshot, IMAGE)]
        for make in makers:
            row = compare(task, make())
            rows.append(row)
            print(
                f"{row.task:<20} {row.sandbox:<8} {row.tests:>5} {row.red:>4} {row.differ:>7}"
                f" {row.cold_runs:>10}",
                flush=True,
            )
    equal = sum(row.differ == row.cold_runs == 0 for row in rows)
    print(f"every verdict equal, and no run cold: {equal} of {len(rows)}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
