from datetime import date

import pytest

from cabin import Stay, Taken


def test_who_is_there(calendar):
    assert calendar.guest_on(date(2026, 7, 14)) == "Ada"
    assert calendar.guest_on(date(2026, 7, 15)) is None


def test_a_taken_cabin(calendar):
    with pytest.raises(Taken, match="taken by Ada from 2026-07-10 to 2026-07-15"):
        calendar.book(Stay.of("Bo", "2026-07-12", 1))


def test_guests_follow_each_other(calendar):
    calendar.book(Stay.of("Bo", "2026-07-15", 2))
    calendar.book(Stay.of("Cleo", "2026-07-08", 2))

    assert calendar.changeovers() == [date(2026, 7, 10), date(2026, 7, 15)]


def test_cancelling(calendar):
    assert calendar.cancel("Ada") == 1
    assert calendar.cancel("Ada") == 0
    calendar.book(Stay.of("Bo", "2026-07-12", 1))


@pytest.mark.parametrize(
    ("since", "nights", "day"), [("2026-07-01", 9, 1), ("2026-07-01", 10, 15), ("2026-07-12", 1, 15)]
)
def test_the_first_free_day(calendar, since, nights, day):
    assert calendar.first_free(date.fromisoformat(since), nights).day == day
