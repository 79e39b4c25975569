import pytest

from splits.clock import clock, seconds


@pytest.mark.parametrize(("text", "total"), [("45", 45), ("25:00", 1500), ("3:59:59", 14399)])
def test_a_clock_is_read(text, total):
    assert seconds(text) == total


@pytest.mark.parametrize(
    ("total", "text"), [(45, "0:45"), (1500, "25:00"), (14399, "3:59:59"), (59.6, "1:00")]
)
def test_a_clock_is_shown(total, text):
    assert clock(total) == text
