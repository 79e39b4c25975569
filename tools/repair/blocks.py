"""Templates over a whole block: taken out with what it holds, or with its arms exchanged."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from fixit_runtime.tools.repair.context import Draft, Site, brief
from fixit_runtime.tools.repair.edits import Replacement, Source
from fixit_runtime.tools.repair.layout import draft, reindented, removed

_BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith)


def block(site: Site) -> Iterator[Draft]:
    """A block deleted with its body; of an `if` one arm deleted, two arms exchanged, or one
    done in any case; what a `try` or a loop holds done without it."""
    statement, source = site.statement, site.module.source
    if not isinstance(statement, _BLOCKS):
        return
    word = source.text[slice(*source.span(statement))].partition(" ")[0].rstrip(":")
    if word != "elif":
        head = brief(source.text[slice(*source.span(statement))].partition("\n")[0], 40)
        yield from draft([removed(site)], 0.3, f"delete the block {head}")
    if isinstance(statement, ast.If):
        yield from _arms(site, statement, word)
    elif isinstance(statement, ast.Try | ast.For):
        yield from _without(site, statement.body, 0.1, f"without the {word}")
    if isinstance(statement, ast.Try) and len(statement.handlers) > 1:
        for handler in statement.handlers:
            start = source.line_starts[handler.lineno - 1]
            if end := _lines(source, handler.body):
                piece = Replacement(start, end[1], "")
                yield from draft([piece], 0.1, f"drop {brief(site.text(handler), 40)}")


def _arms(site: Site, statement: ast.If, word: str) -> Iterator[Draft]:
    source, orelse = site.module.source, statement.orelse
    body = _lines(source, statement.body)
    if body and word == "elif" and not _is_elif(source, orelse):
        line = source.line_starts[statement.lineno - 1]
        piece = Replacement(line, body[1], "")
        yield from draft([piece], 0.2, f"drop the arm elif {brief(site.text(statement.test))}")
    if body is None or not orelse:
        return
    chained = _is_elif(source, orelse)
    other = orelse[0].body if chained and isinstance(orelse[0], ast.If) else orelse
    if second := _lines(source, other):
        texts = source.text[slice(*body)], source.text[slice(*second)]
        if all(text.endswith(("\n", "\r")) for text in texts):
            pieces = [Replacement(*body, texts[1]), Replacement(*second, texts[0])]
            yield from draft(pieces, 0.3, "the two arms exchanged")
    start = source.span(statement)[0]
    if chained:
        at = source.span(orelse[0])[0]
        piece = Replacement(start, at + len("elif"), word)
        yield from draft([piece], 0.2, f"drop the arm {word} {brief(site.text(statement.test))}")
    elif word != "elif":
        yield from _without(site, statement.body, 0.1, "always the first arm")
        yield from _without(site, orelse, 0.1, "always the else")


def _without(site: Site, body: Sequence[ast.stmt], share: float, note: str) -> Iterator[Draft]:
    """The body in the statement's place."""
    source = site.module.source
    span, margin = source.lines_of(site.statement), source.margin(site.statement)
    rows = [reindented(source, each, margin) for each in body]
    if span and all(row is not None for row in rows):
        text = "".join(row for row in rows if row is not None)
        yield Draft((Replacement(*span, text),), share, note)


def _lines(source: Source, body: Sequence[ast.stmt]) -> tuple[int, int] | None:
    """The whole lines of a body."""
    first, last = source.lines_of(body[0]), source.lines_of(body[-1])
    return (first[0], last[1]) if first and last else None


def _is_elif(source: Source, orelse: Sequence[ast.stmt]) -> bool:
    return bool(orelse) and source.text.startswith("elif", source.span(orelse[0])[0])
