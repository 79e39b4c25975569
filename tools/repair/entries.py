"""Templates over the entries of list, tuple, set and dict displays."""

from __future__ import annotations

import ast
from collections import Counter
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
            yield from _between(site, display.elts, 0.2 / count)
            for text, share in fitting(site, display.elts):
                yield after_last(site, display.elts[-1], text, 0.7 * share / count)
    for table in tables:
        pairs = [(k, v) for k, v in zip(table.keys, table.values, strict=True) if k is not None]
        yield from _dropped(site, pairs, 0.3 / count)
        if pairs:
            value = site.text(pairs[-1][1])
            for text, share in fitting(site, [key for key, _ in pairs]):
                new = f"{text}: {text if value == site.text(pairs[-1][0]) else value}"
                yield after_last(site, pairs[-1][1], new, 0.5 * share / count)


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


def _between(site: Site, entries: list[ast.expr], share: float) -> Iterator[Draft]:
    """A whole number that is left out of a row of them: before, between, or after."""
    source = site.module.source
    values = [whole_number(entry) for entry in entries]
    for entry, value, after in zip(entries, values, [*values[1:], None], strict=True):
        if value is not None and (after is None or after == value + 2):
            end = source.span(entry)[1]
            piece = Replacement(end, end, f", {value + 1}")
            yield Draft((piece,), share, f"add {value + 1}")


def whole_number(node: ast.expr) -> int | None:
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
    return None


def after_last(site: Site, last: ast.expr, text: str, share: float) -> Draft:
    """An entry after the last one; on a line of its own where that one has its own."""
    source = site.module.source
    start, end = source.span(last)
    line = source.line_starts[source.line_of(start) - 1]
    before = source.text[line:start]
    own = not before.strip() and bool(before)
    gap = f",{source.newline}{before}" if own else ", "
    return Draft((Replacement(end, end, f"{gap}{text}"),), share, f"add {text}")


def _varied(site: Site, entry: ast.expr) -> list[str]:
    """A tuple of numbers turned round, and with one sign turned."""
    if not isinstance(entry, ast.Tuple):
        return []
    parts = [site.text(part) for part in entry.elts]
    turned = [part[1:] if part.startswith("-") else f"-{part}" for part in parts]
    rows = [parts[::-1], turned]
    rows += [[*parts[:at], turned[at], *parts[at + 1 :]] for at in range(len(parts))]
    return [f"({', '.join(row)})" for row in rows if "-0" not in row]


def fitting(site: Site, entries: list[ast.expr]) -> list[tuple[str, float]]:
    """Texts of entries that could stand beside these."""
    held = {site.text(each) for each in entries}
    options: list[str] = []
    match entries[-1]:
        case ast.Constant(value=str()):
            quote = site.text(entries[-1])[-1]
            mined = (*site.clues.strings, *(v for v in site.module.literals if isinstance(v, str)))
            options = [quoted(value, quote) for value in mined]
        case ast.Constant(value=int() | float()):
            options = [repr(value) for value in site.clues.numbers[:20]]
            fresh = [text for text in dict.fromkeys(options) if text not in held]
            return [(text, 1 / len(fresh)) for text in fresh]
        case ast.Attribute(value=ast.Name(id=owner)):
            known = site.module.members.get(owner, Counter[str]())
            own = site.module.members.get(f"self@{owner}", Counter[str]())
            options = [f"{owner}.{name}" for name in dict.fromkeys((*known, *own))]
        case ast.Tuple():
            options = [text for each in entries for text in _varied(site, each)]
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
