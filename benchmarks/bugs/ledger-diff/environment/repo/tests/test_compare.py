from ledger.compare import Change, compare, drift
from ledger.show import euros, show


def test_nothing_changed(january):
    assert compare(january, dict(january)) == []
    assert show([]) == ["no changes"]


def test_new_and_closed_accounts(january):
    february = {**january, "raffle": 500}
    del february["rent"]

    assert [(c.mark, c.account) for c in compare(january, february)] == [("+", "raffle"), ("-", "rent")]


def test_another_balance(january):
    assert compare(january, {**january, "fees": 100000}) == [Change("~", "fees", 120050, 100000)]


def test_an_empty_account_is_not_a_closed_one(january):
    changes = compare(january, {**january, "cash box": 0})

    assert [(c.mark, c.account, c.after) for c in changes] == [("~", "cash box", 0)]


def test_an_account_may_come_empty(january):
    assert compare(january, {**january, "raffle": 0}) == [Change("+", "raffle", None, 0)]


def test_the_drift(january):
    february = {**january, "raffle": 500}
    del february["rent"]

    assert drift(compare(january, february)) == 30500


def test_changes_are_shown(january):
    february = {**january, "fees": 120000, "raffle": 500}
    del february["cash box"]

    assert show(compare(january, february)) == [
        "- cash box: 12.50",
        "~ fees: 1200.50 -> 1200.00 (-0.50)",
        "+ raffle: 5.00",
        "drift -8.00",
    ]


def test_euros():
    assert [euros(cents) for cents in (0, 5, -1234)] == ["0.00", "0.05", "-12.34"]
