import pytest

from bakery.basket import Basket
from bakery.receipt import receipt, to_pay


@pytest.fixture
def breakfast():
    """Six rolls and six croissants: a dozen pieces."""
    basket = Basket()
    basket.add("roll", 6)
    basket.add("croissant", 6)
    return basket


def test_a_mixed_dozen_in_the_morning_is_a_tenth_off(breakfast):
    assert breakfast.cents() == 1230
    assert to_pay(breakfast, 9) == 1107


def test_eleven_pieces_in_the_morning_are_not(breakfast):
    breakfast.put_back("roll")

    assert to_pay(breakfast, 9) == breakfast.cents() == 1185


def test_the_evening_is_better_than_the_dozen(breakfast):
    assert to_pay(breakfast, 18) == 861


def test_the_receipt_shows_what_was_saved(breakfast):
    assert receipt(breakfast, 9).splitlines() == [
        "6 x roll                2.70",
        "6 x croissant           9.60",
        "you save               -1.23",
        "----------------------------",
        "to pay                 11.07",
    ]


def test_half_a_loaf_on_the_receipt():
    basket = Basket()
    basket.add("rye loaf", 0.5)

    assert receipt(basket, 9).splitlines()[0] == "0.5 x rye loaf          2.10"


def test_an_empty_basket_gets_a_friendly_word():
    assert receipt(Basket(), 9) == "Nothing today? See you soon!"
