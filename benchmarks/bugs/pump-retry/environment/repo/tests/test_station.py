import pytest

from pump.meter import reading
from pump.station import pump_patiently
from pump.tank import Empty


def test_what_is_pumped_is_counted(station):
    station.pump("rose", 100)
    station.pump("rose", 50)

    assert station.pumped == {"rose": 150}
    assert station.tank.litres == 150


def test_what_is_not_pumped_is_not_counted(station):
    with pytest.raises(Empty):
        station.pump("rose", 301)

    assert station.total() == 0


def test_a_refusal_costs_no_allowance(station):
    station.allow("rose", 500)
    with pytest.raises(Empty):
        station.pump("rose", 400)

    assert station.left("rose") == 500
    assert station.pump("rose", 200) == 200


def test_allowances(station):
    station.allow("rose", 120)

    assert station.pump("rose", 100) == 100
    assert station.pump("rose", 100) == 20
    assert station.pump("rose", 100) == 0
    assert station.left("herb") is None


def test_a_new_day(station):
    station.allow("rose", 120)
    station.pump("rose", 120)
    station.new_day()

    assert station.left("rose") == 120


def test_waiting_for_rain(station):
    waited = []

    def wait(hours):
        waited.append(hours)
        station.tank.rain(100 * hours)

    assert pump_patiently(station, "rose", 550, wait) == 550
    assert waited == [1, 2]
    assert station.total() == 550


def test_patience_ends(station):
    with pytest.raises(Empty):
        pump_patiently(station, "rose", 550, lambda hours: None)
    assert station.tank.litres == 300


def test_the_meter(station):
    station.pump("herb", 20)
    station.pump("rose", 150)
    station.pump("bean", 20)

    assert reading(station) == [
        "rose         150 l",
        "bean          20 l",
        "herb          20 l",
        "all          190 l",
    ]
