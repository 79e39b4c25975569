import pytest

from addresses.address import Address, AddressError, parse
from addresses.countries import country_code


@pytest.mark.parametrize(
    ("text", "code"), [("Denmark", "DK"), (" se ", "SE"), ("DANMARK", "DK"), ("Mars", None), ("", None)]
)
def test_countries(text, code):
    assert country_code(text) == code


def test_an_address_abroad():
    assert parse("Ada Holm\nStora gatan 1\nSE-11122 Lund\nSweden\n") == Address(
        "Ada Holm", ("Stora gatan 1",), "11122", "Lund", "SE"
    )


def test_home_may_be_named():
    assert parse("Bo\nMill 3\n5000 Odense\nDanmark").country == "DK"


def test_home_may_be_left_out():
    assert parse("Bo\nMill 3\n5000 Odense") == Address("Bo", ("Mill 3",), "5000", "Odense", "DK")


def test_several_street_lines():
    address = parse("Bo\n\nRear house\n  Mill 3\n5000 Odense C\nDK")

    assert address.street == ("Rear house", "Mill 3")
    assert address.town == "Odense C"


@pytest.mark.parametrize("text", ["", "Bo", "Bo\n5000 Odense", "Bo\n5000 Odense\nDenmark", "Iceland"])
def test_missing_parts(text):
    with pytest.raises(AddressError, match="are needed"):
        parse(text)


@pytest.mark.parametrize("town", ["Odense", "50 Odense", "5000"])
def test_towns(town):
    with pytest.raises(AddressError, match="not a town"):
        parse(f"Bo\nMill 3\n{town}\nDK")
