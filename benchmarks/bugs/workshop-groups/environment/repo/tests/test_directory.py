import pytest


def test_nobody_knows_a_stranger(directory):
    assert directory.groups_of("eve") == set()


def test_parents_of_parents(directory):
    assert {"joiners", "staff"} <= directory.groups_of("ada")
    assert directory.groups_of("vera") == {"visitors"}


def test_any_depth(directory):
    assert directory.groups_of("pip") == {"apprentices", "joiners", "staff", "house"}


def test_members_are_people(directory):
    assert directory.members("joiners") == ["ada", "pip"]
    assert directory.members("visitors") == ["vera"]


def test_members_of_the_whole_house(directory):
    assert directory.members("house") == ["ada", "pip"]


def test_leaving(directory):
    directory.take("apprentices", "joiners")

    assert directory.groups_of("pip") == {"apprentices"}


def test_groups_in_each_other(directory):
    directory.put("joiners", "apprentices")

    assert directory.members("apprentices") == ["ada", "pip"]
    assert "joiners" in directory.groups_of("joiners")


def test_not_in_itself(directory):
    with pytest.raises(ValueError, match="in itself"):
        directory.put("staff", "staff")
