import pytest

from splits.units import in_unit, metres


@pytest.mark.parametrize(
    ("amount", "unit", "length_m"),
    [(400, "m", 400), (5, "km", 5000), (1, "mi", 1609.344), (100, "yd", 91.44)],
)
def test_a_length_in_metres(amount, unit, length_m):
    assert metres(amount, unit) == pytest.approx(length_m)


@pytest.mark.parametrize("unit", ["m", "km", "mi", "yd"])
def test_there_and_back_again(unit):
    assert in_unit(metres(7.5, unit), unit) == pytest.approx(7.5)


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="furlong"):
        metres(8, "furlong")
