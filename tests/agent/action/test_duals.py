"""Prices of limits: zero while slack, rising as they bind, and never instead of the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fixit_runtime.agent import loop
from fixit_runtime.agent.action.beliefs import Held, TaskBelief
from fixit_runtime.agent.action.checks import CONFIRM, SUITE, shipped_checks
from fixit_runtime.agent.action.contest import judged
from fixit_runtime.agent.action.duals import expected, least, tighten
from fixit_runtime.agent.action.estimator import ASSUMED, GridEstimator
from fixit_runtime.agent.action.fit import fit
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.replay import Verifier
from fixit_runtime.agent.action.scripted import ScriptedProposer
from fixit_runtime.agent.action.simulate import PRICE_LIST, simulate
from fixit_runtime.agent.action.steps import Act, Defer, Submit, advance
from fixit_runtime.agent.action.tiers import TierModel
from fixit_runtime.agent.action.verify import check_model
from fixit_runtime.agent.capital.trace import MemoryTrace
from fixit_runtime.agent.economy import (
    DEPTH,
    Action,
    Prices,
    Quote,
    Verdict,
    full_cost,
    stop_worth,
    submit_value,
)
from fixit_runtime.agent.ledger import Ledger, Limits, Spend
from fixit_runtime.agent.seams import Candidate, Proposal, Result, Stage, State, TestFacts

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
@settings(max_examples=25)
def test_a_cap_has_a_price_exactly_where_what_would_be_spent_does_not_fit(left: float) -> None:
    spent = expected(belief(), MENU, Prices()).usd
    prices = tighten(state(left_usd=left), MENU, Prices())[1]

    assert prices.money >= 1.0
    assert (prices.money == 1.0) == (spent <= left)
    assert expected(belief(), MENU, prices).usd <= left + 1e-6


@given(st.floats(0.0, 200.0), st.sampled_from([0.0, 10.0]))
@settings(max_examples=25)
def test_a_deadline_has_a_price_exactly_where_time_is_short_even_if_time_was_free(
    left: float, per_hour: float
) -> None:
    given_ = Prices.of(5.0, latency_usd_per_hour=per_hour)
    seconds = expected(belief(), MENU, given_).seconds
    prices = tighten(state(left_s=left), MENU, given_)[1]

    assert (prices.latency_usd_per_s == given_.latency_usd_per_s) == (seconds <= left)
    assert expected(belief(), MENU, prices).seconds <= left + 1e-6


@given(LEFT, LEFT)
@settings(max_examples=25)
def test_the_price_rises_as_less_is_left(one: float, other: float) -> None:
    less, more = sorted((one, other))

    def price(left: float) -> float:
        return tighten(state(left_usd=left), MENU, Prices())[1].money

    assert price(less) >= price(more) - 1e-6


def slowly(seen: TaskBelief, menu: Sequence[Quote], at: Prices) -> tuple[float, float, float]:
    """`expected` as it reads: the belief itself taken from failure to failure, at these prices."""
    acts = [q for q in menu if q.action is Action.ACT]
    seen = seen.at(at)
    in_usd = seen.at(Prices(0.0, 0.0, 0.0, 0.0))
    in_s = seen.at(Prices(0.0, 1.0, 0.0, 0.0, money=0.0))
    cost = np.array([full_cost(q, at) for q in acts])
    total, reached = np.zeros(3), 1.0
    for _ in range(DEPTH if acts else 0):
        has, weights = seen.attempts(acts), seen.weights()
        accept, right = has.accept @ weights, has.sensitivity * (has.right @ weights)
        k = int(np.argmin(np.where(has.left > 0, cost / (accept + 1e-200), np.inf)))
        p = float(accept[k])
        chance = np.array(right[k] / (p + 1e-200))
        p_pass, shown, owed = (float(x) for x in seen.settle(chance))
        new = max(p_pass * submit_value(shown, at) - owed, 0.0)
        if has.left[k] <= 0 or p * (new - stop_worth(seen, at).usd) <= cost[k]:
            break
        total += [reached * acts[k].cost_usd, reached * acts[k].latency_s, 0.0]
        if new > 0:
            usd, seconds = float(in_usd.settle(chance)[2]), float(in_s.settle(chance)[2])
            total += reached * p * np.array([usd, seconds, p_pass * (1.0 - shown)])
        seen = seen.after(acts[k], Verdict.REJECT)
        reached *= 1.0 - p
    if stop_worth(seen, at).usd > 0:
        p_pass, shown, _ = seen.owed()
        usd = replace(in_usd, held=seen.held).owed().usd
        seconds = replace(in_s, held=seen.held).owed().usd
        total += reached * np.array([usd, seconds, p_pass * (1.0 - shown)])
    return float(total[0]), float(total[1]), float(total[2])


SUITE_QUOTE = Quote(SUITE, Action.VERIFY, cost_usd=0.03, latency_s=20.0)
CONFIRM_QUOTE = Quote(CONFIRM, Action.VERIFY, cost_usd=0.01, latency_s=40.0)
CHECKED = replace(
    MODEL,
    checks=(
        check_model(shipped_checks(), SUITE, Stage.GREEN, Stage.SAFE, quote=SUITE_QUOTE),
        check_model(shipped_checks(), CONFIRM, Stage.SAFE, Stage.CONFIRMED, quote=CONFIRM_QUOTE),
    ),
    tiers={
        "cheap": TierModel(-0.5, decay=0.8, later=0.5, unplanned=0.4, most=3),
        "dear": TierModel(2.5, decay=0.95),
    },
)
FITTED = fit(simulate(PRICE_LIST, 80, np.random.default_rng(3)), version="test").belief()
helds = st.sampled_from(
    [None, *(Held(p, s) for p in (0.3, 0.9) for s in (Stage.GREEN, Stage.SAFE))]
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["cheap", "dear"]), st.floats(0.001, 1.0), st.floats(0.0, 90.0)),
        min_size=1, max_size=5,
    ),
    helds, st.floats(0.1, 50.0), st.floats(0.0, 100.0), st.floats(0.0, 60.0), st.floats(1.0, 9.0),
    st.booleans(), st.floats(0.0, 5.0),
)  # fmt: skip
@settings(max_examples=80)
def test_what_is_worked_out_once_for_all_prices_is_what_the_belief_says_at_each(
    drawn: list[tuple[str, float, float]], held: Held | None, value: float, risk: float,
    hour: float, money: float, made: bool, handover: float,
) -> None:  # fmt: skip
    seen = TaskBelief(CHECKED, CHECKED.prior, held={"c": held} if held else {})
    seen = replace(seen, made={"cheap": 1} if made else {})
    menu = [
        Quote(f"act:{i}", Action.ACT, tier, cost_usd=usd, latency_s=s)
        for i, (tier, usd, s) in enumerate(drawn)
    ]
    at = Prices.of(value, latency_usd_per_hour=hour, risk_usd=risk)
    at = replace(at, money=money, handover_usd=handover)
    # Which of equally good acts comes first is not told, and they may take unlike times.
    assume(len({(q.tier, round(full_cost(q, at), 9)) for q in menu}) == len(menu))

    assert tuple(expected(seen, menu, at)) == pytest.approx(slowly(seen, menu, at), abs=1e-9)


@pytest.mark.parametrize("accepted", [None, "nano", "large"])
def test_so_it_is_where_failures_move_the_candidate_at_hand(accepted: str | None) -> None:
    seen = judged(FITTED, Verifier(0.2, 0.1))
    menu = [Quote(f"act:{t}", Action.ACT, t, cost_usd=FITTED.expected_usd(t)) for t in PRICE_LIST]
    if accepted:
        quote = next(q for q in menu if q.tier == accepted)
        found = Candidate("c", accepted, {}, stage=Stage.CONFIRMED)
        seen = seen.learn(quote, Result(Verdict.ACCEPT, candidates=(found,)))
        menu.remove(quote)
    for value in (0.5, 5.0, 50.0):
        at = Prices.of(value, risk_usd=value)
        assert tuple(expected(seen, menu, at)) == pytest.approx(slowly(seen, menu, at), abs=1e-9)


@given(LEFT, st.floats(0.0, 300.0), helds)
@settings(max_examples=25)
def test_the_fast_way_puts_the_same_prices_on_limits_as_the_slow_one(
    usd: float, seconds: float, held: Held | None
) -> None:
    seen = TaskBelief(CHECKED, CHECKED.prior, held={"c": held} if held else {})
    tight = tighten(State(seen, FACTS, left_usd=usd, left_s=seconds), MENU, Prices())[1]

    money = least(lambda mu: slowly(seen, MENU, Prices().dearer_money(mu))[0] <= usd, 1.0)
    dear = Prices().dearer_money(money)

    def in_time(mu: float) -> bool:
        at = replace(dear, latency_usd_per_s=dear.latency_usd_per_s + mu)
        return slowly(seen, MENU, at)[1] <= seconds

    assert tight.money == pytest.approx(1.0 + money)
    assert tight.latency_usd_per_s == pytest.approx(dear.latency_usd_per_s + least(in_time, 0.01))


@given(st.floats(0.01, 10.0))
def test_the_least_price_is_found_where_spending_jumps_too(jump: float) -> None:
    found = least(lambda mu: mu >= jump, unit=1.0)

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
@settings(max_examples=25)
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
