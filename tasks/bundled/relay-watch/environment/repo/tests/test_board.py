import pytest

from relay.board import board, ranking
from relay.records import Records
from relay.team import Team


@pytest.fixture
def herons():
    return Team.called("Herons", "Ada 58.3", "Bo 1:01.0", "Cleo 59.9", "Dag 1:00.4")


@pytest.fixture
def otters():
    return Team.called("Otters", "Eli 57.1", "Fay 59.0", "Gus 1:04.2", "Hild 58.5")


@pytest.fixture
def moles():
    return Team.called("Moles", "Ivo 1:20.0", "Jo 1:31.5")


def test_a_team_takes_the_sum_of_its_legs(herons, otters):
    assert herons.time() == 2396
    assert otters.time() == 2388


def test_a_team_of_two_did_not_finish(moles):
    assert moles.time() is None


def test_the_fastest_leg(herons, moles):
    assert moles.fastest().runner == "Ivo"
    assert herons.fastest().runner == "Ada"


def test_only_finished_teams_are_ranked(herons, otters, moles):
    assert {team.name for team in ranking([herons, moles, otters])} == {"Otters", "Herons"}


def test_the_board(herons, otters, moles):
    assert board([herons, moles, otters]) == [
        "1. Otters     3:58.8",
        "2. Herons     3:59.6 +0.8",
        "-  Moles         dnf",
    ]


def test_equal_is_no_record():
    records = Records()

    assert records.offer("4x400", 2396, "Herons")
    assert not records.offer("4x400", 2396, "Otters")
    assert records.offer("4x400", 2388, "Otters")
    assert records.best("4x400") == (2388, "Otters")
    assert records.best("4x100") is None
