import pytest

from relay.reading import read


@pytest.mark.parametrize(("call", "tenths"), [("58.3", 583), ("9.0", 90), (" 0.1 ", 1)])
def test_calls_below_a_minute(call, tenths):
    assert read(call) == tenths


def test_a_minute_is_six_hundred_tenths():
    assert read("1:00.0") == 600
    assert read("1:02.5") == 625
    assert read("10:59.9") == 6599


@pytest.mark.parametrize("call", ["", "58", "1:2:3.4", "fast", "58.33"])
def test_other_calls_are_no_times(call):
    with pytest.raises(ValueError, match="not a time"):
        read(call)
