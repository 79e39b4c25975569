import pytest

from letters import compose
from letters.pieces import LetterError, Piece, pieces


def test_pieces():
    assert list(pieces("Hi [=name][if late]![end]")) == [
        Piece("text", "Hi "),
        Piece("value", "name"),
        Piece("if", "late"),
        Piece("text", "!"),
        Piece("end", ""),
    ]


def test_other_brackets_are_text():
    assert compose("[a] [if] [= B]", {}) == "[a] [if] [= B]"


def test_values():
    assert compose("Hi [=name], [= count] left", {"name": "Ada", "count": 0}) == "Hi Ada, 0 left"


@pytest.mark.parametrize(("late", "letter"), [(True, "A pay B"), (False, "A B"), (None, "A B")])
def test_one_block(late, letter):
    assert compose("A [if late]pay [end]B", {"late": late}) == letter


def test_the_other_way_round():
    assert compose("[unless late]thanks[end]", {}) == "thanks"
    assert compose("[unless late]thanks[end]", {"late": 1}) == ""


def test_blocks_in_a_row():
    assert compose("[if a]1[end][if b]2[end][if a]3[end]", {"a": True}) == "13"


NESTED = "[if member]a[if late]b[unless told]c[end]d[end]e[end]f"


@pytest.mark.parametrize(
    ("facts", "letter"),
    [
        ({"member": 1, "late": 1}, "abcdef"),
        ({"member": 1, "late": 1, "told": 1}, "abdef"),
        ({"member": 1, "told": 1}, "aef"),
        ({"late": 1}, "f"),
    ],
)
def test_blocks_in_blocks(facts, letter):
    assert compose(NESTED, facts) == letter


def test_values_that_are_left_out_need_not_be_known():
    assert compose("[if late]since [=since][end].", {}) == "."


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("a[end]", "too many"),
        ("[if a]b", "too few"),
        ("[if a][end][end]", "too many"),
        ("[=name]", "nothing is known about name"),
    ],
)
def test_mistakes(source, problem):
    with pytest.raises(LetterError, match=problem):
        compose(source, {})
