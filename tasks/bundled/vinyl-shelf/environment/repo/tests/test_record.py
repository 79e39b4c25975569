import pytest

from vinyl.record import Record


def test_sides_add_up(record):
    assert record.side_seconds("A") == 447
    assert record.seconds() == 1652


def test_the_longest_track(record):
    assert record.longest().title == "Long Swell"
    assert Record("Nobody", "Silence", 1952).longest() is None


def test_a_side_has_an_end(record):
    record.add("B", "Coda", 355)
    with pytest.raises(ValueError, match="side B"):
        record.add("B", "One Second", 1)


def test_two_records_have_sides_of_their_own(record):
    assert Record("Nobody", "Silence", 1952).sides == {"A": [], "B": []}
