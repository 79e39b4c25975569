"""Intervals of paired differences: what is a tie, and what is not."""

from __future__ import annotations

import numpy as np
import pytest

from fixit_runtime.agent.demand.figures import Figure


def test_the_interval_of_a_mean_covers_the_truth_about_as_often_as_it_says() -> None:
    lots = np.random.default_rng(4)
    figures = [Figure.of(lots.normal(1.0, 2.0, 100)) for _ in range(100)]

    assert 87 <= sum(f.low <= 1.0 <= f.high for f in figures) <= 99


@pytest.mark.parametrize(
    ("difference", "verdict"),
    [(0.5, "better"), (-0.5, "worse"), (0.02, "tie"), (0.0, "tie")],
)
def test_a_difference_counts_only_where_its_interval_leaves_zero_out(
    difference: float, verdict: str
) -> None:
    per_task = difference + np.resize([1.0, -1.0], 200)

    assert Figure.of(per_task).verdict == verdict


def test_a_sure_difference_too_small_to_print_is_a_tie() -> None:
    assert Figure.of(np.full(50, 0.0001)).verdict == "tie"


def test_closing_half_of_the_gap_on_every_task_is_fifty_percent_for_sure() -> None:
    base, best = np.zeros(40), np.linspace(1.0, 3.0, 40)

    closed = Figure.closed(0.5 * best, base, best)

    assert (closed.mean, closed.low, closed.high) == pytest.approx((50.0, 50.0, 50.0))
