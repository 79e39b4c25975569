import pytest

from lantern import read
from lantern.layers import lookup, over
from lantern.writer import write


def test_what_was_read_is_written_back(lamp):
    assert read(write(read(lamp))) == read(lamp)


@pytest.mark.parametrize("text", ["north", "yes", "two words", "x=y", "="])
def test_every_text_survives(text):
    assert read(write({"sign": {"text": text}})) == {"sign": {"text": text}}


def test_the_keeper_beats_the_maker():
    maker = {"lamp": {"colour": "white", "period": 5}}
    keeper = {"lamp": {"period": 7}, "horn": {"period": 60}}

    merged = over(keeper, maker)

    assert merged == {"lamp": {"colour": "white", "period": 7}, "horn": {"period": 60}}
    assert maker == {"lamp": {"colour": "white", "period": 5}}


def test_a_dotted_name_finds_its_setting(lamp):
    assert lookup(read(lamp), "horn.period") == 120
    assert lookup(read(lamp), "keeper") == "Ines"
    assert lookup(read(lamp), "horn.pitch", 440) == 440
