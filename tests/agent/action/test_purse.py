"""One purse over many tasks: its price, its jumps, and that it is never overdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent import economy, loop
from fixit_runtime.agent.action.contest import recorded
from fixit_runtime.agent.action.duals import expected, tighten
from fixit_runtime.agent.action.fit import Fit, fit
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.purse import Purse, SpendCurve, pay, spend_curve
from fixit_runtime.agent.action.replay import Played, Remembered, Untraced, play
from fixit_runtime.agent.action.simulate import PRICE_LIST, simulate
from fixit_runtime.agent.action.steps import advance
from fixit_runtime.agent.economy import Action, Prices, Quote
from fixit_runtime.agent.ledger import Ledger, Limits
from fixit_runtime.agent.seams import Policy, State, Step, TestFacts

VALUE = Prices.of(20.0, latency_usd_per_hour=0, risk_usd=0)
MUS = [0.0, *np.geomspace(0.2, 3000, 20)]
TABLE = simulate(PRICE_LIST, 160, np.random.default_rng(2))
KNOWN: Fit = fit(TABLE.only(range(80)), version="test")
RULE = Remembered(policy("index"))


def run(
    state: State, steps: Sequence[Step], chosen: Policy, prices: Prices, ledger: Ledger
) -> State:
    return loop.run(state, steps, advance, loop.Controls(chosen, prices), ledger, Untraced())


@pytest.fixture(scope="module")
def curve() -> SpendCurve:
    train = TABLE.only(range(80))
    tasks = recorded(train, train.right)
    return spend_curve(run, tasks, KNOWN.belief(), lambda task: RULE, VALUE, MUS)


def stream(curve: SpendCurve, budget: float) -> list[Played]:
    test = TABLE.only(range(80, 160))
    purse, lots = Purse(budget, len(test.tasks)), np.random.default_rng(0)
    played = []
    for task in recorded(test, test.right):
        spend = partial(play, run, task, KNOWN.belief(), RULE)
        played.append(pay(purse, curve, VALUE, lots.random(), spend))
    return played


costs = st.lists(st.tuples(st.floats(0.01, 2.0), st.floats(0.0, 60.0)), min_size=1, max_size=5)


@given(costs, st.floats(0.0, 30.0), st.floats(0.1, 20.0))
def test_dearer_money_decides_as_if_every_bill_were_that_much_higher_and_nothing_else(
    drawn: list[tuple[float, float]], mu: float, value: float
) -> None:
    prices = Prices.of(value, latency_usd_per_hour=5.0, risk_usd=2.0)
    belief = KNOWN.belief()

    def scores(factor: float, at: Prices) -> list[float]:
        menu = [
            Quote(
                f"act:{i}",
                Action.ACT,
                tier=tier,
                cost_usd=factor * usd,
                latency_s=s,
                outcomes=Quote.attempt(0),
            )
            for i, (tier, (usd, s)) in enumerate(zip(PRICE_LIST, drawn, strict=False))
        ]
        by_option = {s.quote.option: s.score for s in economy.rank(belief, menu, at)}
        return [by_option[q.option] for q in menu]

    assert scores(1.0, prices.dearer_money(mu)) == pytest.approx(scores(1.0 + mu, prices))


def test_a_cap_and_a_purse_that_leave_the_same_money_put_the_same_price_on_it() -> None:
    belief, menu = KNOWN.belief(), [
        Quote(f"act:{t}", Action.ACT, tier=t, cost_usd=KNOWN.belief().expected_usd(t))
        for t in PRICE_LIST
    ]  # fmt: skip
    left = 0.1
    state = State(belief, TestFacts(("t::a",), ()), left_usd=left)

    _, tight = tighten(state, menu, VALUE)
    curve = SpendCurve.measured(
        lambda mu: expected(belief, menu, VALUE.dearer_money(mu)).usd, np.linspace(0, 60, 2000)
    )

    assert tight.money - 1.0 == pytest.approx(curve.price(left), abs=0.05)


def test_a_slack_purse_has_price_zero(curve: SpendCurve) -> None:
    assert curve.price(float(curve.usd[0]) + 0.01) == 0.0
    assert Purse(1e6, 10).price(curve) == 0.0


@given(st.floats(0, 2), st.floats(0, 2))
def test_less_money_never_has_a_lower_price(one: float, other: float) -> None:
    curve = SpendCurve(np.array([0.0, 1.0, 3.0, 10.0]), np.array([1.2, 0.7, 0.1, 0.0]))
    less, more = sorted((one, other))

    assert curve.price(less) >= curve.price(more)


def test_at_a_jump_lots_spend_the_purse_on_average() -> None:
    curve = SpendCurve(np.array([0.0, 5.0]), np.array([1.0, 0.0]))
    lots = np.random.default_rng(3).random(4000)

    spent = [curve.usd[list(curve.mu).index(curve.price(0.3, lot))] for lot in lots]

    assert np.mean(spent) == pytest.approx(0.3, abs=0.03)


def test_spending_falls_as_money_gets_dearer(curve: SpendCurve) -> None:
    assert np.all(np.diff(curve.usd) <= 0)
    assert curve.usd[0] > curve.usd[len(curve.usd) // 2] > 0 == curve.usd[-1]


@pytest.mark.parametrize("budget", [0.0, 1.0, 4.0, 1000.0])
def test_a_stream_never_spends_more_than_its_purse_and_little_less(
    curve: SpendCurve, budget: float
) -> None:
    played = stream(curve, budget)
    spent = sum(p.paid_usd for p in played)

    assert spent <= budget + 1e-9
    if 0 < budget < 1000:
        assert spent > 0.75 * budget


def test_one_purse_resolves_more_than_equal_shares_of_it(curve: SpendCurve) -> None:
    budget = 2.0
    test = TABLE.only(range(80, 160))
    share = Limits(cost_usd=budget / len(test.tasks))
    equal = [
        play(run, task, KNOWN.belief(), RULE, VALUE, share) for task in recorded(test, test.right)
    ]

    assert sum(p.right for p in stream(curve, budget)) > sum(p.right for p in equal)


def test_an_overdrawn_purse_is_an_error() -> None:
    purse = Purse(1.0, 2)
    purse.settle(0.6)

    with pytest.raises(ValueError, match="left"):
        purse.settle(0.5)
    assert (purse.left_usd, purse.tasks_left) == (0.4, 1)
