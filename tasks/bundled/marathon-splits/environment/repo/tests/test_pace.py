import pytest

from splits.pace import converted, finish, pace, speed_kmh
from splits.races import distance


def test_pace_and_finish_are_inverse():
    assert finish(pace(2400, 10_000), 10_000) == pytest.approx(2400)


def test_a_slow_kilometre_is_a_much_slower_mile():
    assert converted(300, "km", "mi") == pytest.approx(482.8032)
    assert converted(482.8032, "mi", "km") == pytest.approx(300)


def test_speed_of_a_brisk_ten_kilometres():
    assert speed_kmh(2400, distance("10k")) == pytest.approx(15)


def test_an_unknown_race_names_the_known_ones():
    with pytest.raises(KeyError, match="10k, 5k, half, marathon"):
        distance("ultra")
