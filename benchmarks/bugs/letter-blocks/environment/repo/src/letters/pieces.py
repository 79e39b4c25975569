from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARK = re.compile(r"\[(if|unless)\s+([a-z_]+)\]|\[(end)\]|\[=\s*([a-z_]+)\]")


class LetterError(ValueError):
    pass


@dataclass(frozen=True)
class Piece:
    """`kind` is text, if, unless, end or value; `word` the text or the name in it."""

    kind: str
    word: str


def pieces(source: str) -> Iterator[Piece]:
    place = 0
    for match in _MARK.finditer(source):
        if match.start() > place:
            yield Piece("text", source[place : match.start()])
        condition, name, end, value = match.groups()
        if end:
            yield Piece("end", "")
        elif condition:
            yield Piece(condition, name)
        else:
            yield Piece("value", value)
        place = match.end()
    if place < len(source):
        yield Piece("text", source[place:])
