"""What the rows of `repair.py` say: shares, precision and coverage, calibration, test runs."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

ROUNDS = 2_000  # bootstrap resamples
THRESHOLDS = (0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0)
PRECISION = 0.8  # at which coverage is asked for


@dataclass(frozen=True, slots=True)
class Row:
    """One task in one arm. `found`: each candidate that the failing tests passed on."""

    task: str
    arm: str
    fault: str
    reach: str
    group: str
    outcome: str
    reason: str = ""
    p: float = 0.0
    best_correct: bool = False
    best_how: str = ""  # "tree" or "behaviour" where it is correct
    best_calls: int = 0
    has_best: bool = False
    tried: int = 0
    cpu_s: float = 0.0
    sandbox_cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_mib: float = 0.0
    found: list[dict[str, object]] = field(default_factory=list)
    patch: str = ""

    @classmethod
    def read(cls, data: Mapping[str, object]) -> Row:
        names = {f.name for f in dataclasses.fields(cls)}
        return cls(**{k: v for k, v in data.items() if k in names})  # type: ignore[arg-type]

    @property
    def plausible(self) -> bool:
        return any(each["stage"] != "rejected" for each in self.found)

    @property
    def found_correct(self) -> bool:
        return any(each["correct"] for each in self.found)

    @property
    def runs_to_fix(self) -> int | None:
        """Candidates tried up to the correct one; None where it was not found."""
        tried = [int(str(each["tried"])) for each in self.found if each["correct"]]
        return min(tried, default=None)

    @property
    def fixed(self) -> bool:
        return self.outcome == "fixed"

    def line(self) -> str:
        mark = "correct" if self.best_correct else "in reach" if self.found_correct else ""
        return (
            f"{self.task[:44]:<44} {self.arm:<9} {self.outcome[:12]:<12} P {self.p:.2f} "
            f"{mark:<8} tried {self.tried:>5} {self.cpu_s:>6.1f} CPU s {self.fault[:24]}"
        )


def read_rows(path: Path) -> list[Row]:
    """All rows of a file; none where there is no file."""
    if not path.exists():
        return []
    return [Row.read(json.loads(line)) for line in path.read_text().splitlines() if line.strip()]


def print_figures(rows: Sequence[Row]) -> dict[str, object]:
    """The tables on stdout; the same figures as an object."""
    figures: dict[str, object] = {}
    arms = sorted({row.arm for row in rows})
    print(f"{'':<34} {'n':>4} {'plaus':>6} {'found':>6} {'best':>6} {'fixed':>6} {'right':>6} "
          f"{'precis':>6}")  # fmt: skip
    for arm in arms:
        here = [row for row in rows if row.arm == arm]
        figures[arm] = _arm(arm, here)
    if {"trained", "untrained"} <= set(arms):
        figures["fewer_runs"] = _fewer_runs(rows)
    return figures


def _arm(arm: str, rows: Sequence[Row]) -> dict[str, object]:
    table = {f"{arm}: all": _shares(rows)}
    for reach in sorted({row.reach for row in rows} - {""}):
        table[f"{arm}: reach {reach}"] = _shares([row for row in rows if row.reach == reach])
    for fault in sorted({row.fault for row in rows}):
        table[f"  {fault}"[:34]] = _shares([row for row in rows if row.fault == fault])
    for name, shares in table.items():
        print(f"{name:<34} " + " ".join(f"{value:>6}" for value in shares.values()))
    answered = [row for row in rows if row.has_best]
    brier = statistics.fmean((row.p - row.best_correct) ** 2 for row in answered or rows[:1])
    curve = _curve(rows)
    at = _coverage_at(curve, rows)
    runs = [row.runs_to_fix for row in rows if row.runs_to_fix is not None]
    spent = sum(row.cpu_s for row in rows)
    facts = {
        "best_correct_by_tree": sum(row.best_how == "tree" for row in rows),
        "best_correct_by_behaviour": sum(row.best_how == "behaviour" for row in rows),
        "brier": round(brier, 4),
        "reliability": _reliability(answered),
        "curve": curve,
        "coverage_at_80_percent_precision": at,
        "median_candidates_to_fix": statistics.median(runs) if runs else None,
        "median_cpu_s_of_fixed": _median([row.cpu_s for row in rows if row.fixed]),
        "candidates_per_cpu_s": round(sum(row.tried for row in rows) / max(spent, 1e-9), 1),
        "candidates_per_sandbox_cpu_s": round(
            sum(row.tried for row in rows) / max(sum(row.sandbox_cpu_s for row in rows), 1e-9), 1
        ),
        "peak_mib": round(max((row.peak_mib for row in rows), default=0.0)),
    }
    for name, value in facts.items():
        if name not in ("curve", "reliability"):
            print(f"  {arm}: {name.replace('_', ' ')}: {value}")
    print(f"  {arm}: P(correct) at least: called (precision)  "
          + "  ".join(f"{t:.2f}: {n} ({p:.0%})" for t, n, p in curve if n))  # fmt: skip
    print(f"  {arm}: reliability, P said -> share right  "
          + "  ".join(f"{said:.2f} -> {right:.2f} (n {n})" for said, right, n in
                      _reliability(answered)))  # fmt: skip
    return {"table": table, **facts}


def _shares(rows: Sequence[Row]) -> dict[str, str]:
    fixed = [row for row in rows if row.fixed]
    right = sum(row.best_correct for row in fixed)
    n = max(len(rows), 1)
    return {
        "n": str(len(rows)),
        "plausible": f"{sum(row.plausible for row in rows) / n:.0%}",
        "found": f"{sum(row.found_correct for row in rows) / n:.0%}",
        "best": f"{sum(row.best_correct for row in rows) / n:.0%}",
        "fixed": f"{len(fixed) / n:.0%}",
        "right": f"{right / n:.0%}",
        "precision": f"{right / len(fixed):.0%}" if fixed else "-",
    }


def _curve(rows: Sequence[Row]) -> list[tuple[float, int, float]]:
    """(threshold, tasks whose best candidate has at least this P, share of them correct)."""
    curve = []
    for threshold in THRESHOLDS:
        called = [row for row in rows if row.has_best and row.p >= threshold]
        right = sum(row.best_correct for row in called)
        curve.append((threshold, len(called), right / len(called) if called else 0.0))
    return curve


def _coverage_at(curve: Sequence[tuple[float, int, float]], rows: Sequence[Row]) -> float | None:
    """The largest share of the tasks for which a correct candidate was found that is called
    fixed, and rightly, at a precision of at least 80 %."""
    reachable = sum(row.found_correct for row in rows)
    right = [n * precision for _, n, precision in curve if n and precision >= PRECISION]
    return round(max(right, default=0.0) / reachable, 3) if reachable else None


def _reliability(rows: Sequence[Row]) -> list[tuple[float, float, int]]:
    """Ten bins of P: (mean P, share correct, how many)."""
    bins: dict[int, list[Row]] = {}
    for row in rows:
        bins.setdefault(min(int(row.p * 10), 9), []).append(row)
    return [
        (
            round(statistics.fmean(r.p for r in here), 3),
            round(statistics.fmean(r.best_correct for r in here), 3),
            len(here),
        )
        for _, here in sorted(bins.items())
    ]


def _fewer_runs(rows: Sequence[Row]) -> dict[str, object]:
    """1 − (test runs to the fix, trained) / (untrained), geometric mean over tasks, paired, with
    a bootstrap interval over tasks: over those that both arms fix, and over those that one fixes.

    In the latter an arm that has not found the fix counts as having found it with the next
    candidate. That is the least it can be, whichever arm it is.
    """
    by = {(row.task, row.arm): row for row in rows}
    both: list[tuple[int, int]] = []
    either: list[tuple[int, int]] = []
    only = {"trained": 0, "untrained": 0}
    for task in sorted({row.task for row in rows}):
        one, two = by.get((task, "trained")), by.get((task, "untrained"))
        if one is None or two is None or not (one.runs_to_fix or two.runs_to_fix):
            continue
        either.append((one.runs_to_fix or one.tried + 1, two.runs_to_fix or two.tried + 1))
        if one.runs_to_fix and two.runs_to_fix:
            both.append(either[-1])
        else:
            only["trained" if one.runs_to_fix else "untrained"] += 1
    found = {
        "both_find_it": _interval(both),
        "one_finds_it": _interval(either),
        "found_only_by": only,
    }
    print(f"test runs to the fix, trained against untrained: {found}")
    return found


def _interval(pairs: Sequence[tuple[int, int]]) -> dict[str, object]:
    if not pairs:
        return {"tasks": 0}
    rng = Random(0)
    draws = sorted(_saved([rng.choice(pairs) for _ in pairs]) for _ in range(ROUNDS))
    return {
        "tasks": len(pairs),
        "fewer_runs": round(_saved(pairs), 3),
        "interval": [round(draws[int(0.025 * ROUNDS)], 3), round(draws[int(0.975 * ROUNDS)], 3)],
        "sums": [sum(a for a, _ in pairs), sum(b for _, b in pairs)],
    }


def _saved(pairs: Sequence[tuple[int, int]]) -> float:
    ones = statistics.geometric_mean([one for one, _ in pairs])
    return 1.0 - ones / statistics.geometric_mean([two for _, two in pairs])


def _median(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 2) if values else None
