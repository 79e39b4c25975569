import pytest

from hives.hive import Hive, TopBarHive, UnknownSensor
from hives.limits import Limits
from hives.yard import Yard


@pytest.mark.parametrize(("value", "verdict"), [(1.9, "low"), (2, "ok"), (5, "ok"), (5.1, "high")])
def test_limits(value, verdict):
    assert Limits(2, 5).verdict(value) == verdict


def test_the_latest_reading():
    hive = Hive("elm")
    hive.record("humidity", 60)
    hive.record("humidity", 62)

    assert hive.latest("humidity") == 62


def test_the_change():
    hive = Hive("elm")
    hive.record("temperature", 34)
    hive.record("temperature", 35.5)

    assert hive.change("temperature") == 1.5


def test_a_new_hive_has_no_readings():
    Hive("elm").record("weight", 40)
    hive = Hive("oak")

    assert hive.latest("weight") is None
    assert hive.change("weight") == 0


def test_unknown_sensors():
    with pytest.raises(UnknownSensor, match="mood"):
        Hive("elm").record("mood", 1)


def test_alarms():
    hive = Hive("elm")
    hive.record("temperature", 30)
    hive.record("humidity", 60)
    hive.record("weight", 81)

    assert hive.alarms() == [("temperature", "low"), ("weight", "high")]


def test_each_kind_has_its_limits():
    heavy, light = Hive("elm"), TopBarHive("ash")
    heavy.record("weight", 50)
    light.record("weight", 50)

    assert (heavy.kind, light.kind) == ("langstroth", "top bar")
    assert ("weight", "high") not in heavy.alarms()
    assert ("weight", "high") in light.alarms()


@pytest.fixture
def yard():
    return Yard(Hive("elm"), Hive("oak", keeper="Ada"))


def test_the_yard_finds_the_right_hive(yard):
    assert yard.feed("elm temperature 38\noak temperature 35\n") == []
    assert "elm: temperature high" in yard.alarms()
    assert "oak: temperature high" not in yard.alarms()


def test_lines_without_sense(yard):
    lines = ["elm", "elm mood 3", "birch weight 3", "elm weight much"]

    assert yard.feed("\n".join(lines)) == lines


def test_the_heaviest(yard):
    yard.feed("elm weight 41\noak weight 40")

    assert yard.heaviest().name == "elm"


def test_nothing_was_weighed(yard):
    assert yard.heaviest() is None
