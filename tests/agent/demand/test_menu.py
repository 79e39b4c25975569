"""The published menu: nobody gains by claiming another value (Eq. 5)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent import loop
from fixit_runtime.agent.action.contest import judged, recorded
from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.fit import fit
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.replay import Remembered, Untraced, Verifier, play
from fixit_runtime.agent.action.simulate import PRICE_LIST, simulate
from fixit_runtime.agent.action.steps import advance
from fixit_runtime.agent.demand.menu import (
    NOTHING,
    Offer,
    envies,
    plans,
    publish,
    published,
    tiers,
)
from fixit_runtime.agent.economy import Action, Prices, Quote, Verdict, rank
from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import Policy, State, Step, TestFacts

VALUES = (0.05, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0)
PRICES = Prices.of(5.0, latency_usd_per_hour=0, risk_usd=0)
BELIEF = fit(simulate(PRICE_LIST, 200, np.random.default_rng(4)), version="test").belief()
ACTS = [
    Quote(
        f"act:{t}",
        Action.ACT,
        tier=t,
        cost_usd=BELIEF.expected_usd(t),
        outcomes=Quote.attempt(0),
    )
    for t in PRICE_LIST
]


def run(
    state: State, steps: Sequence[Step], chosen: Policy, prices: Prices, ledger: Ledger
) -> State:
    return loop.run(state, steps, advance, loop.Controls(chosen, prices), ledger, Untraced())


LIES = Prices.of(5.0, latency_usd_per_hour=0)  # the default: a wrong patch costs 4 V
NOISY = judged(BELIEF, Verifier(0.1, 0.1))  # its checks err

offers = st.lists(
    st.builds(
        lambda name, cost, q, w: Offer(name, cost, q, w * (1 - q)),
        st.text("abc", min_size=1), st.floats(0, 50), st.floats(0, 1), st.floats(0, 1),
    ),
    max_size=8,
)  # fmt: skip
values = st.lists(st.floats(0, 200), min_size=1, max_size=6, unique=True)
ratios = st.sampled_from([0.0, 1.0, 4.0])


@given(values, offers, ratios)
def test_in_a_published_menu_no_one_gains_by_claiming_another_value(
    of: list[float], listed: list[Offer], ratio: float
) -> None:
    menu = published(of, listed, ratio)

    assert envies(menu, ratio) == []
    for mine, own in menu.items():
        assert own.surplus(mine, ratio * mine) >= 0


@given(values, offers, ratios)
def test_a_higher_value_gets_no_worse_ends_and_pays_no_lower_price(
    of: list[float], listed: list[Offer], ratio: float
) -> None:
    chosen = list(published(of, listed, ratio).values())

    for lower, higher in itertools.pairwise(chosen):
        net = [o.quality - ratio * o.p_wrong for o in (lower, higher)]
        assert net[1] >= net[0] - 1e-9
        assert higher.cost_usd >= lower.cost_usd or net[1] == pytest.approx(net[0])


def test_a_menu_that_someone_would_lie_to_is_found_out() -> None:
    cheap, dear = Offer("cheap", 1.0, 0.7), Offer("dear", 5.0, 0.9)

    assert envies({10.0: cheap, 100.0: dear}, 4.0) == []
    assert envies({10.0: dear, 100.0: dear}, 4.0) == []  # nothing else to claim
    assert envies({10.0: dear, 100.0: cheap}, 4.0) == [(10.0, 100.0), (100.0, 10.0)]


def test_a_row_that_hides_its_risk_in_its_price_would_be_lied_to_and_one_that_tells_is_not() -> (
    None
):
    """Both are one plan, good for whoever is worth much: it errs once in twenty."""
    hidden = {0.5: Offer("a", 0.02 + 0.05 * 2.0, 0.7), 50.0: Offer("b", 3.0 + 0.05 * 200.0, 0.8)}
    told = {0.5: Offer("a", 0.02, 0.7, 0.05), 50.0: Offer("b", 3.0, 0.8, 0.05)}

    assert envies(hidden, 4.0) == [(50.0, 0.5)]
    assert envies(told, 4.0) == []


def test_the_papers_two_tiers_are_told_apart_at_a_value_of_20_dollars() -> None:
    listed = [Offer("cheap", 1.0, 0.7), Offer("frontier", 5.0, 0.9)]

    menu = published((1.0, 19.0, 21.0), listed, 0.0)

    assert [o.name for o in menu.values()] == ["defer", "cheap", "frontier"]


def test_the_tiers_are_listed_with_what_the_belief_expects_of_them() -> None:
    listed = tiers(NOISY, ACTS, LIES)

    assert [o.cost_usd for o in listed] == sorted(o.cost_usd for o in listed)
    assert {o.name for o in listed} == set(PRICE_LIST)
    for offer in listed:
        (accepted,) = NOISY.attempts([a for a in ACTS if a.tier == offer.name]).accept
        assert 0 < offer.quality < 1 and 0 < offer.p_wrong < 0.1
        assert offer.quality + offer.p_wrong == pytest.approx(float(accepted @ NOISY.weights()))


@pytest.mark.parametrize("ratio", [0.0, 1.0, 4.0])
def test_what_the_rule_does_for_each_value_is_a_menu_that_needs_no_mending(ratio: float) -> None:
    """Not by construction: each plan was made for its own value, and nobody has chosen yet."""
    listed = plans(NOISY, ACTS, replace(LIES, risk_usd=ratio * LIES.value_usd), VALUES)

    assert envies(dict(zip(VALUES, listed, strict=True)), ratio) == []
    net = [o.quality - ratio * o.p_wrong for o in listed]
    assert net == sorted(net) and net[-1] > net[1]


@pytest.mark.parametrize("ratio", [0.0, 1.0, 4.0])
def test_a_row_is_worth_to_its_user_what_the_rule_forecasts_at_that_users_prices(
    ratio: float,
) -> None:
    prices = replace(LIES, risk_usd=ratio * LIES.value_usd)
    for value, plan in zip(VALUES, plans(NOISY, ACTS, prices, VALUES), strict=True):
        mine = replace(prices, value_usd=value, risk_usd=ratio * value)
        assert plan.surplus(value, ratio * value) == pytest.approx(
            max(rank(NOISY, ACTS, mine)[0].score, 0.0)
        )
        assert plan.p_wrong == 0 or ratio < 4 or plan.p_wrong < plan.quality / 4
        coarse = 0.01 * max(mine.risk_usd, value)  # a hundred times what the row was made with
        worths = [
            max(rank(NOISY, ACTS, replace(mine, risk_usd=mine.risk_usd + by))[0].score, 0.0)
            for by in (0.0, coarse)
        ]
        assert plan.p_wrong == pytest.approx((worths[0] - worths[1]) / coarse, abs=0.01)


@pytest.mark.parametrize("value", [1.0, 20.0])
def test_a_row_promises_no_more_than_a_user_of_that_value_then_gets(value: float) -> None:
    """It may get more: what a run learns on its way is more than a lookahead reckons with."""
    known = fit(simulate(PRICE_LIST, 1500, np.random.default_rng(5)), version="test")
    belief, noisy = known.belief(sized=False), Verifier(0.1, 0.1)
    prices = Prices.of(value, latency_usd_per_hour=0, risk_usd=value)
    acts = [replace(a, cost_usd=belief.expected_usd(a.tier)) for a in ACTS]
    (row,) = plans(judged(belief, noisy), acts, prices, (value,))
    table, lots = simulate(PRICE_LIST, 500, np.random.default_rng(6)), np.random.default_rng(7)
    accepted = noisy.accepts(table.right, lots.random(table.right.shape))

    rule = Remembered(policy("index"))
    got = [play(run, t, judged(belief, noisy), rule, prices) for t in recorded(table, accepted)]

    right = np.mean([g.right for g in got])
    wrong = np.mean([bool(g.shown) and not g.right for g in got])
    assert right == pytest.approx(row.quality, abs=0.07)
    assert wrong == pytest.approx(row.p_wrong, abs=0.06) and wrong < row.p_wrong + 0.03
    earned = np.array([g.utility(value, value) for g in got])
    assert earned.mean() > row.surplus(value, value) - 2 * earned.std() / np.sqrt(len(earned))


def test_the_rules_plan_is_better_for_its_user_than_any_single_tier() -> None:
    for value, plan in zip(VALUES, plans(NOISY, ACTS, LIES, VALUES), strict=True):
        best = published((value,), tiers(NOISY, ACTS, LIES), 4.0)[value]
        assert plan.surplus(value, 4 * value) >= best.surplus(value, 4 * value) - 1e-9


def test_what_a_run_publishes_before_its_first_step_needs_no_lies_and_bounds_its_regret() -> None:
    belief = GridEstimator(()).belief(TestFacts(failing=("t::a",), passing=()), ["search", "m"])
    menu = [
        Quote("plan", Action.PLAN, cost_usd=0.01, outcomes=((Verdict.INFORMED, 1.0),)),
        Quote("act:search", Action.ACT, "search", cost_usd=0.005, outcomes=Quote.attempt(0)),
        Quote("act:m", Action.ACT, "m", cost_usd=0.4, outcomes=Quote.attempt(0)),
    ]

    offered = publish(belief, menu, LIES)

    by_value = dict(offered.by_value)
    assert envies(by_value, 4.0) == []
    assert [o.name for o in offered.tiers] == ["search", "m"]
    net = [offer.quality - 4.0 * offer.p_wrong for offer in by_value.values()]
    assert net == sorted(net) and net[0] < net[-1]
    assert 0 < offered.regret_bound_usd < 5.0


def test_each_row_names_the_tiers_that_it_asks_in_turn() -> None:
    rows = plans(BELIEF, ACTS, PRICES, (0.05, 50.0))

    assert set(rows[0].tiers) < set(rows[1].tiers)
    assert rows[1].name == ", then ".join(rows[1].tiers)  # each can be asked once
    assert plans(BELIEF, ACTS, PRICES, (0.001,)) == [NOTHING]
