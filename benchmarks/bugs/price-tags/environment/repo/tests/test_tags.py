import pytest

from tags.shops import DANISH, SWISS, Shop
from tags.tag import Good, print_tags

KETTLE = Good("kettle", 123450)
CUP = Good("cup", 450, before=900)


@pytest.fixture
def sheet():
    return lambda goods, **shop: print_tags(goods, Shop("Holm", **shop)).splitlines()


def test_a_tag(sheet):
    assert sheet([KETTLE]) == ["kettle         £1,234.50"]


def test_a_bargain(sheet):
    assert sheet([CUP]) == ["cup                £4.50", "-50 %          was £9.00"]


def test_the_dearest_comes_first(sheet):
    assert sheet([CUP, KETTLE], width=20)[:3] == [
        "kettle     £1,234.50",
        "--------------------",
        "cup            £4.50",
    ]


def test_long_names_are_cut(sheet):
    assert sheet([Good("a very long candlestick", 100)], width=16) == ["a very lon £1.00"]


def test_nothing_to_sell(sheet):
    assert sheet([]) == []


def test_a_danish_shop(sheet):
    assert sheet([KETTLE], style=DANISH) == ["kettle      1.234,50 kr."]


def test_a_danish_bargain(sheet):
    assert sheet([CUP], style=DANISH) == ["cup             4,50 kr.", "-50 %       was 9,00 kr."]


def test_a_swiss_shop(sheet):
    assert sheet([KETTLE], style=SWISS) == ["kettle      Fr. 1'234.50"]


def test_a_refund_in_denmark(sheet):
    assert sheet([Good("bottle", -100)], style=DANISH, width=18) == ["bottle   -1,00 kr."]
