import pytest

from parts.catalogue import Catalogue, UnknownPart


def test_parts_are_found_by_name(windmill):
    assert windmill["hub"].needs == {"board": 1, "screw": 8}
    assert "hub" in windmill
    assert "cellar" not in windmill


def test_unknown_parts(windmill):
    with pytest.raises(UnknownPart, match="cellar"):
        windmill["cellar"]


def test_a_part_is_entered_once(windmill):
    with pytest.raises(ValueError, match="screw is there already"):
        windmill.add("screw")


def test_bought_parts(windmill):
    assert windmill["screw"].bought
    assert not windmill["hub"].bought
    assert Catalogue().add("gift").bought
