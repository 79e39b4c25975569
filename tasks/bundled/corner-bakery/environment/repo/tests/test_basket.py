import pytest

from bakery.basket import Basket


def test_the_same_item_is_one_line():
    basket = Basket()
    basket.add("roll", 2)
    basket.add("pretzel")
    basket.add("roll")

    assert basket.lines() == [("roll", 3, 135), ("pretzel", 1, 90)]
    assert basket.pieces() == 4
    assert basket.cents() == 225


def test_what_is_put_back_is_gone():
    basket = Basket()
    basket.add("roll", 2)
    basket.put_back("roll")
    assert basket.lines() == [("roll", 1, 45)]
    basket.put_back("roll", 5)
    assert basket.lines() == []


def test_half_a_loaf_is_half_a_piece():
    basket = Basket()
    basket.add("rye loaf", 0.5)

    assert basket.lines() == [("rye loaf", 0.5, 210)]
    assert basket.pieces() == 0.5


def test_nobody_buys_less_than_that():
    with pytest.raises(ValueError, match="at least half"):
        Basket().add("roll", 0)
