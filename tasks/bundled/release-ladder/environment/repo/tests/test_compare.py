import pytest

from ladder.compare import compare, same


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.2", "1.3"),
        ("1.2", "1.2.1"),
        ("2.0rc1", "2.0"),
        ("2.0-rc1", "2.0rc2"),
        ("1.9", "1.10"),
    ],
)
def test_older_and_newer(older, newer):
    assert compare(older, newer) == -1
    assert compare(newer, older) == 1


def test_zeros_at_the_end_do_not_count():
    assert same("1.2", "v1.2.0")
    assert same("1.0.0", "1")
    assert not same("1.2", "1.20")


@pytest.mark.parametrize("text", ["", "one", "1.", "1.2beta"])
def test_other_texts_are_no_releases(text):
    with pytest.raises(ValueError, match="not a release"):
        compare(text, "1.0")
