"""Templates over the arms of an `if`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site, brief
from fixit_runtime.tools.repair.donors import substituted
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.layout import draft


def branched(site: Site) -> Iterator[Draft]:
    """`if` as `elif` of the one above and back; an `else` that leaves, or that does what the
    body does with another name; an `else` dropped, or its body done in any case."""
    statement, source = site.statement, site.module.source
    if not isinstance(statement, ast.If):
        return
    start = source.span(statement)[0]
    word = source.text[start : start + 4]
    block, at = site.module.block_of(statement)
    if word == "elif":
        yield Draft((Replacement(start, start + 4, "if"),), 0.3, "elif -> if")
    elif at > 0 and isinstance(block[at - 1], ast.If):
        yield Draft((Replacement(start, start + 2, "elif"),), 0.3, "if -> elif")
    if not statement.orelse:
        yield from _with_else(site, statement)
    elif not _is_elif(site, statement.orelse):
        end, last = source.lines_of(statement.body[-1]), source.lines_of(statement.orelse[-1])
        if end and last:
            drop = Replacement(end[1], last[1], "")
            yield from draft([drop], 0.2, "drop the else")


def _is_elif(site: Site, orelse: list[ast.stmt]) -> bool:
    start = site.module.source.span(orelse[0])[0]
    return site.module.source.text.startswith("elif", start)


def _with_else(site: Site, statement: ast.If) -> Iterator[Draft]:
    source = site.module.source
    last = source.lines_of(statement.body[-1])
    if last is None:
        return
    options: dict[str, float] = {}
    if site.is_within(statement, ast.For, ast.While):
        options |= {"break": 0.05, "continue": 0.02}
    if site.function is not None:
        options |= {"return": 0.02, "return None": 0.02, "return False": 0.02}
    only = statement.body[-1]
    if isinstance(only, ast.Expr | ast.Assign | ast.AugAssign | ast.Return):
        text = site.text(only)
        changed = list(substituted(site, text)) if "\n" not in text else []
        options |= {each: 0.4 / len(changed) for each in changed}
    margin, newline = source.margin(statement), source.newline
    ended = source.text[: last[1]].endswith(("\n", "\r"))
    for text, share in options.items():
        lines = f"{margin}else:{newline}{margin}{source.indent}{text}{newline}"
        piece = Replacement(last[1], last[1], lines if ended else newline + lines)
        yield from draft([piece], share, f"else: {brief(text)}")
