from __future__ import annotations

from collections.abc import Mapping

from letters.pieces import LetterError, pieces


def compose(source: str, facts: Mapping[str, object]) -> str:
    """The letter for somebody about whom these facts are known.

    Raises LetterError for an [end] too many or too few, and for an unknown value. Values in a part
    that is left out need not be known; facts in conditions default to false.
    """
    written: list[str] = []
    inside = False
    shown = True
    for piece in pieces(source):
        if piece.kind in ("if", "unless"):
            inside = True
            shown = bool(facts.get(piece.word)) == (piece.kind == "if")
        elif piece.kind == "end":
            if not inside:
                raise LetterError("an [end] too many")
            inside = False
            shown = True
        elif shown:
            written.append(piece.word if piece.kind == "text" else _value(piece.word, facts))
    if inside:
        raise LetterError("an [end] too few")
    return "".join(written)


def _value(name: str, facts: Mapping[str, object]) -> str:
    if name not in facts:
        raise LetterError(f"nothing is known about {name}")
    return str(facts[name])
