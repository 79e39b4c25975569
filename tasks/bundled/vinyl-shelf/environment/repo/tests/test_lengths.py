import pytest

from vinyl.lengths import length, read_length


@pytest.mark.parametrize(
    ("text", "seconds"), [("3:07", 187), ("0:59", 59), ("1:02:33", 3753), ("61:00", 3660)]
)
def test_a_length_is_read(text, seconds):
    assert read_length(text) == seconds


@pytest.mark.parametrize("text", ["", "3", "3:", "a:07", "1:2:3:4", "-1:00"])
def test_other_texts_are_no_lengths(text):
    with pytest.raises(ValueError, match="not a length"):
        read_length(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(260, "4:20"), (59, "0:59"), (3599, "59:59"), (3600, "1:00:00")]
)
def test_a_length_is_shown(seconds, text):
    assert length(seconds) == text


def test_seconds_always_have_two_digits():
    assert length(0) == "0:00"
    assert length(187) == "3:07"
    assert length(609) == "10:09"


def test_long_ones_have_two_digits_everywhere():
    assert length(3753) == "1:02:33"
    assert length(3665) == "1:01:05"


def test_what_is_shown_can_be_read():
    for seconds in range(0, 8000, 7):
        assert read_length(length(seconds)) == seconds
