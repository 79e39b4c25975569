"""Fits how telling each check is, from verdicts on candidates whose truth is known.

    python benchmarks/fit_checks.py --rows verdicts.csv --json agent/action/checks.json

Rows are CSV with a header, or JSON lines, with the fields `check` (as it stands on the menu:
verify:suite, verify:types, ...), `right` and `accepted` (1 or 0, true or false). Each verdict adds
one to a Beta distribution that starts at the shipped table, or with --prior-weight at a part of
it; what a check lacks in rows stays with that.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from fixit_runtime.agent.action.checks import (
    Beta,
    Checked,
    CheckFit,
    CheckTable,
    fit_checks,
    shipped_checks,
)

FIELDS = ("check", "right", "accepted")
TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def read(path: Path) -> Iterator[Checked]:
    """The verdicts of a file. Exits with a message where a row is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}")
    lines = text.splitlines()
    rows: Iterator[Mapping[str, object]]
    if lines and lines[0].lstrip().startswith("{"):
        rows = (json.loads(line) for line in lines if line.strip())
    else:
        rows = iter(csv.DictReader(lines))
    for number, row in enumerate(rows, start=1):
        try:
            right, accepted = (TRUTH[str(row[name]).strip().lower()] for name in FIELDS[1:])
            yield Checked(str(row["check"]), right, accepted)
        except KeyError as error:
            sys.exit(f"{path}: row {number}: {error}; a row needs {', '.join(FIELDS)}")


def weakened(table: CheckTable, weight: float) -> CheckTable:
    """The table with every count at this part of its weight."""

    def part(beta: Beta) -> Beta:
        return Beta(weight * beta.a, weight * beta.b)

    checks = {
        name: CheckFit(part(fit.sensitivity), part(fit.specificity))
        for name, fit in table.checks.items()
    }
    return CheckTable(table.version, table.source, checks)


def show(before: CheckTable, after: CheckTable, rows: Counter[str]) -> None:
    """The table before and after, with twice the standard error."""
    print(f"{'check':28} {'rows':>6} {'sensitivity':>24} {'specificity':>24}")
    for name, fit in after.checks.items():
        old = before.of(name)
        print(
            f"{name:28} {rows[name]:6} {_moved(old.sensitivity, fit.sensitivity):>24} "
            f"{_moved(old.specificity, fit.specificity):>24}"
        )


def _moved(old: Beta, new: Beta) -> str:
    return f"{old.mean:.3f} -> {new.mean:.3f} ± {2 * new.sd:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=Path, required=True, help="verdicts, CSV or JSON lines")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the new table there")
    parser.add_argument("--version", default="fitted/1", help="of the new table (fitted/1)")
    parser.add_argument("--source", help="where the rows come from (the file's name)")
    parser.add_argument("--prior-weight", type=float, default=1.0, help="of the shipped table (1)")
    parser.add_argument("--quick", action="store_true", help="changes nothing: it takes a second")
    given = parser.parse_args()
    if not given.prior_weight > 0:
        parser.error("--prior-weight must be above 0")
    base, rows = shipped_checks(), list(read(given.rows))
    fitted = fit_checks(
        rows,
        version=given.version,
        source=given.source or f"{len(rows)} verdicts of {given.rows.name}",
        base=weakened(base, given.prior_weight),
    )
    show(base, fitted, Counter(row.check for row in rows))
    if given.json:
        given.json.write_text(fitted.to_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
