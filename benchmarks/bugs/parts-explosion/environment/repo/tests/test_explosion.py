import pytest

from parts.catalogue import Catalogue, UnknownPart
from parts.explosion import CircularBill, build_order, cost_cents, shopping_list
from parts.sheet import work_sheet


def test_a_bought_part_stands_alone(windmill):
    assert build_order(windmill, "screw") == ["screw"]


def test_what_is_needed_comes_first(windmill):
    assert build_order(windmill, "hub") == ["board", "screw", "hub"]


def test_every_part_stands_once(windmill):
    assert build_order(windmill, "windmill") == [
        "board", "screw", "hub", "blade", "rotor", "tail", "windmill",
    ]


def test_two_wanted_parts_share_what_they_need(windmill):
    assert build_order(windmill, "hub", "blade") == ["board", "screw", "hub", "blade"]


def test_the_work_sheet(windmill):
    assert work_sheet(windmill, "windmill") == [
        "1. build hub",
        "2. build blade",
        "3. build rotor",
        "4. build tail",
        "5. build windmill",
    ]


def test_circles_are_shown():
    catalogue = Catalogue()
    catalogue.add("egg", hen=1)
    catalogue.add("hen", egg=1)
    catalogue.add("farm", hen=3)

    with pytest.raises(CircularBill, match="^hen > egg > hen$"):
        build_order(catalogue, "farm")


def test_needed_parts_must_be_known():
    catalogue = Catalogue()
    catalogue.add("egg", hen=1)

    with pytest.raises(UnknownPart):
        build_order(catalogue, "egg")


def test_the_shopping_list(windmill):
    assert shopping_list(windmill, "windmill") == {"board": 1 + 8 + 2 + 3, "screw": 8 + 16 + 6}
    assert shopping_list(windmill, "hub", 3) == {"board": 3, "screw": 24}


def test_the_cost(windmill):
    assert cost_cents(windmill, "blade") == 50 + 400 + 20
    assert cost_cents(windmill, "tail") == 80 + 470 + 10
