from datetime import date, time

import pytest

from ferry.sailing import Sailing


def test_a_line_is_read():
    sailing = Sailing.parse("Holm 08:15 mon,tue 20")

    assert sailing.to == "Holm"
    assert sailing.at == time(8, 15)
    assert sailing.days == {"mon", "tue"}
    assert sailing.seats == 20


def test_seats_have_a_default():
    assert Sailing.parse("Holm 08:15 daily").seats == 60


def test_days_must_exist():
    with pytest.raises(ValueError, match="no such day: may"):
        Sailing.parse("Holm 08:15 mon,may")


@pytest.mark.parametrize(("day", "runs"), [(1, True), (2, False), (7, False), (8, True)])
def test_the_weekday_counts(day, runs):
    assert Sailing.parse("Skerry 16:00 mon,wed").scheduled(date(2026, 6, day)) is runs
