"""A template that puts a value into a function which the file or the package has, but which
nothing near the statement calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.imports import with_import
from fixit_runtime.tools.repair.kindred import likeness
from fixit_runtime.tools.repair.scopes import Function, parameters

_TRIED = 10
_PLACES_TRIED = 6
_FAR = 40  # functions of the package that are weighed
_VALUES = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.BinOp, ast.ListComp, ast.DictComp,
           ast.JoinedStr, ast.BoolOp, ast.IfExp, ast.Dict, ast.List)  # fmt: skip


def applied(site: Site) -> Iterator[Draft]:
    """A result, an argument or what is assigned as `f(x)`, `self.f(x)`, `f(x, y)`: those first
    that nothing calls, and those that are named like what stands around."""
    places = [n for n in site.nodes if isinstance(n, _VALUES) and _is_place(site, n)]
    if not places:
        return
    offered = _functions(site)
    total = sum(weight for *_, weight in offered) + 0.5
    for at, node in enumerate(places[:_PLACES_TRIED]):
        text = site.text(node)
        for form, name, weight in offered:
            if not text.startswith(form.partition("(")[0] + "("):
                share = 0.9 * weight / total / (1.5 + at)
                draft = site.swap(node, form.format(text), share)
                yield from with_import(site, draft, name) if name else [draft]


def _is_place(site: Site, node: ast.expr) -> bool:
    """Whether the node is a whole value, an element, an operand, or what a loop goes through."""
    match site.parent(node):
        case ast.comprehension(iter=iterated):
            return node is iterated
        case ast.Dict() | ast.DictComp() | ast.Compare() | ast.List() | ast.For():
            return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    return site.is_whole(node)


def _functions(site: Site) -> list[tuple[str, str, float]]:
    """Calls with a gap for the value, the name to import for each ("" for none), and weights;
    the likeliest first."""
    found: dict[str, tuple[str, float]] = {}
    owner = site.module.class_of(site.statement)
    known = {near.name for near in site.names}
    words = sorted({*site.own_names, *([site.function.name] if site.function else [])})
    for function in site.module.every_function:
        around = site.module.parent(function)
        if function is site.function or function.name.startswith("__"):
            continue
        if around is owner and owner is not None and "self" in known:
            head = f"self.{function.name}"
        elif function.name in known and not isinstance(around, ast.ClassDef):
            head = function.name
        else:
            continue
        weight = _weight(site, function.name, words)
        for given, part in _given(site, function):
            found.setdefault(f"{head}({given})", ("", part * weight))
    for each in site.module.all(ast.ClassDef):
        if each.name in known and each is not owner:
            found.setdefault(f"{each.name}({{}})", ("", 0.5 * _weight(site, each.name, words)))
    for name in list(site.package.tops)[:_FAR]:
        if name not in known and name[:1].islower():
            found.setdefault(f"{name}({{}})", (name, 0.3 * _weight(site, name, words)))
    weighed = [(form, name, weight) for form, (name, weight) in found.items()]
    return sorted(weighed, key=lambda each: -each[2])[:_TRIED]


def _weight(site: Site, name: str, words: list[str]) -> float:
    """Greater for what nothing reads, what the tests name, and what is named like the rest."""
    attributes = site.module.members[""]
    idle = name not in site.module.reads(site.module.tree) and name not in attributes
    told = name in site.clues.mentioned
    alike = max((likeness(word, name) for word in words), default=0.0)
    return 0.2 + 1.0 * idle + 0.3 * told + 0.4 * alike


def _given(site: Site, function: Function) -> Iterator[tuple[str, float]]:
    """Arguments with a gap for the value: alone, or with a like name for the second."""
    arguments = [p.arg for p in parameters(function) if p.arg not in ("self", "cls")]
    needed = len(function.args.posonlyargs) + len(function.args.args) - len(function.args.defaults)
    needed -= len(parameters(function)) - len(arguments)
    if not arguments or needed > 2:
        return
    if needed <= 1:
        yield "{}", 1.0
    if len(arguments) > 1 and needed == 2:
        values = {near.name for near in site.near_values(12)}
        for at, second in enumerate(arguments[:2]):
            if second in values:
                yield (f"{{}}, {second}" if at == 1 else f"{second}, {{}}"), 0.6
