"""Beliefs fitted from outcomes of a simulated world whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fixit_runtime.agent.action.fit import Attempted, Fit, Table, admit, fit
from fixit_runtime.agent.action.fitted import FittedBelief
from fixit_runtime.agent.action.simulate import PRICE_LIST, Skill, simulate
from fixit_runtime.agent.economy import Action, Array, Prices, Quote, Verdict, rank
from fixit_runtime.agent.ledger import Spend
from fixit_runtime.agent.seams import Result

TIERS = tuple(PRICE_LIST)


def world(count: int, seed: int) -> Table:
    return simulate(PRICE_LIST, count, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def known() -> Fit:
    return fit(world(500, 1), version="test")


def act(tier: str) -> Quote:
    return Quote(f"act:{tier}", Action.ACT, tier=tier, cost_usd=0.1, outcomes=Quote.attempt(0))


def chances(belief: FittedBelief, *tiers: str) -> Array:
    return belief.attempts([act(t) for t in tiers]).accept @ belief.weights()


def bill(tier: str, usd: float, verdict: Verdict = Verdict.REJECT) -> tuple[Quote, Result]:
    return act(tier), Result(verdict, spend=Spend(usd=usd))


def test_before_anything_is_tried_each_tier_does_as_well_as_it_did_on_the_training_tasks(
    known: Fit,
) -> None:
    rates = world(500, 1).right.mean(axis=0)

    assert chances(known.belief(), *TIERS) == pytest.approx(rates, abs=0.03)


def test_what_failures_say_about_other_tiers_agrees_with_fresh_tasks_of_the_same_world(
    known: Fit,
) -> None:
    fresh = world(4000, 2)
    both_failed = (fresh.right[:, 0] == 0) & (fresh.right[:, 1] == 0)
    belief = known.belief()
    for tier in TIERS[:2]:
        belief = belief.learn(*bill(tier, 0.0))

    assert chances(belief, *TIERS[2:]) == pytest.approx(
        fresh.right[both_failed][:, 2:].mean(axis=0), abs=0.1
    )


def test_a_normal_prior_cannot_hold_the_tasks_that_nobody_solves() -> None:
    many = {f"m{k}": Skill(0.2 * k - 0.6, 0.1) for k in range(12)}
    truth = simulate(many, 20_000, np.random.default_rng(3), unsolved=0.3).right
    failed = truth[:, :6].sum(axis=1) == 0
    table, error = simulate(many, 500, np.random.default_rng(1), unsolved=0.3), {}
    for free in (True, False):
        belief = fit(table, version="test", free_prior=free).belief()
        for tier in list(many)[:6]:
            belief = belief.learn(*bill(tier, 0.0))
        error[free] = np.abs(chances(belief, *list(many)[6:]) - truth[failed, 6:].mean(axis=0))

    assert error[True].mean() < 0.03
    assert error[True].mean() < 0.5 * error[False].mean()


def test_a_new_tier_is_placed_by_twenty_outcomes() -> None:
    newcomer, errors = "middle", []
    for seed in range(6):
        table = world(400, 10 + seed)
        others = [t for t in TIERS if t != newcomer]
        before = fit(table.of_tiers(others), version="test")
        seen = world(20, 50 + seed)
        after = admit(before, newcomer, seen)
        truth = fit(table, version="test").model
        gap = after.model.tiers[newcomer].curve(truth.grid) - truth.tiers[newcomer].curve(
            truth.grid
        )
        errors.append(float(truth.prior @ np.abs(gap)))

    assert np.mean(errors) < 0.1


def test_a_tier_that_was_seen_seldom_is_less_sure_and_says_so_on_its_quote(known: Fit) -> None:
    others = fit(world(400, 4).of_tiers(TIERS[:4]), version="test")
    few = admit(others, "frontier", world(20, 5))

    def deviation(fitted: Fit) -> float:
        ranked = rank(fitted.belief(), [act("frontier")], Prices())
        return ranked[0].quote.p_sd

    few_error, many_error = few.model.tiers["frontier"].spread, known.model.tiers["frontier"].spread
    assert few_error is not None and many_error is not None
    assert few_error.max() > 2 * many_error.max()
    assert deviation(few) > 0.1


def test_what_is_not_known_about_a_task_is_less_after_an_attempt(known: Fit) -> None:
    def deviation(belief: FittedBelief) -> float:
        return rank(belief, [act("large")], Prices())[0].quote.p_sd

    before = known.belief()
    after = before.learn(*bill("frontier", 1.0)).learn(*bill("middle", 0.3))

    assert deviation(after) < deviation(before)


def test_admission_without_outcomes_and_a_fit_without_any_are_refused(known: Fit) -> None:
    with pytest.raises(ValueError, match="no outcomes of novel"):
        admit(known, "novel", world(5, 1))
    with pytest.raises(ValueError, match="no outcomes to fit"):
        Table.of([])


def test_a_table_of_attempts_keeps_what_was_not_tried_as_unknown() -> None:
    table = Table.of(
        [
            Attempted("t1", "a", True, 0.1, "r1"),
            Attempted("t2", "b", False, 0.4, "r2"),
            Attempted("t2", "a", False, 0.2, "r2"),
        ]
    )

    assert table.tasks == ("t1", "t2")
    assert table.groups == ("r1", "r2")
    np.testing.assert_array_equal(table.right, [[1, np.nan], [0, 0]])
    np.testing.assert_array_equal(table.of_tiers(["b", "c"]).cost[1], [0.4, np.nan])
    assert table.only([1]).tasks == ("t2",)


def test_untried_attempts_do_not_disturb_the_fit_and_can_be_filled_with_what_is_expected() -> None:
    table = world(300, 6)
    holes = np.random.default_rng(7).random(table.right.shape) < 0.3
    sparse = replace(
        table,
        right=np.where(holes, np.nan, table.right),
        cost=np.where(holes, np.nan, table.cost),
    )

    known = fit(sparse, version="test")
    filled = known.completed(sparse)

    assert chances(known.belief(), *TIERS) == pytest.approx(table.right.mean(axis=0), abs=0.08)
    assert not np.isnan(filled.right).any() and not np.isnan(filled.cost).any()
    np.testing.assert_array_equal(filled.right[~holes], table.right[~holes])


# --------------------------------------------------------------------------- costs


def test_an_average_task_is_quoted_at_what_attempts_cost_on_average(known: Fit) -> None:
    belief = known.belief()

    quoted = [belief.expected_usd(t) for t in TIERS]

    assert quoted == pytest.approx(world(500, 1).cost.mean(axis=0), rel=0.1)


def test_a_dear_first_bill_raises_the_quotes_of_all_tiers_and_a_small_one_lowers_them(
    known: Fit,
) -> None:
    usual = known.belief().expected_usd("mini")
    after = {f: known.belief().learn(*bill("mini", f * usual)) for f in (0.3, 1.0, 3.0)}

    for tier in ("middle", "frontier"):
        cheap, same, dear = (after[f].expected_usd(tier) for f in (0.3, 1.0, 3.0))
        assert 1.3 * cheap < same < dear / 1.3


def test_quotes_that_follow_the_bills_are_closer_to_what_is_paid() -> None:
    known, fresh, errors = fit(world(400, 8), version="test"), world(300, 9), {}
    for sized in (True, False):
        off = []
        for i in range(len(fresh.tasks)):
            belief = known.belief(sized=sized)
            for k, tier in enumerate(TIERS[:2]):
                verdict = Verdict.ACCEPT if fresh.right[i, k] else Verdict.REJECT
                belief = belief.learn(*bill(tier, float(fresh.cost[i, k]), verdict))
            off.append(np.log(fresh.cost[i, 4] / belief.expected_usd("frontier")))
        errors[sized] = np.std(off)

    assert errors[True] < 0.8 * errors[False]


def test_a_tier_without_known_costs_is_an_error_and_never_free(known: Fit) -> None:
    with pytest.raises(KeyError):
        known.belief().expected_usd("unheard-of")
