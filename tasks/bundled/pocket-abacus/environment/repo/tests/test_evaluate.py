from fractions import Fraction

import pytest

from abacus import evaluate
from abacus.errors import AbacusError, SyntaxProblem, UnknownName


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("7 - 2 - 1", 4),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("1 / 3 + 1 / 6", Fraction(1, 2)),
        ("15% * 80", 12),
    ],
)
def test_whole_numbers(text, value):
    assert evaluate(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 + 0.2", Fraction(3, 10)),
        ("-1.5", Fraction(-3, 2)),
        ("2 * 0.25", Fraction(1, 2)),
    ],
)
def test_decimals_are_exact(text, value):
    assert evaluate(text) == value


def test_names_have_the_values_they_were_given():
    assert evaluate("bees * 6", {"bees": Fraction(7)}) == 42


def test_a_name_without_a_value():
    with pytest.raises(UnknownName, match="wasps"):
        evaluate("wasps + 1")


@pytest.mark.parametrize("text", ["", "2 +", "(2", "2 2", "* 3", ")"])
def test_half_an_expression_is_refused(text):
    with pytest.raises(SyntaxProblem):
        evaluate(text)


def test_sharing_among_nobody():
    with pytest.raises(AbacusError, match="nobody"):
        evaluate("1 / (2 - 2)")
