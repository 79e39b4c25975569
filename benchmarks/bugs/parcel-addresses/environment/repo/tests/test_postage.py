import pytest

from addresses.address import parse
from addresses.postage import label, postage


@pytest.mark.parametrize(("grams", "cents"), [(1, 1720), (500, 1720), (501, 1760), (1500, 1800)])
def test_postage_to_iceland(grams, cents):
    assert postage(parse("Bo\nMill 3\n101 Reykjavik\nIceland"), grams) == cents


def test_postage_at_home():
    assert postage(parse("Bo\nMill 3\n5000 Odense"), 100) == 590


def test_the_label_of_a_parcel_abroad():
    assert label(parse("Bo\nMill 3\n10115 Berlin\nGermany")) == "Bo\nMill 3\n10115 Berlin\nDE"


def test_the_label_of_a_parcel_at_home():
    assert label(parse("Bo\nMill 3\n5000 Odense")) == "Bo\nMill 3\n5000 Odense"
