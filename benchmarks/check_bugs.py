"""Are the hand-made bugs of benchmarks/bugs tasks? Each suite is run before and after its fix.

    python benchmarks/check_bugs.py                     all of them, twice
    python benchmarks/check_bugs.py --quick             eight of them, once
    python benchmarks/check_bugs.py --task tide-tables  one

A task is valid when, in a sandbox, exactly the named tests are red before the reference fix and
none is after it, and when every run says the same. The exit status is 1 when one is not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tasks.bundle import copy_repository
from fixit_runtime.tasks.harbor import read_task
from fixit_runtime.tasks.task import Task
from fixit_runtime.tasks.validate import validate
from fixit_runtime.tools.pytest_run import PytestCommand

SHELF = Path(__file__).resolve().parent / "bugs"
QUICK = 8


@dataclass(frozen=True, slots=True)
class Row:
    """What the runs of one task showed."""

    task: str
    fault: str
    reach: str
    layout: str
    style: str
    red: int
    tests: int
    problems: tuple[str, ...]


def load(only: list[str] | None = None) -> list[Task]:
    """The tasks by name. Raises UsageError where one that is asked for is not there."""
    names = only or sorted(path.parent.name for path in SHELF.glob("*/task.toml"))
    return [read_task(SHELF / name) for name in names]


def check(task: Task, runs: int) -> Row:
    """Validate a task so many times; a problem of any run counts once."""
    command = PytestCommand(env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    problems: dict[str, None] = {}
    tests = red = 0
    with tempfile.TemporaryDirectory(prefix="fixit-bugs-") as folder:
        task = replace(task, root=copy_repository(task, Path(folder) / task.name))
        for _ in range(runs):
            validity = validate(task, _local, lambda task: command)
            problems |= dict.fromkeys(validity.problems)
            tests, red = len(validity.before.results), len(task.failing)
    about = task.metadata
    kind = (about.fault, about.reach, about.layout, about.style)
    return Row(task.name, *kind, red, tests, tuple(problems))


def _local(root: Path) -> Sandbox:
    return LocalSandbox(Snapshot.of(root), python=Path(sys.executable))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} tasks, one run each")
    parser.add_argument("--task", action="append", help="only this one (repeatable)")
    parser.add_argument("--runs", type=int, default=2, help="how often each suite is run (2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows here")
    options = parser.parse_args()
    try:
        tasks = load(options.task)
    except UsageError as error:
        parser.error(error.message)
    if options.quick:
        tasks, options.runs = tasks[:QUICK], 1
    rows = []
    print(f"{'task':<24} {'fault':<24} {'reach':<9} {'layout':<7} {'style':<9} red/tests")
    for task in tasks:
        row = check(task, options.runs)
        rows.append(row)
        print(
            f"{row.task:<24} {row.fault:<24} {row.reach:<9} {row.layout:<7} {row.style:<9} "
            f"{row.red:>3}/{row.tests:<4} {'; '.join(row.problems)}".rstrip(),
            flush=True,
        )
    invalid = sum(bool(row.problems) for row in rows)
    reach = ", ".join(f"{n} {kind}" for kind, n in Counter(row.reach for row in rows).items())
    faults = len({row.fault for row in rows})
    print(f"{len(rows)} tasks ({reach}) of {faults} fault kinds, {invalid} not valid")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    sys.exit(1 if invalid else 0)


if __name__ == "__main__":
    main()
