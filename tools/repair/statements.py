"""Templates over whole statements: delete, move, leave otherwise, return otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site, brief
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.layout import draft, inserted, reindented, removed

_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Raise, ast.Delete,
           ast.Assert, ast.Break, ast.Continue)  # fmt: skip
_BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith)


def deleted(site: Site) -> Iterator[Draft]:
    """The statement taken out, or a block's body put in the block's place."""
    statement = site.statement
    if isinstance(statement, _SIMPLE) and not _is_docstring(statement):
        yield from draft([removed(site)], 0.6, f"delete {site.text(statement)}")
    elif isinstance(statement, ast.If | ast.With) and not getattr(statement, "orelse", None):
        yield from _opened(site, statement)


def _opened(site: Site, block: ast.If | ast.With) -> Iterator[Draft]:
    source = site.module.source
    span, margin = source.lines_of(block), source.margin(block)
    bodies = [reindented(source, statement, margin) for statement in block.body]
    if span and all(body is not None for body in bodies):
        text = "".join(body for body in bodies if body is not None)
        header = brief(source.text[slice(*source.span(block))].partition(":")[0])
        yield Draft((Replacement(*span, text),), 0.4, f"always, without {header}")


def moved(site: Site) -> Iterator[Draft]:
    """The statement before the one above, after the one below, out of its block, or into the
    block beside it."""
    statement, source = site.statement, site.module.source
    span = source.lines_of(statement)
    if span is None or _is_docstring(statement) or isinstance(statement, ast.Pass):
        return
    block, at = site.module.block_of(statement)
    note = f"move {brief(site.text(statement), 40)}"
    text = source.text[slice(*span)]
    if at + 1 < len(block) and (below := source.lines_of(block[at + 1])):
        pieces = [Replacement(*span, ""), Replacement(below[1], below[1], text)]
        yield from draft(pieces, 0.2, f"{note} down")
    owner = site.parent(statement)
    if not isinstance(statement, _SIMPLE):
        return
    if at > 0 and isinstance(block[at - 1], _BLOCKS):
        yield from _into(site, block[at - 1], last=True, note=f"{note} into the block above")
    if at + 1 < len(block) and isinstance(block[at + 1], _BLOCKS):
        yield from _into(site, block[at + 1], last=False, note=f"{note} into the block below")
    if isinstance(owner, _BLOCKS) and (outer := source.lines_of(owner)):
        lines = reindented(source, statement, source.margin(owner))
        taken = removed(site)
        if lines is not None:
            ended = lines if lines.endswith(("\n", "\r")) else lines + source.newline
            if at == len(block) - 1:
                ahead = Replacement(outer[1], outer[1], lines)
                yield from draft([taken, ahead], 0.35, f"{note} out of the block")
            before = Replacement(outer[0], outer[0], ended)
            yield from draft([taken, before], 0.15, f"{note} before the block")


def _into(site: Site, block: ast.stmt, *, last: bool, note: str) -> Iterator[Draft]:
    """The statement as the last or the first one of a block's body."""
    source = site.module.source
    body = getattr(block, "body", [])
    beside = body[-1] if last else body[0]
    place, lines = source.lines_of(beside), None
    if place:
        lines = reindented(source, site.statement, source.margin(beside))
    if place and lines is not None:
        at = place[1] if last else place[0]
        yield from draft([removed(site), Replacement(at, at, lines)], 0.15, note)


def left_otherwise(site: Site) -> Iterator[Draft]:
    """`break` for `continue`, `return` or `pass`, and the like."""
    swaps = {
        ast.Break: {"continue": 0.5, "return": 0.2, "pass": 0.2},
        ast.Continue: {"break": 0.6, "pass": 0.2, "return": 0.1},
        ast.Pass: {"continue": 0.2, "break": 0.2, "return": 0.2, "raise": 0.2},
    }
    options = dict(swaps.get(type(site.statement), {}))
    if isinstance(site.statement, ast.Return | ast.Pass | ast.Expr) and site.function is not None:
        options |= _raised(site)
    for text, share in options.items():
        start, end = site.module.source.span(site.statement)
        yield Draft((Replacement(start, end, text),), share, f"-> {text}")


def _raised(site: Site) -> dict[str, float]:
    """Raise statements that the failing tests wait for: those of the file first."""
    found: dict[str, float] = {}
    for name in site.clues.expected_errors:
        for text, _ in site.module.raises:
            if text.startswith(f"raise {name}"):
                found[text] = 0.3
        found[f"raise {name}()"] = 0.5
    return found


def returned(site: Site) -> Iterator[Draft]:
    """Another result: a local, an empty or plain value, a tuple's part; a result that was
    computed and not returned; a return at the end of a function that has none."""
    statement = site.statement
    locals_ = [n.name for n in site.names if not n.tool and n.nearness >= 1 and n.name != "self"]
    if site.module.class_of(statement) is not None and any(n.name == "self" for n in site.names):
        locals_ = [*locals_[:7], "self"]
    if isinstance(statement, ast.Return):
        yield from _other_result(site, statement, locals_)
    elif site.function is not None:
        if isinstance(statement, ast.Expr) and not _is_docstring(statement):
            start = site.module.source.span(statement)[0]
            yield Draft((Replacement(start, start, "return "),), 0.4, "return the value")
        body = site.function.body
        ends = statement is body[-1] and not isinstance(statement, ast.Raise)
        if ends and site.function.name != "__init__":
            for name in locals_[:8]:
                piece = inserted(site.module.source, statement, [f"return {name}"], after=True)
                yield from draft([piece], 0.5 / min(len(locals_), 8), f"return {name}")


def _other_result(site: Site, statement: ast.Return, locals_: list[str]) -> Iterator[Draft]:
    value = statement.value
    if value is None:
        start = site.module.source.span(statement)[0] + len("return")
        for text in (*locals_[:8], "None", "False", "True", "[]", '""', "0"):
            piece = Replacement(start, start, f" {text}")
            yield Draft((piece,), 0.1, f"return {text}")
        return
    plain = {"None": 0.08, "False": 0.08, "True": 0.08, "[]": 0.06, "0": 0.06, '""': 0.04,
             "-1": 0.03, "1": 0.03, "{}": 0.03}  # fmt: skip
    if isinstance(value, ast.Name | ast.Attribute | ast.BinOp):
        for test in ("== 0", "== 1", "> 0", "is not None", "!= 0"):
            plain[f"{site.text(value)} {test}"] = 0.02
    for name in locals_[:8]:
        if name != site.text(value):
            yield site.swap(value, name, 0.4 / min(len(locals_), 8))
    for text, share in plain.items():
        if text != site.text(value):
            yield site.swap(value, text, share)
    if isinstance(value, ast.Tuple):
        for part in value.elts:
            yield site.swap(value, site.text(part), 0.1)
    elif locals_:
        for name in locals_[:4]:
            yield site.swap(value, f"{site.text(value)}, {name}", 0.02)


def _is_docstring(statement: ast.AST) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
