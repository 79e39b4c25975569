from fractions import Fraction

import pytest

from abacus.errors import SyntaxProblem
from abacus.tokens import Token, tokens


def test_signs_and_names_are_themselves():
    assert tokens("(bees + 2)") == [
        Token("sign", "("),
        Token("name", "bees"),
        Token("sign", "+"),
        Token("number", Fraction(2)),
        Token("sign", ")"),
    ]


def test_a_percentage_is_a_number():
    assert tokens(" 15% ") == [Token("number", Fraction(3, 20))]


def test_a_text_of_blanks_has_no_tokens():
    assert tokens("   ") == []


def test_what_cannot_be_read_is_named():
    with pytest.raises(SyntaxProblem, match="#3"):
        tokens("2 + #3")
