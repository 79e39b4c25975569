import pytest

from apiary.goods import CANDLE, HONEY, VISIT, Line
from apiary.totals import Totals, totals


def test_without_a_discount(orchard_order):
    assert totals(orchard_order) == Totals(
        goods=22_400, discount=0, net=22_400, vat=2700 + 445, due=25_545
    )


def test_the_tax_is_on_what_is_left_after_the_discount(orchard_order):
    assert totals(orchard_order, 10) == Totals(
        goods=22_400, discount=2240, net=20_160, vat=2430 + 401, due=22_991
    )


def test_a_gift_has_no_tax(candles):
    assert totals(candles, 100) == Totals(goods=2600, discount=2600, net=0, vat=0, due=0)


def test_an_empty_invoice():
    assert totals([]) == Totals(0, 0, 0, 0, 0)


@pytest.mark.parametrize("percent", [0, 3, 25])
def test_the_sums_fit_together(percent):
    sums = totals([Line(CANDLE, 3), Line(HONEY, 7), Line(VISIT, 1)], percent)

    assert sums.goods - sums.discount == sums.net
    assert sums.net + sums.vat == sums.due


@pytest.mark.parametrize("percent", [25, 50])
def test_candles_at_any_discount_are_taxed_at_a_fifth(candles, percent):
    sums = totals(candles, percent)

    assert sums.vat * 5 == sums.net
