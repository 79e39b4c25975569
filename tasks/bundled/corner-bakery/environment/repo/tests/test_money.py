import pytest

from bakery.money import euros, percent_of


@pytest.mark.parametrize(("cents", "text"), [(1234, "12.34"), (-90, "-0.90")])
def test_an_amount_is_shown_with_two_decimals(cents, text):
    assert euros(cents) == text


def test_half_cents_are_rounded_up():
    assert percent_of(45, 10) == 5
    assert percent_of(44, 10) == 4
