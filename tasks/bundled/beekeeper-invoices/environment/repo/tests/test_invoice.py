from apiary.invoice import amount, invoice
from apiary.reminders import letter


def test_amounts_have_two_decimals():
    assert [amount(cents) for cents in (0, 5, 1234, -90)] == ["0.00", "0.05", "12.34", "-0.90"]


def test_an_invoice_without_a_discount(candles):
    assert invoice(7, "Ada", candles).splitlines() == [
        "Invoice 0007 for Ada",
        "==============================================",
        "4 x beeswax candle                       26.00",
        "----------------------------------------------",
        "net                                      26.00",
        "VAT                                       5.20",
        "to pay                                   31.20",
    ]


def test_an_invoice_with_a_discount(candles):
    assert invoice(8, "Ada", candles, 50).splitlines()[4:] == [
        "discount 50 %                           -13.00",
        "net                                      13.00",
        "VAT                                       2.60",
        "to pay                                   15.60",
    ]


def test_letters_get_firmer():
    assert [letter(days) for days in (0, 13, 14, 27, 28, 60)] == [
        None,
        None,
        "friendly",
        "friendly",
        "firm",
        "final",
    ]
