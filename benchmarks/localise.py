"""Where localisation puts the fault: by formula, and by what else is asked.

    python benchmarks/localise.py --tasks DIR --cache DIR    tasks in Harbor's format (repeatable)
    python benchmarks/localise.py --quick                    the hand-made bugs beside this file

For each task with a reference fix the suite is run once with coverage, in a sandbox, and kept in
the cache folder that `train_order.py` uses, too. `rank`: the place of the first statement that
the fix changes, ties halved, geometric mean; `first`, `five`: the part of the bugs where it is
the first, or among the first five. A fix that only adds lines counts at its neighbours.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import lessons as data

from fixit_runtime.agent.seams import Suspect
from fixit_runtime.tools.localise import SHARES, Shares, dstar, localise, ochiai
from fixit_runtime.tools.repair.lessons import Lesson
from fixit_runtime.tools.source import SourceTree

BUGS = Path(__file__).parent / "bugs"
UNSUSPECTED = 500.0  # the rank of a fault that nothing points at
NOTHING = Shares()
ARMS = {
    "Ochiai": (ochiai, NOTHING),
    "Ochiai, and the rest": (ochiai, SHARES),
    "D*": (dstar, NOTHING),
    "D*, branches": (dstar, Shares(branch=SHARES.branch)),
    "D*, branches and data": (dstar, Shares(branch=SHARES.branch, data=SHARES.data)),
    "D*, assertions": (dstar, Shares(called=SHARES.called, held=SHARES.held)),
    "D*, and the rest": (dstar, SHARES),
}


def rank(suspects: Sequence[Suspect], lesson: Lesson) -> float:
    """The place of the first statement that the fix changes, ties halved."""
    target = lesson.target
    if target is None:
        return 0.0
    near = [
        s.suspiciousness
        for s in suspects
        if s.path == target.path and target.first - 1 <= s.line <= target.last + 1
    ]
    if not near:
        return UNSUSPECTED
    above = sum(s.suspiciousness > max(near) for s in suspects)
    ties = sum(s.suspiciousness == max(near) for s in suspects)
    return above + (ties + 1) / 2


def ranks(folder: Path, cache: Path, python: Path) -> Iterator[dict[str, float]]:
    """By arm, for each task whose fix is in one file."""
    for task, run in data.traced_tasks(folder, cache, python=python):
        lesson = data.of_task(task, run)
        if lesson is None or lesson.target is None:
            continue
        read = SourceTree(task.root).text
        paths = {s.path for s in lesson.suspects}
        made = {}
        for arm, (formula, shares) in ARMS.items():
            found = localise(lesson.facts, run, read, formula, shares)
            made[arm] = rank([s for s in found if s.path in paths], lesson)
        yield made


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/fixit-lessons"), metavar="DIR")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="of the tasks")
    parser.add_argument("--quick", action="store_true", help="the hand-made bugs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the ranks here")
    options = parser.parse_args()
    folders = options.tasks or [BUGS]
    rows = [row for folder in folders for row in ranks(folder, options.cache, options.python)]
    print(f"{len(rows)} bugs\n{'':<24} {'rank':>6} {'first':>6} {'five':>6}")
    for arm in ARMS:
        found = [row[arm] for row in rows]
        mean = math.exp(statistics.mean(map(math.log, found))) if found else 0.0
        first, five = (sum(r <= most for r in found) / max(len(found), 1) for most in (1, 5))
        print(f"{arm:<24} {mean:>6.2f} {first:>6.0%} {five:>6.0%}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
