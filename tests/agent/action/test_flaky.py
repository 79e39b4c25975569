"""The sequential test for flakiness: how often it is wrong, and how long it takes."""

from __future__ import annotations

import random

import pytest

from fixit_runtime.agent.action.flaky import (
    CALLS_BROKEN,
    CALLS_FLAKY,
    MOST_RUNS,
    OFTEN,
    RARE,
    Runs,
    Steadiness,
)


def settled(fails: float, lots: random.Random) -> tuple[Steadiness, int]:
    """What is said of a test that fails in this share of its runs, after it was red once."""
    runs = Runs()
    for count in range(MOST_RUNS):
        if runs.verdict is not Steadiness.UNDECIDED:
            return runs.verdict, count
        runs = runs.and_seen(passed=lots.random() >= fails)
    return runs.verdict, MOST_RUNS


def test_a_test_that_is_really_broken_costs_one_more_run() -> None:
    assert settled(1.0, random.Random(0)) == (Steadiness.BROKEN, 1)


def test_a_test_that_failed_once_by_chance_is_let_go_after_about_ten() -> None:
    verdict, runs = settled(0.0, random.Random(0))

    assert verdict is Steadiness.FLAKY
    assert 8 <= runs <= 14


@pytest.mark.parametrize(
    ("fails", "wrong", "most"),
    [(OFTEN, Steadiness.FLAKY, CALLS_FLAKY), (0.8, Steadiness.FLAKY, CALLS_FLAKY)],
)
def test_a_broken_test_is_hardly_ever_called_flaky(
    fails: float, wrong: Steadiness, most: float
) -> None:
    lots = random.Random(1)
    said = [settled(fails, lots)[0] for _ in range(4000)]

    assert said.count(wrong) / len(said) <= most * 1.5


def test_a_flaky_test_is_seldom_called_broken_although_its_first_red_is_counted() -> None:
    lots = random.Random(2)
    said = [settled(RARE / 5, lots)[0] for _ in range(4000)]

    assert said.count(Steadiness.BROKEN) / len(said) <= 4 * CALLS_BROKEN


def test_hardly_any_test_needs_all_the_runs_that_there_are() -> None:
    lots = random.Random(3)
    counts = [settled(lots.random(), lots)[1] for _ in range(2000)]

    assert counts.count(MOST_RUNS) / len(counts) < 0.01
    assert sum(counts) / len(counts) < 8
