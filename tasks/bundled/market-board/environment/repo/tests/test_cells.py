import pytest

from board.cells import amount, origin, price


@pytest.mark.parametrize(
    ("cents", "words"), [(349, "3,49 €"), (5, "0,05 €"), (1200, "12,00 €"), (0, "geschenkt")]
)
def test_a_price_is_written_with_a_comma(cents, words):
    assert price(cents) == words


def test_without_a_price_it_is_sold_out():
    assert price(None) == "ausverkauft"


@pytest.mark.parametrize(
    ("place", "words"), [(" münchen ", "München"), ("łódź", "Łódź"), (None, "?")]
)
def test_a_place_is_written_with_a_capital(place, words):
    assert origin(place) == words


@pytest.mark.parametrize(
    ("grams", "words"), [(250, "250 g"), (1000, "1 kg"), (1500, "1,5 kg"), (999, "999 g")]
)
def test_a_weight_is_easy_to_read(grams, words):
    assert amount(grams) == words
