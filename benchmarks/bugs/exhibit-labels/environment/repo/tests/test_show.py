import pytest

from exhibits.label import guide
from exhibits.show import Full


def test_a_piece_hangs_in_a_room(show, harbour):
    show.add(harbour, "east")

    assert show.inside("east") == [harbour]
    assert harbour.place == "east"


def test_places_are_remembered(show, harbour):
    for room in ("east", "west", "west"):
        if harbour.place != room:
            show.add(harbour, room)

    assert harbour.places == ["east", "west"]
    assert show.pieces == [harbour]


def test_walls_end(show, harbour, copy):
    show.add(harbour, "west")
    with pytest.raises(Full, match="west"):
        show.add(copy, "west")


def test_rooms_must_exist(show, harbour):
    with pytest.raises(KeyError, match="cellar"):
        show.add(harbour, "cellar")


def test_a_loan_hangs_beside_our_own(show, harbour, dunes):
    show.add(harbour, "east")
    show.add(dunes, "east")

    assert show.inside("east") == [harbour, dunes]


def test_lenders_are_thanked(show, harbour, dunes):
    show.add(harbour, "east")
    show.add(dunes, "west")

    assert show.lenders() == ["Kunsthal North"]


def test_the_guide(show, harbour, copy):
    show.add(harbour, "east")
    show.add(copy, "east")

    assert guide(show) == "Northern light\neast: Harbour at dusk, Harbour at dusk (copy)\nwest: -"
