from datetime import date, timedelta

import pytest

from days import days, is_weekend_night, nights


def test_the_day_of_departure_is_not_a_night():
    assert nights(date(2026, 2, 27), date(2026, 3, 1)) == [date(2026, 2, 27), date(2026, 2, 28)]


def test_no_night_without_an_evening():
    assert nights(date(2026, 5, 1), date(2026, 5, 1)) == []


@pytest.mark.parametrize("length", [1, 7, 366])
def test_a_period_has_its_first_and_its_last_day(length):
    first = date(2026, 1, 1)
    last = first + timedelta(days=length - 1)

    period = days(first, last)

    assert len(period) == length
    assert (period[0], period[-1]) == (first, last)


def test_friday_and_saturday_nights_are_the_weekend():
    week = nights(date(2026, 6, 1), date(2026, 6, 8))

    assert [is_weekend_night(day) for day in week] == [False] * 4 + [True, True, False]
