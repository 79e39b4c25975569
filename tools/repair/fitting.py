"""Fits the weights of an order to lessons: a conditional logit, solved by gradient descent.

For each lesson the right drafts stand against a sample of the wrong ones: those that the
untrained order puts first, and a random part of the rest, each of which counts for as many as it
stands for. The weights are pulled towards the untrained order (a normal prior around it), so few
lessons change little.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from fixit_runtime.tools.repair.features import (
    HAND_DRAFT,
    HAND_KIND,
    HAND_PLACE,
    Feature,
    of_draft,
    of_kind,
    of_place,
)
from fixit_runtime.tools.repair.lessons import Lesson
from fixit_runtime.tools.repair.prior import UNTRAINED, Prior
from fixit_runtime.tools.repair.rank import Made

DRAFTS = 10_000  # of a lesson that are looked at
FIRST, REST = 250, 250  # wrong drafts kept: the first ones, and a sample of the others
STEPS, RATE = 400, 0.05
PEAK_QUANTILE, SUMMIT_QUANTILE = 0.98, 0.98
SPECIAL = 3.0  # so much stronger is the pull on what is told of one template in one case
_HAND = (HAND_PLACE, HAND_KIND, HAND_DRAFT)


def _is_special(name: str) -> bool:
    """Whether a feature is about a template in some case rather than about all drafts alike."""
    return any(word in name for word in (" where ", " in ", " of ", " below ", " on ", " at "))


@dataclass(frozen=True)
class Row:
    """A draft of a lesson. `count`: how many drafts it stands for."""

    place: tuple[Feature, ...]
    kind: tuple[Feature, ...]
    draft: tuple[Feature, ...]
    template: str
    right: bool
    count: float = 1.0

    @property
    def features(self) -> Iterator[Feature]:
        yield from self.place
        yield from self.kind
        yield from self.draft


@dataclass(frozen=True)
class Example:
    """A lesson as rows. One without a right row teaches nothing."""

    name: str
    group: str
    weight: float
    rows: tuple[Row, ...]


def example(lesson: Lesson, seed: int, weight: float = 1.0) -> Example:
    """The right drafts of a lesson, and a sample of the wrong ones."""
    dice = random.Random(f"{seed} {lesson.name}")
    first: list[Made] = []
    rest: list[Made] = []
    right: list[Made] = []
    seen = 0
    for made, _ in islice(lesson.order(UNTRAINED).made(), DRAFTS):
        if lesson.target is not None and lesson.target.is_made_by(made):
            right.append(made)
        elif len(first) < FIRST:
            first.append(made)
        else:  # a reservoir
            seen += 1
            if len(rest) < REST:
                rest.append(made)
            elif (at := dice.randrange(seen)) < REST:
                rest[at] = made
    right = right or list(lesson.in_reach())
    rows = [_row(made, right=True) for made in right]
    rows += [_row(made, right=False) for made in first]
    rows += [_row(made, right=False, count=seen / len(rest)) for made in rest]
    return Example(lesson.name, lesson.group, weight, tuple(rows))


def _row(made: Made, *, right: bool, count: float = 1.0) -> Row:
    return Row(
        tuple(of_place(made.place)),
        tuple(of_kind(made.place, made.kind)),
        tuple(of_draft(made.place, made.kind, made.draft)),
        made.kind.name,
        right,
        count,
    )


def fit(examples: Sequence[Example], name: str, pull: float = 1.0) -> Prior:
    """Weights under which the right drafts are likeliest.

    Args:
        pull: strength of the pull towards the untrained order.
    """
    useful = [e for e in examples if any(row.right for row in e.rows)]
    table = _Table.of(useful)
    weights = _descended(table, pull)
    named = {n: round(float(weights[i]), 4) for n, i in table.columns.items()}
    named = {n: w for n, w in named.items() if abs(w) >= 0.005}
    return _bounded(name, named, examples)


@dataclass(frozen=True)
class _Table:
    """All rows as one sparse matrix: entry i is (row[i], column[i], value[i])."""

    columns: Mapping[str, int]
    row: np.ndarray
    column: np.ndarray
    value: np.ndarray
    lesson: np.ndarray
    right: np.ndarray
    log_count: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, examples: Iterable[Example]) -> _Table:
        columns: dict[str, int] = {hand: at for at, hand in enumerate(_HAND)}
        row: list[int] = []
        column: list[int] = []
        value: list[float] = []
        lesson: list[int] = []
        right: list[bool] = []
        count: list[float] = []
        weight: list[float] = []
        for at, each in enumerate(examples):
            weight.append(each.weight)
            for one in each.rows:
                for name, number in one.features:
                    row.append(len(lesson))
                    column.append(columns.setdefault(name, len(columns)))
                    value.append(number)
                lesson.append(at)
                right.append(one.right)
                count.append(one.count)
        return cls(
            columns, np.array(row), np.array(column), np.array(value, dtype=np.float64),
            np.array(lesson), np.array(right), np.log(np.array(count)), np.array(weight),
        )  # fmt: skip

    def scores(self, weights: np.ndarray) -> np.ndarray:
        parts = weights[self.column] * self.value
        summed: np.ndarray = np.bincount(self.row, parts, len(self.lesson))
        scores: np.ndarray = summed + self.log_count
        return scores

    def gradient(self, weights: np.ndarray) -> np.ndarray:
        """Of Σ weight · log P(right) over the lessons."""
        scores = self.scores(weights)
        count = len(self.weight)
        top = np.full(count, -np.inf)
        np.maximum.at(top, self.lesson, scores)
        odds = np.exp(scores - top[self.lesson])
        every = odds / np.bincount(self.lesson, odds, count)[self.lesson]
        good = odds * self.right
        mine = good / np.maximum(np.bincount(self.lesson, good, count)[self.lesson], 1e-300)
        pull = (mine - every) * self.weight[self.lesson]
        slope: np.ndarray = np.bincount(self.column, pull[self.row] * self.value, len(self.columns))
        return slope


def _descended(table: _Table, pull: float) -> np.ndarray:
    """Adam (D. Kingma and J. Ba, 2015), from the untrained order."""
    start = np.zeros(len(table.columns))
    start[: len(_HAND)] = 1.0
    pulls = pull * np.array([SPECIAL if _is_special(name) else 1.0 for name in table.columns])
    weights, mean, square = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, STEPS + 1):
        slope = table.gradient(weights) - pulls * (weights - start)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        unbiased = np.sqrt(square / (1 - 0.99**step)) + 1e-8
        weights += RATE * (1 - step / STEPS) * mean / (1 - 0.9**step) / unbiased
    return weights


def _bounded(name: str, weights: Mapping[str, float], examples: Sequence[Example]) -> Prior:
    """The weights with the bounds that keep the order lazy."""
    drafts: dict[str, list[float]] = defaultdict(list)
    above: list[float] = []

    def total(features: Iterable[Feature]) -> float:
        return sum(weights.get(n, 0.0) * v for n, v in features)

    for each in examples:
        for row in each.rows:
            gives = total(row.draft)
            drafts[row.template].append(gives)
            hand = next(v for n, v in row.place if n == HAND_PLACE)
            above.append(total(row.place) + total(row.kind) + gives - weights[HAND_PLACE] * hand)
    peaks = {n: round(float(np.quantile(v, PEAK_QUANTILE)), 3) for n, v in drafts.items()}
    return Prior(name, weights, peaks, round(float(np.quantile(above, SUMMIT_QUANTILE)), 3))
