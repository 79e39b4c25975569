"""Text to tokens: numbers with their values, names, and signs."""

import re
from dataclasses import dataclass
from fractions import Fraction

from abacus.errors import SyntaxProblem

_TOKEN = re.compile(
    r"\s*(?:(?P<percent>\d+)%"
    r"|(?P<decimal>\d+\.\d+)"
    r"|(?P<whole>\d+)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>[-+*/^()=]))"
)


@dataclass(frozen=True)
class Token:
    """`kind` is "number", "name" or "sign"; the value of a number is a Fraction."""

    kind: str
    value: object


def tokens(text):
    """All tokens of a text, in order. Raises SyntaxProblem where nothing fits."""
    found = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise SyntaxProblem(f"cannot read {text[place:].strip()!r}")
        found.append(_token(match.lastgroup, match.group(match.lastgroup)))
        place = match.end()
    return found


def _token(group, text):
    if group == "percent":
        return Token("number", Fraction(int(text), 100))
    if group == "decimal":
        return Token("number", text)
    if group == "whole":
        return Token("number", Fraction(text))
    return Token(group, text)
