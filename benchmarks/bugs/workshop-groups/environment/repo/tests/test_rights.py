import pytest


@pytest.mark.parametrize(
    ("person", "opens"), [("ada", True), ("pip", True), ("vera", False), ("eve", False)]
)
def test_the_shed_is_for_staff(rights, person, opens):
    rights.grant("staff", "open the shed")

    assert rights.may(person, "open the shed") is opens


def test_a_person_may_be_refused(rights):
    rights.grant("joiners", "use the saw")
    rights.refuse("pip", "use the saw")

    assert not rights.may("pip", "use the saw")
    assert rights.may("ada", "use the saw")


def test_a_refused_group_beats_a_granted_one(rights):
    rights.grant("joiners", "use the saw")
    rights.refuse("apprentices", "use the saw")

    assert not rights.may("pip", "use the saw")


def test_a_person_may_be_granted_what_the_group_is_not(rights):
    rights.refuse("apprentices", "use the saw")
    rights.grant("pip", "use the saw")

    assert rights.may("pip", "use the saw")


def test_reasons(rights):
    rights.grant("joiners", "use the saw")
    rights.grant("vera", "look around")

    assert rights.why("ada", "use the saw") == "ada may use the saw as one of joiners"
    assert rights.why("vera", "look around") == "vera may look around"
    assert rights.why("vera", "use the saw") == "vera may not use the saw"
