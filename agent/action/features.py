"""What can be seen of a task that may make it harder, and how far each sight moves the belief.

    difficulty += Σ_f effect_f · (value_f − usual_f)

Effects are fitted by a ridge logistic regression of known outcomes; without data every effect is
zero, and so is a feature's that the data does not vary. `SHIPPED` is that: no data yet. Effects
of one's own come with the fit that they belong to (`belief_file`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fixit_runtime.agent.economy import Array
from fixit_runtime.agent.seams import Outcome, Revealed, Suspect, TestFacts

PULL = 4.0  # strength of the pull of every effect towards zero, in outcomes
NEWTON_STEPS = 25
IMPORTS = ("ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError")
ENDLESS = ("TimedOut", "ProcessDied")
ASSERTIONS = ("AssertionError", "Failed", "")
Values = Mapping[str, float]  # a feature's value by its name; one that is not there is 0
PAST = "past"
OF_ATTEMPTS = ("did_not_apply", "turned_green", "patch_lines")


def of_facts(facts: TestFacts) -> dict[str, float]:
    """Before anything is tried. `kind_*` are shares of the failing tests, besides those that
    fail by an assertion; the rest are logarithms, so that none runs away."""
    reports = facts.reports
    count = max(len(reports), 1)
    types = [r.error_type.rpartition(".")[2] for r in reports]
    depth = sorted(len(r.frames) for r in reports)[len(reports) // 2] if reports else 0
    known = len(facts.passing) + len(facts.failing) + len(facts.flaky)
    return {
        "kind_import": sum(t in IMPORTS for t in types) / count,
        "kind_endless": sum(t in ENDLESS for t in types) / count,
        "kind_exception": sum(t not in (*IMPORTS, *ENDLESS, *ASSERTIONS) for t in types) / count,
        "kind_set_up": sum(r.outcome is Outcome.ERROR for r in reports) / count,
        "traceback_depth": math.log1p(depth),
        "failing_tests": math.log(max(len(facts.failing), 1)),
        "repository_tests": math.log10(max(known, 1)),
        "flakiness": len(facts.flaky) / max(known, 1),
    }


def of_suspects(suspects: Sequence[Suspect]) -> dict[str, float]:
    """Once the fault is localised: how evenly suspicion is spread, in nats."""
    total = sum(s.suspiciousness for s in suspects)
    shares = [s.suspiciousness / total for s in suspects if s.suspiciousness > 0] if total else []
    return {"suspicion_entropy": -sum(p * math.log(p) for p in shares)}


def of_attempt(revealed: Revealed) -> dict[str, float]:
    """After an attempt that failed."""
    shown = float(not revealed.compiled), revealed.turned_green, math.log1p(revealed.patch_lines)
    return dict(zip(OF_ATTEMPTS, shown, strict=True))


def of_tree(texts: Iterable[str]) -> dict[str, float]:
    """The size of the repository, by its Python files."""
    lines = [text.count("\n") for text in texts]
    return {
        "repository_files": math.log10(max(len(lines), 1)),
        "repository_lines": math.log10(max(sum(lines), 1)),
    }


def of_past(right: int, wrong: int) -> dict[str, float]:
    """A tier's earlier attempts on this repository, by how they ended."""
    return {PAST: math.log((wrong + 1) / (right + 1))}


@dataclass(frozen=True, slots=True)
class Effect:
    """What one unit of a feature adds to the difficulty, and its standard error. `usual` is the
    value at which it adds nothing: that of the average task, which the prior stands for."""

    mean: float
    sd: float
    usual: float = 0.0


@dataclass(frozen=True, slots=True)
class Effects:
    """All effects, and where they were fitted."""

    version: str = "none/1"
    by_name: Mapping[str, Effect] = field(default_factory=dict)

    def shift(self, values: Values) -> float:
        """How much harder the task looks, in units of the grid."""
        known = self.by_name
        return sum(
            known[name].mean * (value - known[name].usual)
            for name, value in values.items()
            if name in known
        )


SHIPPED = Effects()


@dataclass(frozen=True, slots=True)
class Seen:
    """An attempt with a known end: the features then, and the logit of q that was believed."""

    values: Values
    logit: float
    right: bool


def fit_effects(seen: Iterable[Seen], *, version: str) -> Effects:
    """Effects from outcomes: P(right) = logistic(logit − Σ effect·(value − usual)), each effect
    pulled towards zero. Without outcomes there are none."""
    rows = list(seen)
    names = sorted({name for row in rows for name in row.values})
    if not rows or not names:
        return Effects(version)
    usual = {name: _usual(name, rows) for name in names}
    x = np.array([[row.values.get(n, usual[n]) - usual[n] for n in names] for row in rows])
    offset = np.array([row.logit for row in rows])
    right = np.array([float(row.right) for row in rows])
    beta = np.zeros(len(names))
    for _ in range(NEWTON_STEPS):
        q = 1.0 / (1.0 + np.exp(-(offset - x @ beta)))
        slope = x.T @ (q - right) - PULL * beta
        beta = beta + np.linalg.solve(_curvature(x, q), slope)
    q = 1.0 / (1.0 + np.exp(-(offset - x @ beta)))
    sd = np.sqrt(np.diag(np.linalg.inv(_curvature(x, q))))
    varies = np.ptp(x, axis=0) > 0
    return Effects(
        version,
        {
            name: Effect(float(b), float(s), usual[name])
            for name, b, s, moves in zip(names, beta, sd, varies, strict=True)
            if moves
        },
    )


def _usual(name: str, rows: Sequence[Seen]) -> float:
    """Its mean. What a failed attempt shows adds to what others have shown: the usual is none."""
    if name in OF_ATTEMPTS:
        return 0.0
    return float(np.mean([row.values[name] for row in rows if name in row.values]))


def shifted(weights: Array, grid: Array, by: float) -> Array:
    """The distribution moved along an even grid; what would leave it gathers at its ends."""
    if by == 0.0:
        return weights
    step = float(grid[1] - grid[0])
    to = np.clip(np.arange(len(grid)) + by / step, 0, len(grid) - 1)
    low = np.floor(to).astype(int)
    high, share = np.minimum(low + 1, len(grid) - 1), to - low
    moved = np.zeros_like(weights)
    np.add.at(moved, low, weights * (1 - share))
    np.add.at(moved, high, weights * share)
    return moved


def _curvature(x: Array, q: Array) -> Array:
    matrix: Array = (x * (q * (1 - q))[:, None]).T @ x + PULL * np.eye(x.shape[1])
    return matrix
