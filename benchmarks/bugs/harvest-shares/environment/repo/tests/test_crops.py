import pytest

from harvest.crops import distribute, notice
from harvest.members import Member, weights


@pytest.fixture
def members():
    return [Member("Ada", 30), Member("Bo", 10), Member("Cleo", 80, active=False)]


def test_who_left_has_no_share(members):
    assert weights(members) == {"Ada": 30, "Bo": 10}


def test_crops_are_divided_one_by_one(members):
    table = distribute({"apples": 8, "pears": 4, "plums": 0}, members)

    assert table == {"Ada": {"apples": 6, "pears": 3}, "Bo": {"apples": 2, "pears": 1}}


def test_the_notice(members):
    assert notice(distribute({"apples": 4}, members)) == "Ada: 3 apples\nBo: 1 apples"
    assert notice({"Bo": {}}) == "Bo: nothing"


def test_a_single_crate_goes_to_who_worked_most(members):
    assert distribute({"quinces": 1}, members) == {"Ada": {"quinces": 1}, "Bo": {}}
