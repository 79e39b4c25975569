import pytest

from album.pages import Album
from album.stamp import Stamp
from album.value import cents

VOLCANO = Stamp("Iceland", 1953, "volcano")


@pytest.fixture
def album():
    return Album("Iceland 1953 volcano", "Denmark 1920 old ship", "Iceland 1953 volcano")


def test_pages(album):
    assert album.countries() == ["Denmark", "Iceland"]
    assert album.page("Iceland") == [(VOLCANO, 2)]
    assert album.page("Malta") == []


def test_stamps_are_counted(album):
    assert len(album) == 3
    assert VOLCANO in album
    assert Stamp("Malta", 1900, "falcon") not in album


def test_empty_pages_are_removed(album):
    album.take(VOLCANO)
    album.take(VOLCANO)

    assert album.countries() == ["Denmark"]
    with pytest.raises(KeyError):
        album.take(VOLCANO)


def test_the_value(album):
    assert cents(album, {"volcano": 100}) == 10 + 150
    assert cents(Album(), {}) == 0
