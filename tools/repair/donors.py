"""Templates that take code from elsewhere in the function: a name for a constant, a statement
once more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.kindred import likeness
from fixit_runtime.tools.repair.layout import draft, inserted

_NAMES_TRIED = 8
_EXPRESSIONS_TRIED = 6
_HEADS_TRIED = 5
_VALUES_TRIED = 3
_FAR = 40  # expressions of the function that are weighed


def named(site: Site) -> Iterator[Draft]:
    """A constant or an empty literal as a variable, or as an expression of the function."""
    kinds = (ast.Constant, ast.List, ast.Dict, ast.Tuple)
    nodes = [n for n in site.nodes if isinstance(n, kinds) and _is_plain(site, n)]
    if site.function is None:
        return
    donors = site.module.expressions(site.scope)[:_EXPRESSIONS_TRIED]
    for node in nodes:
        near = site.values_at(node, _NAMES_TRIED)
        for each in near:
            share = 0.4 if each.name in site.idle else 0.5 / len(near)
            yield site.swap(node, each.name, share / len(nodes))
        for text in donors:
            yield site.swap(node, text, 0.3 / len(donors) / len(nodes))
        if isinstance(node, ast.List | ast.Tuple):
            form = "[{}]" if isinstance(node, ast.List) else "({},)"
            for each in near:
                yield site.swap(node, form.format(each.name), 0.2 / len(near) / len(nodes))


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
    built = (*_of_idle(site), *_verbatim(site), *_built(site), *_substituted(site))
    donors = list(dict.fromkeys(built))
    if isinstance(site.statement, ast.For | ast.While):
        yield from _flushed(site)
    for at, text in enumerate(donors):
        for after in (True, False):
            piece = inserted(site.module.source, site.statement, [text], after=after)
            yield from draft([piece], 0.5 / (8 + at), f"add {text}")


def _flushed(site: Site) -> Iterator[Draft]:
    """After a loop, what it puts away, once more for the last one where there is one."""
    for node in ast.walk(site.statement):
        match node:
            case ast.Expr(value=ast.Call(args=[ast.Name(id=name)])):
                lines = [f"if {name}:", f"\t{site.text(node)}"]
                piece = inserted(site.module.source, site.statement, lines, after=True)
                yield from draft([piece], 0.05, f"after the loop, {site.text(node)} if {name}")


def _verbatim(site: Site) -> Iterator[str]:
    """The function's own simple statements on one line."""
    for node in site.module.within(site.scope):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr):
            text = site.text(node)
            if "\n" not in text and not isinstance(node.value, ast.Constant):
                yield text


def _of_idle(site: Site) -> Iterator[str]:
    """Calls of what the file calls for its effect alone, the commonest first, with a name that
    nothing reads; in a class those after it that collections have."""
    idle = [near.name for near in site.near_values(4) if near.name in site.idle]
    if not idle:
        return
    heads = [head for head in site.module.effects if head.partition(".")[0] in site.known]
    owner = site.module.class_of(site.statement)
    if owner is not None and any(near.name == "self" for near in site.names):
        heads += [f"self.{name}" for name in ("update", "extend", "append", "add")]
    for name in idle[:2]:
        for head in list(dict.fromkeys(heads))[:_HEADS_TRIED]:
            yield f"{head}({name})"


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
    yield from _updates(site, names)
    yield from _walks(site)


# How a collection of each kind takes a value in, and gives one up.
_UPDATES = {
    "set": ("{}.add({})", "{}.discard({})"),
    "list": ("{}.append({})", "{}.extend({})"),
    "deque": ("{}.append({})", "{}.popleft()"),
    "dict": ("{}[{}] = {}",),
    "int": ("{} += 1", "{} -= 1", "{} += {}", "{} = {}", "{0} = max({0}, {1})",
            "{0} = min({0}, {1})"),
    "other": ("{} = {}",),
}  # fmt: skip


def _updates(site: Site, names: list[str]) -> Iterator[str]:
    """What could be done with a local that starts empty or at a number."""
    for kind, box, start in _collections(site):
        yield f"{box} = {start}"
        if kind == "other":
            near = site.module.expressions(site.scope)[:_FAR]
            told = sorted(near, key=lambda text: -_alike(box, text))
            yield from (f"{box} = {text}" for text in told[:_VALUES_TRIED])
        for form in _UPDATES[kind]:
            if form.count("{}") == 1:
                yield form.format(box)
            elif form.count("{}") == 2 or "{0}" in form:
                yield from (form.format(box, name) for name in names if name != box)
            else:
                pairs = [(a, b) for a in names for b in names if box not in (a, b) and a != b]
                yield from (form.format(box, a, b) for a, b in pairs[:6])


def _alike(name: str, text: str) -> float:
    """How like the name the last word of an expression is."""
    return likeness(name, text.rpartition(".")[2])


def _walks(site: Site) -> Iterator[str]:
    """`x = x.rest` for an attribute that the function reads from x: a step along a chain."""
    uses = site.module.uses(site.scope)
    for near in site.near_values(6):
        for tag in sorted(uses.get(near.name, frozenset())):
            if tag[0] == ".":
                yield f"{near.name} = {near.name}{tag}"


def _collections(site: Site) -> Iterator[tuple[str, str, str]]:
    """(kind, name, first value) of each local that starts with an empty or plain value."""
    for node in site.module.within(site.scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pairs = [(name, value)]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pairs = [(name, value)]
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                zipped = zip(names, values, strict=False)
                pairs = [(n.id, v) for n, v in zipped if isinstance(n, ast.Name)]
            case _:
                continue
        for name, value in pairs:
            match value:
                case ast.Call(func=ast.Name(id="set" | "list" | "dict" | "deque" as kind)):
                    yield kind, name, site.text(value)
                case ast.List() | ast.Dict() | ast.Set():
                    yield type(value).__name__.lower(), name, site.text(value)
                case ast.Constant(value=int()) if not isinstance(value.value, bool):
                    yield "int", name, site.text(value)
                case ast.Constant() | ast.Call(func=ast.Name(id="float")):
                    yield (
                        "other" if isinstance(value, ast.Constant) else "int",
                        name,
                        site.text(value),
                    )


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
