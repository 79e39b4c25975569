"""Caps hold: what does not fit is refused before it is spent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.errors import BudgetExceeded
from fixit_runtime.agent.ledger import Ledger, Limits, Spend, Usage


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=30), st.floats(0, 3))
def test_a_cap_is_never_exceeded_not_even_by_one_call(
    calls: list[tuple[float, float]], cap: float
) -> None:
    ledger = Ledger(Limits(cost_usd=cap))
    for worst, share in calls:
        try:
            with ledger.reserve(worst) as reservation:
                reservation.settle(Spend(usd=worst * share))
        except BudgetExceeded:
            assert worst > cap - ledger.spent.usd
    assert ledger.spent.usd <= cap + 1e-9
    assert ledger.held_usd == pytest.approx(0.0, abs=1e-9)


def test_a_refused_reservation_spends_and_holds_nothing() -> None:
    ledger = Ledger(Limits(cost_usd=0.05))

    with pytest.raises(BudgetExceeded, match=r"\$0\.0600.*leaves \$0\.0500"), ledger.reserve(0.06):
        pytest.fail("the call ran")

    assert ledger.spent == Spend()
    assert ledger.left_usd == 0.05


def test_two_calls_in_flight_cannot_both_use_the_last_of_the_money() -> None:
    ledger = Ledger(Limits(cost_usd=0.10))

    with ledger.reserve(0.06) as first:
        with pytest.raises(BudgetExceeded), ledger.reserve(0.06):
            pytest.fail("the call ran")
        first.settle(Spend(usd=0.01))

    assert ledger.left_usd == pytest.approx(0.09)


def test_a_call_that_breaks_off_without_a_bill_is_charged_in_full() -> None:
    ledger = Ledger(Limits(cost_usd=1.0))

    with pytest.raises(ConnectionError), ledger.reserve(0.2):
        raise ConnectionError("cut while reading")

    assert ledger.spent.usd == pytest.approx(0.2)


def test_a_free_step_is_affordable_even_past_every_limit() -> None:
    ledger = Ledger(Limits(cost_usd=0.1, deadline_s=1.0))
    ledger.charge(Spend(usd=0.2, seconds=5.0))

    assert ledger.affords(0.0, 0.0)
    assert not ledger.affords(0.001)
    assert not ledger.affords(0.0, 0.1)


def test_spending_adds_up_by_kind() -> None:
    a = Spend(0.1, 2.0, 1.5, Usage(10, 5, 1, 7, 3), 0.0, 0.05)
    b = Spend(0.2, 1.0, 0.5, Usage(1, 1, 1, 1, 1), 1.0, 0.2)

    assert ((a + b) - b).usage == a.usage
    assert (a + b).usage.total == a.usage.total + b.usage.total
    assert (a + b).seconds == 3.0
