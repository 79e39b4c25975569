"""The published menu: nobody gains by claiming another value (Eq. 5)."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.fit import fit
from fixit_runtime.agent.action.simulate import PRICE_LIST, simulate
from fixit_runtime.agent.demand.menu import (
    NOTHING,
    Offer,
    envies,
    plans,
    publish,
    published,
    tiers,
)
from fixit_runtime.agent.economy import Action, Prices, Quote, Verdict
from fixit_runtime.agent.seams import TestFacts

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

offers = st.lists(
    st.builds(Offer, st.text("abc", min_size=1), st.floats(0, 50), st.floats(0, 1)), max_size=8
)
values = st.lists(st.floats(0, 200), min_size=1, max_size=6, unique=True)


@given(values, offers)
def test_in_a_published_menu_no_one_gains_by_claiming_another_value(
    of: list[float], listed: list[Offer]
) -> None:
    menu = published(of, listed)

    assert envies(menu) == []
    for mine, own in menu.items():
        assert own.surplus(mine) >= 0


@given(values, offers)
def test_a_higher_value_gets_no_lower_quality_and_pays_no_lower_price(
    of: list[float], listed: list[Offer]
) -> None:
    chosen = list(published(of, listed).values())

    for lower, higher in itertools.pairwise(chosen):
        assert higher.quality >= lower.quality
        assert higher.price_usd >= lower.price_usd or higher.quality == lower.quality


def test_a_menu_that_someone_would_lie_to_is_found_out() -> None:
    cheap, dear = Offer("cheap", 1.0, 0.7), Offer("dear", 5.0, 0.9)

    assert envies({10.0: cheap, 100.0: dear}) == []
    assert envies({10.0: dear, 100.0: dear}) == []  # nothing else to claim
    assert envies({10.0: dear, 100.0: cheap}) == [(10.0, 100.0), (100.0, 10.0)]


def test_the_papers_two_tiers_are_told_apart_at_a_value_of_20_dollars() -> None:
    listed = [Offer("cheap", 1.0, 0.7), Offer("frontier", 5.0, 0.9)]

    menu = published((1.0, 19.0, 21.0), listed)

    assert [o.name for o in menu.values()] == ["defer", "cheap", "frontier"]


def test_the_tiers_are_listed_with_what_the_belief_expects_of_them() -> None:
    listed = tiers(BELIEF, ACTS, PRICES)

    assert [o.price_usd for o in listed] == sorted(o.price_usd for o in listed)
    assert {o.name for o in listed} == set(PRICE_LIST)
    assert all(0 < o.quality < 1 for o in listed)


def test_what_the_rule_does_for_each_value_is_a_menu_that_needs_no_mending() -> None:
    listed = plans(BELIEF, ACTS, PRICES, VALUES)

    assert envies(dict(zip(VALUES, listed, strict=True))) == []
    assert listed[-1].quality > listed[1].quality
    assert published((0.0,), listed)[0.0].price_usd == NOTHING.price_usd


def test_the_rules_plan_is_better_for_its_user_than_any_single_tier() -> None:
    for value, plan in zip(VALUES, plans(BELIEF, ACTS, PRICES, VALUES), strict=True):
        best = published((value,), tiers(BELIEF, ACTS, PRICES))[value]
        assert plan.surplus(value) >= best.surplus(value) - 1e-9


def test_what_a_run_publishes_before_its_first_step_needs_no_lies_and_bounds_its_regret() -> None:
    belief = GridEstimator(()).belief(TestFacts(failing=("t::a",), passing=()), ["search", "m"])
    menu = [
        Quote("plan", Action.PLAN, cost_usd=0.01, outcomes=((Verdict.INFORMED, 1.0),)),
        Quote("act:search", Action.ACT, "search", cost_usd=0.005, outcomes=Quote.attempt(0)),
        Quote("act:m", Action.ACT, "m", cost_usd=0.4, outcomes=Quote.attempt(0)),
    ]

    offered = publish(belief, menu, Prices.of(5.0, latency_usd_per_hour=0))

    by_value = dict(offered.by_value)
    assert envies(by_value) == []
    assert [o.name for o in offered.tiers] == ["search", "m"]
    qualities = [offer.quality for offer in by_value.values()]
    assert qualities == sorted(qualities) and qualities[0] < qualities[-1]
    assert 0 < offered.regret_bound_usd < 5.0
