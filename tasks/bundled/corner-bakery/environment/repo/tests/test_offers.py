import pytest

from bakery.offers import best_discount, dozen_discount, evening_discount, window_sign


@pytest.mark.parametrize("pieces", [0, 11.5])
def test_less_than_a_dozen_costs_the_full_price(pieces):
    assert dozen_discount(pieces, 1000) == 0


def test_a_dozen_is_enough_for_the_discount():
    assert dozen_discount(12, 540) == 54
    assert [dozen_discount(n, 1000) for n in (11, 11.5, 12, 12.5)] == [0, 0, 100, 100]


@pytest.mark.parametrize(("hour", "off"), [(17, 0), (18, 300), (19, 300), (20, 0)])
def test_the_evening_lasts_from_six_to_eight(hour, off):
    assert evening_discount(hour, 1000) == off


def test_the_offers_do_not_add_up():
    assert best_discount(13, 19, 1000) == 300
    assert best_discount(13, 9, 1000) == 100


def test_the_window_says_what_the_till_does():
    assert window_sign().splitlines() == [
        "From 12 pieces on: 10 % off!",
        "From 18:00 to 20:00: 30 % off!",
    ]
