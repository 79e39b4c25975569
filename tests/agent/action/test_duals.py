"""Prices of limits: zero while slack, rising as they bind, and never instead of the limit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixit_runtime.agent import loop
from fixit_runtime.agent.action.beliefs import TaskBelief
from fixit_runtime.agent.action.duals import expected, least, tighten
from fixit_runtime.agent.action.estimator import ASSUMED, GridEstimator
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.scripted import ScriptedProposer
from fixit_runtime.agent.action.steps import Act, Defer, Submit, advance
from fixit_runtime.agent.action.tiers import TierModel
from fixit_runtime.agent.capital.trace import MemoryTrace
from fixit_runtime.agent.economy import Action, Prices, Quote
from fixit_runtime.agent.ledger import Ledger, Limits, Spend
from fixit_runtime.agent.seams import Candidate, Proposal, Stage, State, TestFacts

FACTS = TestFacts(failing=("t::a",), passing=())
MODEL = replace(
    ASSUMED,
    tiers={
        "cheap": TierModel(ability=-0.5, unplanned=1.0),
        "dear": TierModel(ability=2.5, unplanned=1.0),
    },
)
MENU = (
    Quote("act:cheap", Action.ACT, "cheap", cost_usd=0.02, latency_s=30.0),
    Quote("act:dear", Action.ACT, "dear", cost_usd=0.4, latency_s=5.0),
)
LEFT = st.floats(0.0, 3.0)


def belief() -> TaskBelief:
    return GridEstimator((), MODEL).belief(FACTS, [])


def state(**left: float) -> State:
    return State(belief(), FACTS, **left)


def test_limits_that_nobody_gave_have_no_price() -> None:
    assert tighten(state(), MENU, Prices())[1] == Prices()


@given(LEFT)
@settings(max_examples=25, deadline=None)
def test_a_cap_has_a_price_exactly_where_what_would_be_spent_does_not_fit(left: float) -> None:
    spent = expected(belief(), MENU, Prices()).usd
    prices = tighten(state(left_usd=left), MENU, Prices())[1]

    assert prices.money >= 1.0
    assert (prices.money == 1.0) == (spent <= left)
    assert expected(belief(), MENU, prices).usd <= left + 1e-6


@given(st.floats(0.0, 200.0), st.sampled_from([0.0, 10.0]))
@settings(max_examples=25, deadline=None)
def test_a_deadline_has_a_price_exactly_where_time_is_short_even_if_time_was_free(
    left: float, per_hour: float
) -> None:
    given_ = Prices.of(5.0, latency_usd_per_hour=per_hour)
    seconds = expected(belief(), MENU, given_).seconds
    prices = tighten(state(left_s=left), MENU, given_)[1]

    assert (prices.latency_usd_per_s == given_.latency_usd_per_s) == (seconds <= left)
    assert expected(belief(), MENU, prices).seconds <= left + 1e-6


@given(LEFT, LEFT)
@settings(max_examples=25, deadline=None)
def test_the_price_rises_as_less_is_left(one: float, other: float) -> None:
    less, more = sorted((one, other))

    def price(left: float) -> float:
        return tighten(state(left_usd=left), MENU, Prices())[1].money

    assert price(less) >= price(more) - 1e-6


@given(st.floats(0.01, 10.0))
def test_the_least_price_is_found_where_spending_jumps_too(jump: float) -> None:
    found = least(lambda mu: 5.0 if mu < jump else 1.0, left=2.0, unit=1.0)

    assert found == pytest.approx(jump, rel=1e-3, abs=1e-3)


def test_a_short_deadline_moves_the_choice_to_the_faster_tier() -> None:
    slow = Quote("act:slow", Action.ACT, "slow", cost_usd=0.02, latency_s=60.0)
    fast = Quote("act:fast", Action.ACT, "fast", cost_usd=0.1, latency_s=5.0)

    def first(left_s: float) -> str:
        given_ = Prices.of(5.0, latency_usd_per_hour=1.0)
        seen, prices = tighten(state(left_s=left_s), (slow, fast), given_)
        return policy("index").rank(seen, (slow, fast), prices)[0].quote.option

    assert first(3000.0) == "act:slow"
    assert first(10.0) == "act:fast"


def test_a_limit_of_risk_makes_wrong_patches_dearer() -> None:
    doubtful = replace(MODEL.default_tier, specificity=0.6)
    model = replace(MODEL, tiers={"cheap": doubtful, "dear": doubtful})
    seen = State(GridEstimator((), model).belief(FACTS, []), FACTS, left_risk=0.05)
    bold = Prices.of(5.0, risk_usd=0.0)

    assert tighten(seen, MENU, bold)[1].risk_usd > 0


@given(st.floats(0.0, 0.8), st.floats(1.0, 60.0), st.lists(st.booleans(), max_size=4))
@settings(max_examples=25, deadline=None)
def test_no_cap_is_ever_exceeded_and_decisions_show_the_price(
    cap: float, deadline: float, luck: list[bool]
) -> None:
    done = Candidate("c", "dear", {}, stage=Stage.CONFIRMED, prior=0.95)
    slices = [Proposal((done,) if ok else (), Spend(), tried=1) for ok in luck]
    acts = [
        Act(ScriptedProposer("dear", slices, cost_usd=0.3, latency_s=5.0)),
        Act(ScriptedProposer("cheap", slices, cost_usd=0.02, latency_s=20.0)),
    ]
    ledger, trace = Ledger(Limits(cap, deadline)), MemoryTrace("run")
    controls = loop.Controls(policy("index"), Prices(), tighten=tighten)

    loop.run(state(), [*acts, Submit(), Defer()], advance, controls, ledger, trace)

    assert ledger.spent.usd <= cap + 1e-9
    assert ledger.spent.seconds <= deadline + 1e-9
    for event in trace.events():
        if event.kind == "decision":
            prices, reason = event.data["prices"], str(event.data["reason"])
            assert isinstance(prices, dict)
            assert (prices["money"] > 1) == ("the cap makes a dollar count" in reason)
