import pytest

from telemetry.ring import Ring


def test_an_empty_ring():
    ring = Ring(3)

    assert list(ring) == []
    assert not ring.full
    with pytest.raises(IndexError):
        ring[0]


def test_it_keeps_what_fits():
    assert list(Ring(3, "ab")) == ["a", "b"]
    assert list(Ring(3, "abc")) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("values", "kept"), [("abcd", "bcd"), ("abcdef", "def"), ("abcdefgh", "fgh")]
)
def test_it_forgets_the_oldest(values, kept):
    assert "".join(Ring(3, values)) == kept


@pytest.mark.parametrize("values", ["ab", "abc", "abcd", "abcdefgh"])
def test_both_ends_have_an_index(values):
    ring = Ring(3, values)

    assert ring[-1] == values[-1]
    assert ring[0] == values[-3:][0]


def test_the_length_has_a_limit():
    assert len(Ring(3, range(100))) == 3


def test_there_is_room():
    with pytest.raises(ValueError, match="room"):
        Ring(0)
