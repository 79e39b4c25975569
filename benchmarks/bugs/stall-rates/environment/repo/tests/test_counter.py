import pytest

from stall.counter import Counter
from stall.rates import Rates


@pytest.fixture
def counter():
    return Counter(Rates.parse("USD CRO 6.25\nEUR CRO 8\nCRO YEN 20.3\n"))


def test_a_slip(counter):
    assert str(counter.change("10.10", "USD", "CRO")) == "10.10 USD -> 61.86 CRO (fee 1.26)"


def test_yen_have_no_decimals(counter):
    assert str(counter.change(3, "CRO", "YEN")) == "3 CRO -> 59 YEN (fee 1)"


def test_two_foreign_currencies(counter):
    assert str(counter.change(1, "USD", "YEN")) == "1 USD -> 124 YEN (fee 2)"


def test_without_a_fee():
    counter = Counter(Rates.parse("USD CRO 6.25"), fee_percent=0)

    assert str(counter.change(1, "CRO", "USD")) == "1 CRO -> 0.16 USD (fee 0.00)"


def test_nothing_is_not_changed(counter):
    with pytest.raises(ValueError, match="nothing"):
        counter.change(0, "USD", "CRO")
