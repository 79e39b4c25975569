"""Templates that take code from elsewhere in the function: a name for a constant, a statement
once more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.layout import draft, inserted

_NAMES_TRIED = 8
_EXPRESSIONS_TRIED = 6


def named(site: Site) -> Iterator[Draft]:
    """A constant or an empty literal as a variable, or as an expression of the function."""
    kinds = (ast.Constant, ast.List, ast.Dict, ast.Tuple)
    nodes = [n for n in site.nodes if isinstance(n, kinds) and _is_plain(site, n)]
    if site.function is None:
        return
    near = site.near_values(_NAMES_TRIED)
    donors = site.module.expressions(site.scope)[:_EXPRESSIONS_TRIED]
    for node in nodes:
        for each in near:
            share = 0.4 if each.name in site.idle else 0.5 / len(near)
            yield site.swap(node, each.name, share / len(nodes))
        for text in donors:
            yield site.swap(node, text, 0.3 / len(donors) / len(nodes))


def _is_plain(site: Site, node: ast.expr) -> bool:
    """A value in an expression: no docstring, no part of an f-string, no container with
    contents, no target."""
    if isinstance(node, ast.Constant):
        return not isinstance(site.parent(node), ast.Expr | ast.JoinedStr)
    contents = getattr(node, "elts", None) or getattr(node, "keys", None)
    return not contents and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def repeated(site: Site) -> Iterator[Draft]:
    """A simple statement of the same function once more, before or after this one: as it is,
    with one name changed, or built from a call or a count that the function does."""
    if site.function is None:
        return
    donors = list(dict.fromkeys((*_verbatim(site), *_built(site), *_substituted(site))))
    for at, text in enumerate(donors):
        for after in (True, False):
            piece = inserted(site.module.source, site.statement, [text], after=after)
            yield from draft([piece], 0.5 / (8 + at), f"add {text}")


def _verbatim(site: Site) -> Iterator[str]:
    """The function's own simple statements on one line."""
    for node in site.module.within(site.scope):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr):
            text = site.text(node)
            if "\n" not in text and not isinstance(node.value, ast.Constant):
                yield text


def _built(site: Site) -> Iterator[str]:
    """Method calls with another name as their argument, and counts of other names."""
    names = [near.name for near in site.near_values(6)]
    for node in site.module.within(site.scope):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method, args=[only])):
                for name in names:
                    if name != site.text(only):
                        yield f"{site.text(method)}({name})"
            case ast.AugAssign(target=ast.Name(id=target), op=ast.Add()):
                yield from (f"{name} += 1" for name in names if name != target)


def _substituted(site: Site) -> Iterator[str]:
    """The function's simple statements with one name changed throughout."""
    for text in dict.fromkeys(_verbatim(site)):
        yield from substituted(site, text)


def substituted(site: Site, text: str) -> Iterator[str]:
    """The text with one of the nearest names in it changed throughout."""
    names = [near.name for near in site.near_values(6)]
    held = [name for name in names if re.search(rf"\b{name}\b", text)]
    for old in held:
        for new in names:
            if new not in held:
                yield re.sub(rf"\b{old}\b", new, text)
