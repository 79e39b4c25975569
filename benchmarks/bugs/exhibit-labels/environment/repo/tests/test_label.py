import pytest

from exhibits.label import label
from exhibits.piece import Loan


def test_our_own(harbour):
    assert label(harbour) == ["Lise Aarup", "Harbour at dusk, 1894", "our collection"]


def test_a_loan(dunes):
    assert label(dunes) == ["Per Holm", "Dunes", "lent by Kunsthal North until", "2027"]


def test_a_copy_tells_its_original(copy):
    assert label(copy, 60)[-1] == "copied by an unknown pupil; original: our collection"


@pytest.mark.parametrize("title", ["Dunes", "Dunes ", "\tDunes\n"])
def test_titles_are_trimmed(title):
    assert Loan(title, "Per Holm", "Kunsthal North", 2027).title == "Dunes"


def test_new_pieces_hang_nowhere(harbour, copy):
    assert harbour.place is None
    assert copy.place is None
