"""What can be seen of a task: its features, their fit, and how far they move the belief."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.action.beliefs import TaskBelief
from fixit_runtime.agent.action.estimator import ASSUMED, GridEstimator
from fixit_runtime.agent.action.features import (
    SHIPPED,
    Effect,
    Effects,
    Seen,
    fit_effects,
    of_attempt,
    of_facts,
    of_suspects,
    of_tree,
    shifted,
)
from fixit_runtime.agent.economy import Action, Quote, Verdict
from fixit_runtime.agent.seams import Outcome, Result, Revealed, Suspect, TestFacts, TestResult

FACTS = TestFacts(
    failing=("t::a", "t::b"),
    passing=("t::c",) * 7,
    flaky=("t::d",),
    reports=(
        TestResult("t::a", Outcome.FAILED, error_type="AssertionError", frames=(("m.py", 1),) * 3),
        TestResult("t::b", Outcome.ERROR, error_type="builtins.ImportError", frames=(("m.py", 1),)),
    ),
)
GRID = ASSUMED.grid
ACT = Quote("act:m", Action.ACT, tier="m", outcomes=Quote.attempt(0.5))
HARDER = replace(ASSUMED, effects=Effects("t", {"flakiness": Effect(10.0, 1.0)}))


def mean(belief: TaskBelief) -> float:
    return float(belief.weights() @ GRID)


def test_the_features_of_a_task_are_those_of_its_failures_and_its_suite() -> None:
    seen = of_facts(FACTS)

    assert seen["kind_import"] == seen["kind_set_up"] == 0.5
    assert seen["kind_exception"] == seen["kind_endless"] == 0
    assert seen["failing_tests"] == pytest.approx(math.log(2))
    assert seen["flakiness"] == pytest.approx(0.1)


def test_even_suspicion_is_the_least_informative() -> None:
    def entropy(*weights: float) -> float:
        suspects = [Suspect("m.py", i, w) for i, w in enumerate(weights)]
        return of_suspects(suspects)["suspicion_entropy"]

    assert entropy(1, 1, 1, 1) == pytest.approx(math.log(4))
    assert entropy(1, 0, 0, 0) == 0
    assert entropy(9, 1) < entropy(5, 5)
    assert entropy() == 0


def test_facts_without_reports_have_features_too() -> None:
    assert all(math.isfinite(v) for v in of_facts(TestFacts((), ())).values())


def test_without_data_no_feature_moves_anything() -> None:
    plain = TaskBelief(ASSUMED, ASSUMED.prior)
    told = GridEstimator((), size=of_tree(["x = 1\n"] * 900)).belief(FACTS, [])

    assert SHIPPED.by_name == {}
    assert np.array_equal(plain.weights(), told.weights())
    assert fit_effects([], version="v").by_name == {}


def test_a_fitted_effect_moves_the_belief_before_and_after_a_try() -> None:
    easy, hard = (GridEstimator((), m).belief(FACTS, []) for m in (ASSUMED, HARDER))
    assert mean(hard) > mean(easy)

    green = replace(ASSUMED, effects=Effects("t", {"turned_green": Effect(-1.0, 0.1)}))
    belief = GridEstimator((), green).belief(FACTS, [])

    def after(part: float) -> float:
        result = Result(Verdict.REJECT, revealed=Revealed(turned_green=part, patch_lines=3))
        return mean(belief.learn(ACT, result))

    assert after(0.9) < after(0.0)


@given(st.floats(-20, 20), st.lists(st.floats(0.01, 1), min_size=37, max_size=37))
def test_moving_a_distribution_keeps_it_one_and_moves_its_mean_that_way(
    by: float, raw: list[float]
) -> None:
    weights = np.array(raw) / sum(raw)
    moved = shifted(weights, GRID, by)

    assert moved.sum() == pytest.approx(1.0)
    assert (moved >= 0).all()
    change = float((moved - weights) @ GRID)
    assert abs(change) <= abs(by) + 1e-6
    assert change == pytest.approx(0, abs=1e-9) or (change > 0) == (by > 0)


def test_a_fit_finds_the_effect_that_made_the_outcomes_and_no_other() -> None:
    lots, true = np.random.default_rng(0), 1.2
    rows = []
    for _ in range(1500):
        a, b, logit = lots.normal(), lots.normal(), lots.normal()
        right = lots.random() < 1 / (1 + math.exp(-(logit - true * a)))
        rows.append(Seen({"a": a, "b": b, "same": 1.0}, logit, bool(right)))
    fitted = fit_effects(rows, version="v").by_name

    assert abs(fitted["a"].mean - true) < 3 * fitted["a"].sd
    assert abs(fitted["b"].mean) < 3 * fitted["b"].sd
    assert "same" not in fitted


def test_few_outcomes_move_an_effect_little() -> None:
    rows = [Seen({"a": 1.0}, 0.0, False), Seen({"a": 0.0}, 0.0, True)]

    assert 0 < fit_effects(rows, version="v").by_name["a"].mean < 0.2


def test_a_repository_is_as_large_as_its_files_and_lines() -> None:
    size = of_tree(["a = 1\nb = 2\n"] * 50)

    assert size == {"repository_files": math.log10(50), "repository_lines": 2.0}
    assert of_tree([]) == {"repository_files": 0.0, "repository_lines": 0.0}


def test_what_an_attempt_revealed_is_told_in_numbers() -> None:
    assert of_attempt(Revealed(compiled=False))["did_not_apply"] == 1
    assert of_attempt(Revealed(patch_lines=0))["patch_lines"] == 0
