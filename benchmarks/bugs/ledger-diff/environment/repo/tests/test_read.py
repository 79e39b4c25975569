import pytest

from ledger.read import LedgerError, read_ledger


def test_balances_are_cents(january):
    assert january == {"rent": -30000, "fees": 120050, "cash box": 1250}


def test_remarks_and_empty_lines():
    assert read_ledger("; 2026\n\n  ; more\nrent=-0.75") == {"rent": -75}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rent 300", "line 1: an account"),
        ("\n= 300", "line 2: an account"),
        ("rent = much", "line 1: not an amount: 'much'"),
        ("rent = 1\nrent = 2", "line 2: rent is there twice"),
    ],
)
def test_mistakes_have_a_line(text, problem):
    with pytest.raises(LedgerError, match=problem):
        read_ledger(text)
