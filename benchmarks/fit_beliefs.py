"""Fits beliefs to the attempts of your own runs, for `--beliefs FILE`.

    python benchmarks/fit_beliefs.py --runs .fixit --write beliefs.json
    fixit --beliefs beliefs.json

Reads the traces of state folders (`--runs`, repeatable): how hard tasks were, how often each tier
was right by difficulty, what its attempts cost (which only the replay uses), and what features
of a task told besides. A tier needs outcomes on twenty tasks. Prints one line a tier and one a
feature. An attempt counts as right where its patch was shown or a person said so.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fixit_runtime.agent.action.belief_file import to_json
from fixit_runtime.agent.action.fit import Fit
from fixit_runtime.agent.action.training import trained
from fixit_runtime.agent.capital.outcomes import tried
from fixit_runtime.agent.seams import Tried


def collected(folders: Sequence[Path], most: int) -> list[Tried]:
    """The attempts of all folders; runs of the same id in two folders are two."""
    return [
        replace(each, run=f"{n}/{each.run}")
        for n, folder in enumerate(folders)
        for each in tried(folder, most=most)
    ]


def rows(known: Fit, seen: Sequence[Tried]) -> list[dict[str, Any]]:
    """One row a fitted tier: its attempts, how often they were right, and what the fit makes of
    an average task."""
    found = []
    for name, source in sorted(known.model.sources.items()):
        mine = [each for each in seen if each.tier == name]
        right = float(known.model.prior @ known.model.tiers[name].curve(known.model.grid))
        usd = float(known.model.prior @ known.costs[name].mean_usd)
        found.append(
            {
                "tier": name,
                "attempts": len(mine),
                "right": sum(each.right is True for each in mine),
                "unsettled": sum(each.right is None for each in mine),
                "p_right": right,
                "usd": usd,
                "source": source,
            }
        )
    return found


def show(table: Sequence[dict[str, Any]], known: Fit) -> None:
    print(f"{'tier':32} {'attempts':>8} {'right':>6} {'unsettled':>9} {'P(right)':>9} {'USD':>8}")
    for row in table:
        print(
            f"{row['tier'][:32]:32} {row['attempts']:8} {row['right']:6} {row['unsettled']:9} "
            f"{row['p_right']:9.2f} {row['usd']:8.4f}"
        )
    for name, effect in sorted(known.model.effects.by_name.items()):
        print(f"effect of {name:24} {effect.mean:+.2f} ± {2 * effect.sd:.2f} harder a unit")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=Path, action="append", required=True, metavar="DIR")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the beliefs there")
    parser.add_argument("--version", default="fitted/1", help="of the beliefs (fitted/1)")
    parser.add_argument("--most", type=int, default=10_000, help="runs of a folder, the latest")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the table here")
    parser.add_argument("--quick", action="store_true", help="changes nothing: it takes seconds")
    given = parser.parse_args()
    seen = collected(given.runs, given.most)
    try:
        known = trained(seen, version=given.version)
    except ValueError as error:
        sys.exit(f"{', '.join(map(str, given.runs))}: {error}")
    table = rows(known, seen)
    show(table, known)
    if given.json:
        given.json.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    if given.write:
        given.write.write_text(to_json(known), "utf-8")
        print(f"{len(table)} tiers written to {given.write}")


if __name__ == "__main__":
    main()
