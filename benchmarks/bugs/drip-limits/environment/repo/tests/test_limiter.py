import pytest

from drip import PLANS, LimitExceeded

FREE = PLANS["free"]


def test_a_burst_is_admitted(limiter):
    for _ in range(5):
        limiter.admit("ada", FREE)

    with pytest.raises(LimitExceeded) as caught:
        limiter.admit("ada", FREE)
    assert caught.value.retry_after == pytest.approx(2)


def test_clients_do_not_share(limiter):
    limiter.admit("ada", FREE, cost=5)
    limiter.admit("bo", FREE)

    assert limiter.remaining("bo", FREE) == 4


def test_a_long_sleep_gives_one_burst(limiter, clock):
    limiter.admit("ada", FREE)
    clock.now += 8 * 3600

    assert limiter.remaining("ada", FREE) == 5


def test_a_new_plan_is_a_new_bucket(limiter):
    limiter.admit("ada", FREE, cost=5)

    assert limiter.remaining("ada", PLANS["team"]) == 20


def test_idle_clients_are_forgotten(limiter, clock):
    limiter.admit("ada", FREE)
    limiter.admit("bo", PLANS["team"], cost=20)
    clock.now += 3

    assert limiter.forget_idle() == 1
    assert limiter.remaining("bo", PLANS["team"]) == 6
