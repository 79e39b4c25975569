import pytest


def test_lanes(meet):
    assert str(meet.lane_of("Bo")) == "heat 2, lane 2"
    assert str(meet.lane_of("Cleo")) == "heat 1, lane 3"


def test_heat_lists(meet):
    assert meet.heat_list(1) == [None, "Eva", "Cleo"]
    assert meet.heat_list(2) == ["Dag", "Bo", "Ada"]


def test_results(meet):
    meet.time(2, 1, 3150)
    meet.time(1, 2, 3050)

    assert meet.results() == [("Eva", 3050), ("Dag", 3150)]


def test_empty_lanes_have_no_time(meet):
    with pytest.raises(LookupError, match="nobody in heat 1, lane 1"):
        meet.time(1, 1, 3000)


def test_a_swimmer_is_entered_once(meet):
    with pytest.raises(ValueError, match="Ada is entered already"):
        meet.enter("Ada")
