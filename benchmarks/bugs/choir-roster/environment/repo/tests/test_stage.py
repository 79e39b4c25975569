import pytest

from roster.plan import balance, plan
from roster.stage import hidden, rows


def names(stage):
    return [[singer.name for singer in row] for row in stage]


def test_one_row_goes_by_voice(choir):
    assert names(rows(choir, 6)) == [["Eva", "Ida", "Karl", "Bo", "Jo", "Mette"]]


def test_the_tallest_stand_behind(choir):
    assert names(rows(choir, 2)) == [["Karl", "Bo"], ["Eva", "Mette"], ["Ida", "Jo"]]


def test_equal_heights_go_by_name(choir):
    assert names(rows(choir, 1))[:3] == [["Bo"], ["Karl"], ["Eva"]]


def test_the_front_row_may_be_short(choir):
    assert names(rows(choir[:3], 2))[-1] == ["Ida"]


def test_nobody_is_hidden(choir):
    assert hidden(rows(choir, 2)) == []
    assert hidden(rows(choir, 3)) == []


def test_hidden_singers_are_found(choir):
    mette, bo, ida, *_ = choir

    assert hidden([[ida, bo], [mette, mette]]) == ["Ida"]


def test_rows_have_places(choir):
    with pytest.raises(ValueError, match="place"):
        rows(choir, 0)


def test_the_plan(choir):
    assert plan(choir[:2]) == "Bo (B)  Mette (A)"
    assert plan([]) == ""


def test_the_balance(choir):
    assert balance(choir) == {"soprano": 2, "tenor": 1, "bass": 1, "alto": 2}
    assert balance(choir[:1])["bass"] == 0
