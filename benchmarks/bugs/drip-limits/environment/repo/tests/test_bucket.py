import pytest

from drip.bucket import Bucket


def test_it_starts_full():
    assert Bucket(10, 1, now=0).level(0) == 10


def test_taking_is_all_or_nothing():
    bucket = Bucket(10, 1, now=0)

    assert bucket.take(8, now=0)
    assert not bucket.take(3, now=0)
    assert bucket.level(0) == 2


def test_tokens_drip_in():
    bucket = Bucket(10, 0.5, now=0)
    bucket.take(10, now=0)

    assert bucket.level(6) == 3


@pytest.mark.parametrize("seconds", [21, 3600])
def test_it_overflows(seconds):
    bucket = Bucket(10, 0.5, now=0)
    bucket.take(10, now=0)

    assert bucket.level(seconds) == 10


def test_the_wait():
    bucket = Bucket(10, 0.5, now=0)
    bucket.take(9, now=0)

    assert bucket.wait_for(1, now=0) == 0
    assert bucket.wait_for(3, now=0) == 4
    assert bucket.wait_for(11, now=0) == float("inf")


def test_time_goes_one_way():
    with pytest.raises(ValueError, match="backwards"):
        Bucket(1, 1, now=5).level(4)
