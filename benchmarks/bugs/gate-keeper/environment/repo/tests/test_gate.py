import pytest

from gate import Denied, acting_as, guarded
from gate.session import current
from gate.stock import pieces, put


def test_anybody_may_nothing():
    with pytest.raises(Denied, match="anybody lacks stock:read"):
        pieces("bolt")


@pytest.mark.parametrize("right", ["stock:read", "stock:*", "*"])
def test_rights(right):
    with acting_as("ada", right) as session:
        pieces("bolt")
    assert session.calls == {"pieces": 1}


@pytest.mark.parametrize("right", ["stock:write", "stock", "stock:r", "shop:*"])
def test_other_rights(right):
    with acting_as("ada", right), pytest.raises(Denied, match="ada lacks stock:read"):
        pieces("bolt")


def test_values_come_through():
    with acting_as("ada", "*"):
        assert put("bolt", 3) == 3
        assert put("bolt", count=4) == 7
        assert pieces("bolt") == 7


def test_nothing_is_a_number():
    with acting_as("ada", "*"):
        assert pieces("bolt") == 0


def test_a_guarded_function_keeps_its_name():
    assert pieces.__name__ == "pieces"
    assert pieces.__doc__ == "How many there are."


def test_errors_come_through():
    @guarded("x")
    def fail():
        raise KeyError("inside")

    with acting_as("ada", "x") as session, pytest.raises(KeyError, match="inside"):
        fail()
    assert session.calls == {"fail": 1}


def test_refused_calls_are_not_counted():
    with acting_as("ada") as session:
        with pytest.raises(Denied):
            put("bolt", 1)
    assert session.calls == {}


def test_sessions_nest():
    with acting_as("ada"):
        with acting_as("bo"):
            assert current().user == "bo"
        assert current().user == "ada"
    assert current().user == "anybody"
