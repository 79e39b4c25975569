from datetime import datetime, time, timedelta

import pytest

from ferry.board import answer, day_list


def at(day, clock):
    return datetime.combine(day, time.fromisoformat(clock))


def test_the_list_of_a_day(table, monday):
    assert day_list(table, monday) == ["08:15 Holm", "10:30 Skerry", "16:00 Skerry"]


def test_the_list_marks_suspended_sailings(table, monday):
    table.suspend("Skerry", "10:30", monday)

    assert day_list(table, monday)[1] == "10:30 Skerry  -- suspended"
    assert day_list(table, monday + timedelta(days=1))[1] == "10:30 Skerry"


def test_only_known_sailings_can_be_suspended(table, monday):
    with pytest.raises(LookupError, match="no sailing to Skerry at 10:31"):
        table.suspend("Skerry", "10:31", monday)


@pytest.mark.parametrize(
    ("clock", "leaves"), [("09:00", "10:30"), ("10:30", "10:30"), ("10:31", "16:00")]
)
def test_the_next_one_today(table, monday, clock, leaves):
    day, sailing = table.next("Skerry", at(monday, clock))

    assert day == monday
    assert f"{sailing.at:%H:%M}" == leaves


def test_the_next_one_may_be_tomorrow(table, monday):
    assert answer(table, "Holm", at(monday, "09:00")) == (
        "The next ferry to Holm leaves on Tuesday at 08:15."
    )


def test_a_suspended_sailing_is_passed_over(table, monday):
    table.suspend("Skerry", "10:30", monday)

    assert answer(table, "Skerry", at(monday, "09:00")) == (
        "The next ferry to Skerry leaves today at 16:00."
    )


def test_a_whole_day_may_be_suspended(table, monday):
    table.suspend("Holm", "08:15", monday)

    day, sailing = table.next("Holm", at(monday, "06:00"))

    assert day == monday + timedelta(days=1)


def test_unknown_places_have_no_ferry(table, monday):
    assert answer(table, "Atlantis", at(monday, "09:00")) == "No ferry to Atlantis this week."
    assert table.places() == ["Holm", "Skerry"]
