import pytest

from relay.reading import read
from relay.showing import gap, shown


@pytest.mark.parametrize("call", ["0.0", "5.9", "1:02.5", "1:05.9", "12:00.4"])
def test_what_was_called_is_shown(call):
    assert shown(read(call)) == call


def test_long_ones_too():
    for call in ("58.3", "1:30.0", "1:59.9", "3:06.0"):
        assert shown(read(call)) == call


def test_the_first_has_no_gap():
    assert gap(2400, 2400) == ""
    assert gap(2412, 2400) == "+1.2"
