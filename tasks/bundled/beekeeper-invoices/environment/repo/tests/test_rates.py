import pytest

from apiary.goods import CANDLE, HONEY
from apiary.rates import percentage, vat_percent


@pytest.mark.parametrize(
    ("cents", "percent", "part"), [(1000, 20, 200), (10, 5, 1), (9, 5, 0), (-10, 5, -1), (0, 20, 0)]
)
def test_half_cents_go_away_from_zero(cents, percent, part):
    assert percentage(cents, percent) == part


def test_food_is_taxed_less():
    assert vat_percent(HONEY) == 5
    assert vat_percent(CANDLE) == 20
