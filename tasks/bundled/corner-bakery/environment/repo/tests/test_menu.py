import pytest

from bakery.menu import NotOnTheMenu, cheapest, price_of


def test_a_croissant_has_a_price():
    assert price_of("croissant") == 160


def test_a_thing_from_elsewhere_is_not_on_the_menu():
    with pytest.raises(NotOnTheMenu, match="durian"):
        price_of("durian")


def test_the_cheapest_item_is_found():
    assert cheapest(["rye loaf", "pretzel", "croissant"]) == "pretzel"
