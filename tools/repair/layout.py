"""Whole lines put in, taken out and moved, in the file's own indentation and line ends."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from fixit_runtime.tools.repair.context import Draft, Site, brief
from fixit_runtime.tools.repair.edits import Replacement, Source


def inserted(
    source: Source, beside: ast.stmt, lines: Sequence[str], *, after: bool = False
) -> Replacement | None:
    """Lines before or after a statement, at its margin; each may start with tabs for deeper
    levels. None where the statement shares its line with another one."""
    span = source.lines_of(beside)
    if span is None:
        return None
    margin = source.margin(beside)
    text = "".join(
        margin + source.indent * (len(line) - len(line.lstrip("\t"))) + line.lstrip("\t")
        + source.newline
        for line in lines
    )  # fmt: skip
    if not after:
        return Replacement(span[0], span[0], text)
    ended = source.text[: span[1]].endswith(("\n", "\r"))
    return Replacement(span[1], span[1], text if ended else source.newline + text)


def removed(site: Site) -> Replacement | None:
    """The statement's lines taken out; `pass` where its block would be empty."""
    source, statement = site.module.source, site.statement
    block, _ = site.module.block_of(statement)
    if len(block) == 1:
        return Replacement(*source.span(statement), "pass")
    span = source.lines_of(statement)
    return Replacement(*span, "") if span else None


def reindented(source: Source, statement: ast.stmt, margin: str) -> str | None:
    """The statement's lines at another margin; None where that would change a string in it or
    the statement shares a line."""
    span = source.lines_of(statement)
    if span is None or _has_long_text(statement):
        return None
    old = source.margin(statement)
    lines = source.text[slice(*span)].splitlines(keepends=True)
    return "".join(
        margin + line[len(old) :] if line.startswith(old) and line.strip() else line
        for line in lines
    )


def draft(pieces: Sequence[Replacement | None], share: float, note: str) -> list[Draft]:
    """One draft of these replacements; none where one of them cannot be made."""
    made = tuple(piece for piece in pieces if piece is not None)
    return [Draft(made, share, brief(note))] if len(made) == len(pieces) else []


def _has_long_text(statement: ast.stmt) -> bool:
    return any(
        isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno != node.lineno
        for node in ast.walk(statement)
    )
