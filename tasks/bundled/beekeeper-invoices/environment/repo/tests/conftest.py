import pytest

from apiary.goods import CANDLE, HONEY, VISIT, Line


@pytest.fixture
def orchard_order():
    """Three months of a hive, and ten jars."""
    return [Line(VISIT, 3), Line(HONEY, 10)]


@pytest.fixture
def candles():
    return [Line(CANDLE, 4)]
