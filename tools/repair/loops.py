"""A template that does once more after a loop what the loop does for all but the last."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.layout import draft, inserted

_TRIED = 6
_LENGTH = 80


def after_loop(site: Site) -> Iterator[Draft]:
    """After a loop, a statement or a short block of its body once more: as it is, only where
    there is something left, or under its own condition."""
    loop = site.statement
    if not isinstance(loop, ast.For | ast.While | ast.AsyncFor) or site.function is None:
        return
    blocks = list(_blocks(site, loop))[:_TRIED]
    for lines, test in blocks:
        part = 1 / len(blocks)
        options = {"": 0.3}
        for name in _left(site, lines):
            options |= {name: 0.4, f"{name} is not None": 0.1}
        if test:
            options[test] = 0.2
        for asked, share in options.items():
            body = [f"\t{line}" for line in lines] if asked else list(lines)
            head = [f"if {asked}:"] if asked else []
            piece = inserted(site.module.source, loop, [*head, *body], after=True)
            note = f"after the loop, {'; '.join(lines)}" + (f" if {asked}" if asked else "")
            yield from draft([piece], share * part, note)


def _blocks(site: Site, loop: ast.stmt) -> Iterator[tuple[tuple[str, ...], str]]:
    """Statements of the loop that give something away, alone and with those before them in
    their block, each with the condition that the block stands under."""
    targets = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)} if isinstance(
        loop, ast.For | ast.AsyncFor
    ) else set()  # fmt: skip
    for node in site.module.within(loop):
        if not isinstance(node, ast.stmt) or not _gives(node):
            continue
        block, at = site.module.block_of(node)
        owner = site.parent(node)
        test = site.text(owner.test) if isinstance(owner, ast.If) and block is owner.body else ""
        if isinstance(owner, ast.If) and targets & _names(owner.test):
            test = ""
        for first in dict.fromkeys((at, max(at - 1, 0), max(at - 2, 0))):
            rows = tuple(site.text(each) for each in block[first : at + 1])
            short = all("\n" not in row and len(row) <= _LENGTH for row in rows)
            if short and not any(isinstance(each, ast.If) for each in block[first:at]):
                yield rows, test if "\n" not in test else ""


def _gives(node: ast.stmt) -> bool:
    """Whether the statement puts something away: a call, a `yield`, an item, a sum."""
    match node:
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.AugAssign():
            return True
        case ast.Assign(targets=[ast.Subscript()]):
            return True
    return False


def _left(site: Site, lines: tuple[str, ...]) -> list[str]:
    """Locals that the lines read, which may hold what is left."""
    read = [
        node.id
        for line in lines
        for node in ast.walk(ast.parse(line))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    ]
    assert site.function is not None
    bound = site.module.bindings(site.function)
    values = [n for n in dict.fromkeys(read) if n in bound and not bound[n].tool]
    return [name for name in values if name not in ("self", "cls")][:3]


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
