import pytest

from scores.match import Match, SetScore


def test_a_set_is_written():
    assert str(SetScore(6, 4)) == "6-4"
    assert str(SetScore(7, 6, 4)) == "7-6(4)"
    assert str(SetScore(7, 6, 0)) == "7-6(0)"


@pytest.mark.parametrize(
    ("sets", "winner"),
    [([], None), ([(6, 1)], None), ([(6, 1), (6, 2)], "Ada"), ([(6, 1), (1, 6), (5, 7)], "Bo")],
)
def test_two_sets_win(sets, winner):
    assert Match("Ada", "Bo", [SetScore(*games) for games in sets]).winner() == winner


def test_a_match_is_written():
    assert str(Match("Ada", "Bo", [SetScore(6, 4)], given_up=True)) == "Ada - Bo 6-4 ret."
    assert str(Match("Ada", "Bo")) == "Ada - Bo"
