import pytest

from lantern import ConfigProblem, read, read_file


def test_sections_and_settings(lamp):
    assert read(lamp) == {
        "": {"keeper": "Ines"},
        "lamp": {"colour": "white", "period": 5, "mirror": True},
        "horn": {"period": 120},
    }


def test_a_file_is_read(lamp_file, lamp):
    assert read_file(lamp_file) == read(lamp)


def test_no_file_has_no_settings(tmp_path):
    assert read_file(tmp_path / "south.lamp") == {}


def test_a_section_goes_on_later():
    assert read("[a]\nx = 1\n[b]\ny = 2\n[a]\nz = 3") == {"a": {"x": 1, "z": 3}, "b": {"y": 2}}


def test_blanks_around_the_sign_do_not_matter():
    assert read("a=1\n  b  =  2  ") == {"": {"a": 1, "b": 2}}


def test_an_empty_setting_is_empty():
    assert read("motto =") == {"": {"motto": ""}}


def test_a_value_may_hold_the_sign_itself():
    assert read("chart = https://sea.example/map?zoom=3&layer=depth") == {
        "": {"chart": "https://sea.example/map?zoom=3&layer=depth"}
    }
    assert read("rule = a = b = c") == {"": {"rule": "a = b = c"}}


def test_a_line_that_is_no_setting_is_named():
    with pytest.raises(ConfigProblem, match="line 2: 'light!' is no setting"):
        read("a = 1\nlight!\n")
