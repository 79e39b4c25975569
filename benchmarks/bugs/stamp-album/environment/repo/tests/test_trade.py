import pytest

from album.pages import Album
from album.trade import doubles, joined, swap


@pytest.fixture
def ada():
    return Album("Iceland 1953 volcano", "Iceland 1953 volcano", "Norway 1930 fjord")


@pytest.fixture
def bo():
    return Album("Chile 1910 condor", "Chile 1910 condor", "Iceland 1960 geyser", "Norway 1930 fjord")


def test_an_album_with_itself(ada):
    assert len(joined(ada, ada)) == 6


def test_an_empty_album(ada):
    assert joined(ada, Album()).page("Iceland") == ada.page("Iceland")


def test_joined_with_the_same_countries(ada):
    both = joined(ada, Album("Norway 1940 herring"))

    assert [stamp.motif for stamp, _ in both.page("Norway")] == ["fjord", "herring"]


def test_joined_albums_have_all_countries(ada, bo):
    both = joined(ada, bo)

    assert both.countries() == ["Chile", "Iceland", "Norway"]
    assert len(both) == 7


def test_an_empty_first_album(bo):
    assert joined(Album(), bo).countries() == ["Chile", "Iceland", "Norway"]


def test_joining_changes_neither(ada, bo):
    joined(ada, bo)

    assert (len(ada), len(bo)) == (3, 4)


def test_doubles(ada):
    assert [stamp.motif for stamp in doubles(ada)] == ["volcano"]


def test_doubles_of_both(ada, bo):
    assert [stamp.motif for stamp in doubles(joined(ada, bo))] == ["condor", "volcano", "fjord"]


def test_a_swap(ada, bo):
    assert swap(ada, bo) == 1
    assert ada.countries() == ["Chile", "Iceland", "Norway"]
    assert (len(ada), len(bo)) == (3, 4)
    assert swap(ada, bo) == 0
