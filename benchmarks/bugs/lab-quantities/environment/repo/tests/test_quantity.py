import pytest

from lab import read
from lab.reading import total
from lab.unit import MixedUnits


@pytest.mark.parametrize("text", ["1.5 kg", "1,5kg", " 1500 g ", "1500000 mg"])
def test_reading(text):
    assert read(text) == read("1.5 kg")


@pytest.mark.parametrize("text", ["", "kg", "1.5", "3 stones", "1..5 kg"])
def test_nonsense(text):
    with pytest.raises(ValueError, match="not a quantity"):
        read(text)


def test_showing():
    assert str(read("2,50 l")) == "2.5 l"


def test_converting():
    assert str(read("250 ml").to("l")) == "0.25 l"
    with pytest.raises(MixedUnits):
        read("250 ml").to("g")


def test_adding_the_same_unit():
    assert str(read("1 g") + read("2 g")) == "3 g"


def test_adding_other_units():
    assert str(read("1 kg") + read("500 g")) == "1.5 kg"
    assert str(read("250 ml") + read("1 l")) == "1250 ml"


def test_subtracting():
    assert str(read("1 kg") - read("250 g")) == "0.75 kg"


def test_times():
    assert str(read("20 mg") * 3) == "60 mg"


def test_comparing():
    assert read("999 g") < read("1 kg") <= read("1000 g")
    assert read("1 g") != read("1 ml")
    assert read("1 g") != 1
    assert len({read("1 kg"), read("1000 g")}) == 1


def test_mass_and_volume_do_not_mix():
    with pytest.raises(MixedUnits, match="mass and volume do not mix"):
        read("1 g") + read("1 ml")


def test_a_total():
    assert str(total(["1 l", "500 ml", "250 ml"])) == "1.75 l"
    assert str(total(["3 g"])) == "3 g"


def test_no_total_of_nothing():
    with pytest.raises(ValueError):
        total([])
