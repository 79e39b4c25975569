from decimal import Decimal

import pytest

from stall.rates import NoRate, Rates

TEXT = """\
# morning
USD CRO 6.25
EUR CRO 8    # firm
CRO YEN 20
ABC XYZ 3
"""


@pytest.fixture
def rates():
    return Rates.parse(TEXT)


def test_currencies(rates):
    assert rates.currencies() == ["ABC", "CRO", "EUR", "USD", "XYZ", "YEN"]


@pytest.mark.parametrize(
    ("source", "target", "rate"),
    [("USD", "CRO", "6.25"), ("CRO", "USD", "0.16"), ("CRO", "YEN", "20"), ("USD", "USD", "1")],
)
def test_known_rates(rates, source, target, rate):
    assert rates.rate(source, target) == Decimal(rate)


@pytest.mark.parametrize(
    ("source", "target", "rate"), [("USD", "YEN", "125"), ("YEN", "USD", "0.008"), ("EUR", "USD", "1.28")]
)
def test_rates_by_way_of_the_crown(rates, source, target, rate):
    assert rates.rate(source, target) == Decimal(rate)


def test_a_published_rate_goes_first(rates):
    rates.publish("USD", "YEN", Decimal(130))

    assert rates.rate("USD", "YEN") == 130


@pytest.mark.parametrize(("source", "target"), [("USD", "ABC"), ("ABC", "CRO"), ("CRO", "GBP")])
def test_unknown_rates(rates, source, target):
    with pytest.raises(NoRate, match=f"^no rate from {source} to {target}$"):
        rates.rate(source, target)


def test_rates_are_positive(rates):
    with pytest.raises(ValueError, match="above zero"):
        rates.publish("USD", "CRO", Decimal(0))
