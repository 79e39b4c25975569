"""Templates over the entries of list, tuple, set and dict displays."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.constants import quoted
from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.kindred import kin

_TRIED = 8
_KINDS_OF_VALUE = ("str", "int", "float", "list", "tuple", "dict", "set", "bytes", "bool")


def entry(site: Site) -> Iterator[Draft]:
    """One entry more, or one less. What is added is like what is there: a text or a number of
    the failing tests, a class for a class, a name for a name."""
    displays = [n for n in site.nodes if isinstance(n, ast.List | ast.Tuple | ast.Set)]
    displays = [n for n in displays if isinstance(getattr(n, "ctx", ast.Load()), ast.Load)]
    tables = [n for n in site.nodes if isinstance(n, ast.Dict) and n.keys]
    count = len(displays) + len(tables)
    for display in displays:
        if display.elts:
            yield from _dropped(site, [(e, e) for e in display.elts], 0.3 / count)
            for text, share in _fitting(site, display.elts):
                yield _after(site, display.elts[-1], text, 0.7 * share / count)
    for table in tables:
        pairs = [(k, v) for k, v in zip(table.keys, table.values, strict=True) if k is not None]
        yield from _dropped(site, pairs, 0.3 / count)
        if pairs:
            value = site.text(pairs[-1][1])
            for text, share in _fitting(site, [key for key, _ in pairs]):
                new = f"{text}: {text if value == site.text(pairs[-1][0]) else value}"
                yield _after(site, pairs[-1][1], new, 0.5 * share / count)


def _dropped(site: Site, pairs: list[tuple[ast.expr, ast.expr]], share: float) -> Iterator[Draft]:
    """Without one entry, from its start to its end, and the comma beside it."""
    source = site.module.source
    for at, (first, last) in enumerate(pairs if len(pairs) > 1 else ()):
        start, end = source.span(first)[0], source.span(last)[1]
        if at > 0:
            start = source.span(pairs[at - 1][1])[1]
        else:
            end = source.span(pairs[1][0])[0]
        yield Draft((Replacement(start, end, ""),), share / len(pairs), f"drop {site.text(first)}")


def _after(site: Site, last: ast.expr, text: str, share: float) -> Draft:
    """An entry after the last one; on a line of its own where that one has its own."""
    source = site.module.source
    start, end = source.span(last)
    line = source.line_starts[source.line_of(start) - 1]
    before = source.text[line:start]
    own = not before.strip() and bool(before)
    gap = f",{source.newline}{before}" if own else ", "
    return Draft((Replacement(end, end, f"{gap}{text}"),), share, f"add {text}")


def _fitting(site: Site, entries: list[ast.expr]) -> list[tuple[str, float]]:
    """Texts of entries that could stand beside these."""
    held = {site.text(each) for each in entries}
    options: list[str] = []
    match entries[-1]:
        case ast.Constant(value=str()):
            quote = site.text(entries[-1])[-1]
            mined = (*site.clues.strings, *(v for v in site.module.literals if isinstance(v, str)))
            options = [quoted(value, quote) for value in mined]
        case ast.Constant(value=int() | float()):
            options = [repr(value) for value in site.clues.numbers]
        case ast.Name(id=name) if name in _KINDS_OF_VALUE:
            options = list(_KINDS_OF_VALUE)
        case ast.Name(id=name):
            near = [n.name for n in site.near_values(_TRIED)]
            options = [*sorted(kin(name)), *near]
            options += [n.name for n in site.names if n.tool] if name[:1].isupper() else []
        case _:
            options = [near.name for near in site.near_values(4)]
    fresh = [text for text in dict.fromkeys(options) if text not in held][:_TRIED]
    return [(text, 1 / len(fresh)) for text in fresh]
