import pytest

from ladder.limits import allows


@pytest.mark.parametrize("release", ["1.2.0", "1.4.7", "1.99"])
def test_inside_the_limits(release):
    assert allows(">=1.2, <2", release)


@pytest.mark.parametrize("release", ["1.1.9", "2.0", "3"])
def test_outside_the_limits(release):
    assert not allows(">=1.2, <2", release)


def test_a_limit_of_two_digits():
    assert allows(">=9", "10.1")
    assert not allows("<3.9", "3.11")


def test_everything_is_inside_no_limits():
    assert allows("", "0.0.1")


def test_half_a_limit_is_refused():
    with pytest.raises(ValueError, match="~1.2"):
        allows("~1.2", "1.2")
