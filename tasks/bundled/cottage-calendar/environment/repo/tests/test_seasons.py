from datetime import date

import pytest


@pytest.mark.parametrize(
    ("day", "price"),
    [
        (date(2026, 5, 31), 70),
        (date(2026, 6, 1), 110),
        (date(2026, 6, 19), 170),
        (date(2026, 9, 1), 70),
    ],
)
def test_a_night_costs_what_its_season_says(prices, day, price):
    assert prices.night(day) == price


def test_the_last_day_of_a_season_belongs_to_it(prices):
    assert prices.night(date(2026, 8, 31)) == 110
    assert prices.night(date(2026, 6, 21)) == 150
    assert prices.night(date(2026, 12, 31)) == 200


def test_the_day_before_a_season_does_not(prices):
    assert prices.season_of(date(2026, 5, 31)) is None
    assert prices.season_of(date(2026, 12, 30)) is None


def test_the_first_season_of_the_list_goes_before(prices):
    assert prices.season_of(date(2026, 6, 20)).name == "midsummer"
