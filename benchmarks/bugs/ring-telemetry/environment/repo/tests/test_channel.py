import pytest

from telemetry.channel import Channel
from telemetry.panel import panel


@pytest.fixture
def battery():
    return Channel("battery", "V", size=4)


def charge(channel, minutes):
    for minute in range(minutes):
        channel.record(minute, 12 + minute / 10)


def test_the_latest_sample(battery):
    assert battery.latest() is None
    charge(battery, 9)
    assert battery.latest().at == 8


def test_the_mean_is_of_what_is_kept(battery):
    charge(battery, 6)

    assert battery.mean() == pytest.approx(12.35)


@pytest.mark.parametrize("minutes", [2, 4, 7])
def test_the_trend(battery, minutes):
    charge(battery, minutes)

    assert battery.trend() == pytest.approx(0.1)


def test_one_sample_has_no_trend(battery):
    charge(battery, 1)
    assert battery.trend() == 0


def test_samples_come_in_order(battery):
    charge(battery, 3)
    with pytest.raises(ValueError, match="too late"):
        battery.record(2, 12)


def test_the_largest_step(battery):
    assert battery.largest_step() == 0
    for at, value in enumerate([1, 2, 5, 4]):
        battery.record(at, value)
    assert battery.largest_step() == 3


def test_the_panel(battery):
    charge(battery, 3)

    assert panel([battery, Channel("antenna", "dB")]) == (
        "antenna no data\nbattery 12.2 V rising"
    )
