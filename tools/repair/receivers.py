"""A template over what a method is called on."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.kindred import likeness
from fixit_runtime.tools.repair.subjects import own_members

_TRIED = 8


def receiver(site: Site) -> Iterator[Draft]:
    """`a.f(x)` as `self.f(x)`, `super().f(x)`, `self.b.f(x)`, `a.b.f(x)` or `f(x)`; `f(x)` as
    `self.f(x)` or as a method of another value. One plain name for another is left to
    `variable`."""
    calls = [n for n in site.nodes if isinstance(n, ast.Call)]
    for call in calls:
        match call.func:
            case ast.Attribute(value=value, attr=method):
                offered = dict(_holders(site, value, method))
                place = value
            case ast.Name(id=name):
                offered = {f"{holder}.{name}": w for holder, w in _owners(site, name)}
                place = call.func
            case _:
                continue
        offered.pop(site.text(place), None)
        total = sum(offered.values()) + 0.5
        for text, weight in sorted(offered.items(), key=lambda pair: -pair[1])[:_TRIED]:
            yield site.swap(place, text, 0.9 * weight / total / len(calls))
        if isinstance(call.func, ast.Attribute) and call.func.attr in site.tools:
            yield site.swap(call.func, call.func.attr, 0.2 / len(calls))


def _holders(site: Site, value: ast.expr, method: str) -> Iterator[tuple[str, float]]:
    """What else the method could be called on, with weights."""
    text = site.text(value)
    yield from _owners(site, method)
    if isinstance(value, ast.Call):
        return
    if not isinstance(value, ast.Name):
        uses = site.module.uses(site.scope)
        for near in site.near_values(6):
            known = f".{method}" in uses.get(near.name, frozenset())
            yield near.name, 0.2 + (0.6 if known else 0.0) + 0.4 * likeness(text, near.name)
    for member in own_members(site)[:_TRIED]:
        seen = site.module.members.get(f".{member.partition('.')[2]}", Counter[str]())
        yield member, 0.1 + (0.7 if method in seen else 0.0) + 0.4 * likeness(text, member)
    if isinstance(value, ast.Name) and value.id not in ("self", "cls"):
        tags = site.module.uses(site.scope).get(value.id, frozenset())
        for tag in sorted(t for t in tags if t[0] == "." and t != f".{method}")[:4]:
            yield f"{text}{tag}", 0.2


def _owners(site: Site, method: str) -> Iterator[tuple[str, float]]:
    """`self`, `cls` and `super()` where the class around has, or may inherit, the method."""
    owner = site.module.class_of(site.statement)
    if owner is None or site.function is None:
        return
    own = {f.name for f in owner.body if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)}
    names = {near.name for near in site.names}
    for first in (name for name in ("self", "cls") if name in names):
        yield first, 1.0 if method in own else 0.3 if owner.bases else 0.03
        if owner.bases:
            yield "super()", 1.0 if method == site.function.name else 0.2
    if method in own:
        yield owner.name, 0.1
