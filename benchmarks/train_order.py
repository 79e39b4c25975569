"""Trains the order of candidates on bugs whose right edit is known, and says what that brings.

    python benchmarks/train_order.py --tasks DIR --cache DIR             figures, cross-validated
    python benchmarks/train_order.py --tasks DIR --cache DIR --write     and ship the weights
    python benchmarks/train_order.py --runs .fixit --weights FILE        from your own runs too
    python benchmarks/train_order.py --quick                             a few little programs

The data: task folders in Harbor's format (`--tasks`, repeatable; injected bugs in packages say),
the slips in the little programs of `benchmarks/slips`, and the runs in your own state folders that
ended with a confirmed patch (`--runs`, repeatable). `FIXIT_SEARCH_WEIGHTS=FILE` has fixit order its
candidates by the weights that `--weights` wrote. For each the tests are run once with
coverage in a sandbox, and kept in the cache folder; no candidate is run. A draft is right when it
gives the reference's syntax tree. `reach`: the part of the bugs that some draft repairs. `rank`:
how many drafts the order gives up to and with the right one, equal edits once; median over the
bugs in reach. Each bug is judged by weights that were fitted without its package or program.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import lessons as data

from fixit_runtime.tools.repair import prior as priors
from fixit_runtime.tools.repair.fitting import Example, example, fit
from fixit_runtime.tools.repair.lessons import Lesson
from fixit_runtime.tools.repair.prior import UNTRAINED, Prior

WEIGHTS = Path(priors.__file__).parent / priors.WEIGHTS_FILE
FOLDS = 5
SEED = 1
LIMIT = 3_000  # drafts looked at for a rank: beyond, a search has long given up


@dataclass(frozen=True)
class Row:
    """One bug: the right draft's place in both orders; 0 where it is beyond the limit."""

    name: str
    group: str
    kind: str
    source: str
    templates: tuple[str, ...]
    untrained: int
    trained: int


def place(lesson: Lesson, prior: Prior) -> int:
    """The place of the first right draft, from 1; 0 where none is among the first ones."""
    seen: set[object] = set()
    if lesson.target is None:
        return 0
    for made, _ in lesson.order(prior).made():
        key = (made.place.site.module.path, made.draft.replacements)
        if key in seen:
            continue
        seen.add(key)
        if lesson.target.is_made_by(made):
            return len(seen)
        if len(seen) >= LIMIT:
            break
    return 0


def folds(examples: Sequence[Example]) -> dict[str, int]:
    """Which fold each group is judged in."""
    groups = sorted({each.group for each in examples})
    random.Random(SEED).shuffle(groups)
    return {group: at % FOLDS for at, group in enumerate(groups)}


def judged(
    found: Sequence[tuple[str, Lesson]], examples: Sequence[Example], pull: float
) -> list[Row]:
    """Every lesson by weights that were fitted to other groups."""
    fold_of = folds(examples)
    rows = []
    for fold in range(FOLDS):
        others = [each for each in examples if fold_of[each.group] != fold]
        prior = fit(others, f"fold {fold}", pull)
        for source, lesson in found:
            if fold_of[lesson.group] == fold:
                made = next(e for e in examples if e.name == lesson.name)
                right = tuple(sorted({row.template for row in made.rows if row.right}))
                ranks = (place(lesson, UNTRAINED), place(lesson, prior)) if right else (0, 0)
                rows.append(Row(lesson.name, lesson.group, lesson.kind, source, right, *ranks))
    return rows


def table(rows: Sequence[Row]) -> None:
    by: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by[row.source, "all"].append(row)
        by[row.source, row.kind].append(row)
    print(f"{'source':<10} {'kind':<28} {'bugs':>5} {'reach':>6} {'untrained':>10} {'trained':>8}")
    for (source, kind), some in sorted(by.items()):
        reach = [row for row in some if row.templates]
        before, after = (
            statistics.median([getattr(r, arm) or LIMIT for r in reach]) if reach else 0
            for arm in ("untrained", "trained")
        )
        part = len(reach) / len(some)
        print(f"{source:<10} {kind[:28]:<28} {len(some):>5} {part:>6.0%} {before:>10} {after:>8}")


def collected(options: argparse.Namespace) -> list[tuple[str, Lesson]]:
    found = [("slips", lesson) for lesson in data.of_slips(options.cache, options.slips)]
    for folder in options.tasks:
        tasks = data.of_tasks(folder, options.cache, python=options.python)
        found += [(folder.name, each) for each in tasks]
    for folder in options.runs:
        found += [("runs", each) for each in data.of_runs(folder)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--runs", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="write the weights there")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/fixit-lessons"), metavar="DIR")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="of the tasks")
    parser.add_argument("--slips", type=int, default=1_000, help="at most so many slips (1000)")
    parser.add_argument("--pull", type=float, default=1.0, help="towards the untrained order (1)")
    parser.add_argument("--write", action="store_true", help="ship weights fitted to everything")
    parser.add_argument("--no-table", action="store_true", help="only fit")
    parser.add_argument("--quick", action="store_true", help="40 slips")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows here")
    options = parser.parse_args()
    if options.quick:
        options.slips = 40
    found = collected(options)
    count = {source: sum(s == source for s, _ in found) for source, _ in found}
    weight = {source: min(1.0, len(found) / len(count) / n) for source, n in count.items()}
    examples = [example(lesson, SEED, weight[source]) for source, lesson in found]
    if not options.no_table:
        rows = judged(found, examples, options.pull)
        table(rows)
        if options.json:
            options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    places = [WEIGHTS] * options.write + [options.weights] * (options.weights is not None)
    if places:
        prior = fit(examples, f"learned/{len(examples)}", options.pull)
    for path in places:
        path.write_text(priors.to_json(prior), "utf-8")
        print(f"{len(prior.weights)} weights written to {path}")


if __name__ == "__main__":
    main()
