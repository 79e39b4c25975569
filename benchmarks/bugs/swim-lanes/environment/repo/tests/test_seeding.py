import pytest

from swim.entry import Entry, Slot
from swim.seeding import lane_order, seed


@pytest.mark.parametrize(
    ("lanes", "order"), [(1, [1]), (2, [1, 2]), (3, [2, 3, 1]), (6, [3, 4, 2, 5, 1, 6])]
)
def test_middle_lanes_are_best(lanes, order):
    assert lane_order(lanes) == order


def test_entries_go_by_time():
    entries = [Entry("Cleo"), Entry("Bo", 3000), Entry("Ada"), Entry("Dag", 2900)]

    assert [entry.name for entry in sorted(entries, key=Entry.sort_key)] == ["Dag", "Bo", "Ada", "Cleo"]


def test_slots_in_words():
    assert str(Slot(2, 5)) == "heat 2, lane 5"


def test_one_swimmer():
    assert seed([Entry("Ada")], 1) == {"Ada": Slot(1, 1)}


def test_nobody():
    assert seed([], 6) == {}


def test_the_fastest_swim_last():
    slots = seed([Entry(name, time) for time, name in enumerate("abcde", start=3000)], 2)

    assert slots["a"] == Slot(3, 1)
    assert slots["e"] == Slot(1, 1)
