"""Templates that put another name in place: variable, attribute, callee, a misspelt name."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from fixit_runtime.tools.repair.context import Draft, Near, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.imports import HOMES, imported, with_import
from fixit_runtime.tools.repair.kindred import kin, likeness
from fixit_runtime.tools.repair.scopes import BUILTINS, Function

_NAMES_TRIED = 16
_ATTRIBUTES_TRIED = 12
_CALLEES_TRIED = 8
SAME_CLASS, OTHER_CLASS = 1.5, 0.4  # chosen by hand: of what two names held at run time


def variable(site: Site) -> Iterator[Draft]:
    """A variable that is read, or one that is assigned, replaced by another in scope."""
    nodes = [n for n in site.nodes if isinstance(n, ast.Name) and not _is_callee(site, n)]
    used = site.module.uses(site.scope)
    for node in nodes:
        if node.id in BUILTINS and not any(near.name == node.id for near in site.names):
            continue
        written = 0.2 if isinstance(node.ctx, ast.Store) else 1.0
        others = [near for near in site.names_at(node) if near.name != node.id]
        weighed = [
            (n.name, _fitness(n, node.id, used, n.name in site.idle) * _fits(site, node.id, n.name))
            for n in others
        ]
        for name, share in _shares(weighed)[:_NAMES_TRIED]:
            yield site.swap(node, name, 0.8 * written * share / len(nodes))
        if isinstance(node.ctx, ast.Load):
            yield from _through_self(site, node, 0.15 / len(nodes))


def _fitness(near: Near, name: str, used: dict[str, frozenset[str]], idle: bool) -> float:
    """How likely `near` was meant: nearness, like use, like spelling, use for nothing else."""
    mine, theirs = used.get(name, frozenset()), used.get(near.name, frozenset())
    alike = len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0
    unlike = near.tool or {near.name, name} & {"self", "cls"}
    kind = 0.15 if unlike else 1.0
    return near.nearness * kind * (0.3 + alike + likeness(name, near.name) + 2.0 * idle)


def _fits(site: Site, name: str, other: str) -> float:
    """Whether two names held values of one class at run time."""
    mine, theirs = set(site.seen.get(name, ())), set(site.seen.get(other, ()))
    if not mine or not theirs:
        return 1.0
    return SAME_CLASS if mine & theirs else OTHER_CLASS


def _shares(weighed: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """Weights as shares, the greatest first; with a weight of 1 for a name not among them."""
    pairs = sorted(weighed, key=lambda pair: (-pair[1], pair[0]))
    total = sum(weight for _, weight in pairs) + 1.0
    return [(name, weight / total) for name, weight in pairs]


def _through_self(site: Site, node: ast.Name, share: float) -> Iterator[Draft]:
    """`x` as `self.x`, or as an attribute that the function reads from `x`."""
    owner = site.module.class_of(site.statement)
    members = (
        site.module.members.get(f"self@{owner.name}", Counter[str]()) if owner else Counter[str]()
    )
    if node.id in members and any(near.name == "self" for near in site.names):
        yield site.swap(node, f"self.{node.id}", share)
    tags = site.module.uses(site.scope).get(node.id, frozenset())
    read = sorted(tag for tag in tags if tag[0] == ".")
    if not isinstance(site.parent(node), ast.Attribute):
        for tag in read[:4]:
            yield site.swap(node, f"{node.id}{tag}", share / len(read))


def attribute(site: Site) -> Iterator[Draft]:
    """Another attribute: seen on the same receiver first, then alike ones of the file."""
    nodes = [n for n in site.nodes if isinstance(n, ast.Attribute) and not _is_callee(site, n)]
    for node in nodes:
        weighed = [(name, fit) for name, fit in _attributes(site, node) if name != node.attr]
        for name, share in _shares(weighed)[:_ATTRIBUTES_TRIED]:
            yield renamed(site, node, name, 0.8 * share / len(nodes))
        if isinstance(node.ctx, ast.Load):
            visible = {near.name for near in site.names}
            bare = 0.15 if node.attr in visible else 0.02
            yield site.swap(node, node.attr if node.attr in visible else site.text(node.value),
                            bare / len(nodes))  # fmt: skip


def _attributes(site: Site, node: ast.Attribute) -> Iterator[tuple[str, float]]:
    receiver = site.module.receiver(node)
    near: Mapping[str, int] = site.module.members.get(receiver, {}) if receiver else {}
    for name in near:
        yield name, 1.0 + likeness(node.attr, name)
    held = site.members_of(node.value) - near.keys()
    for name in sorted(held):
        yield name, 0.8 + likeness(node.attr, name)
    near = {**near, **dict.fromkeys(held, 1)}
    for name in site.module.members[""]:
        if name not in near and (alike := likeness(node.attr, name)) > 0.3:
            yield name, 0.5 * alike
    for name in kin(node.attr) - near.keys() - site.module.members[""].keys():
        yield name, 0.4
    for name in site.package.members.keys() - near.keys() - site.module.members[""].keys():
        if (alike := likeness(node.attr, name)) > 0.5:
            yield name, 0.3 * alike


def callee(site: Site) -> Iterator[Draft]:
    """Another function or method: kin first, then alike ones that the file knows."""
    calls = [n for n in site.nodes if isinstance(n, ast.Call)]
    for call in calls:
        match call.func:
            case ast.Name() as function:
                weighed = _functions(site, function, call)
                for name, share in _shares(weighed)[:_CALLEES_TRIED]:
                    yield site.swap(function, name, share / len(calls))
                for name, weight in _elsewhere(site, function):
                    draft = site.swap(function, name, 0.2 * weight / len(calls))
                    yield from with_import(site, draft, name)
            case ast.Attribute() as method:
                weighed = _methods(site, method)
                for name, share in _shares(weighed)[:_CALLEES_TRIED]:
                    yield renamed(site, method, name, share / len(calls))


def _functions(site: Site, node: ast.Name, call: ast.Call) -> list[tuple[str, float]]:
    found = dict.fromkeys(kin(node.id) & BUILTINS, 1.0)
    used = site.module.uses(site.scope)
    for near in site.names:
        known = site.module.functions.get(near.name)
        if known or near.tool or "call" in used.get(near.name, ()):
            fits = 0.3 if known and any(_takes(f, call) for f in known) else 0.1
            weight = fits + likeness(node.id, near.name)
            found[near.name] = max(weight, found.get(near.name, 0.0))
    if not found and node.id in BUILTINS:
        found = dict.fromkeys(("list", "sorted", "set"), 0.2)
    return [(name, weight) for name, weight in found.items() if name != node.id]


def _elsewhere(site: Site, node: ast.Name) -> list[tuple[str, float]]:
    """Like functions that the file does not know yet: of the package, and kin of Python's own."""
    known = {near.name for near in site.names} | BUILTINS
    homes = {name for names in HOMES.values() for name in names}
    found = dict.fromkeys((kin(node.id) & homes) - known, 1.0)
    for name in site.package.tops.keys() - known:
        if (alike := likeness(node.id, name)) > 0.5:
            found[name] = alike
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:4]


def _takes(function: Function, call: ast.Call) -> bool:
    arguments = function.args
    most = len(arguments.posonlyargs) + len(arguments.args)
    return len(call.args) <= most and len(call.args) >= most - len(arguments.defaults) - 1


def _methods(site: Site, node: ast.Attribute) -> list[tuple[str, float]]:
    found = dict.fromkeys(kin(node.attr), 1.0)
    receiver = site.module.receiver(node)
    for name in site.module.members.get(receiver, {}) if receiver else {}:
        weight = 0.2 + likeness(node.attr, name)
        found[name] = max(weight, found.get(name, 0.0))
    for name in sorted(site.members_of(node.value) - found.keys()):
        found[name] = 0.2 + likeness(node.attr, name)
    for name in site.package.members:
        if name not in found and (alike := likeness(node.attr, name)) > 0.5:
            found[name] = 0.5 * alike
    if node.attr in site.module.methods:
        for name in site.module.methods:
            found.setdefault(name, 0.15 + 0.8 * likeness(node.attr, name))
    return [(name, weight) for name, weight in found.items() if name != node.attr]


def misspelt(site: Site) -> Iterator[Draft]:
    """A name that an exception called unknown: the likeliest known ones, with `self.`, or
    imported."""
    unknown = site.clues.undefined
    wrong = frozenset[str]() if site.clues.on_none else site.clues.attributes
    for node in site.nodes:
        if isinstance(node, ast.Name) and node.id in unknown:
            known = {near.name for near in site.names_at(node)} | BUILTINS
            for name, share in _alike(node.id, known - {node.id}):
                yield site.swap(node, name, share)
            yield from _through_self(site, node, 0.5)
            yield from imported(site, node.id, 0.8)
        elif isinstance(node, ast.Attribute) and node.attr in wrong:
            attributes = {*site.module.members[""], *site.module.functions, *kin(node.attr)}
            attributes |= site.package.members.keys()
            for name, share in _alike(node.attr, attributes - {node.attr}):
                yield renamed(site, node, name, share)
    yield from _declared(site)


def _alike(name: str, known: set[str]) -> list[tuple[str, float]]:
    weighed = [(other, likeness(name, other)) for other in known]
    return _shares((o, w) for o, w in weighed if w > 0.5)[:_ATTRIBUTES_TRIED]


def _declared(site: Site) -> Iterator[Draft]:
    """`nonlocal x` or `global x` at the head of a function that assigns an outer `x`."""
    function, statement = site.function, site.statement
    if function is None or statement not in function.body:
        return
    stored = {
        n.id
        for n in site.module.within(function)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    for name in sorted(stored & site.clues.undefined):
        outer = [a for a in site.module.ancestors(function) if name in site.module.bindings(a)]
        if outer and statement is function.body[0]:
            word = "global" if isinstance(outer[0], ast.Module) else "nonlocal"
            at = site.module.source.span(statement)[0]
            line = (
                f"{word} {name}{site.module.source.newline}{site.module.source.margin(statement)}"
            )
            yield Draft((Replacement(at, at, line),), 0.8, f"{word} {name}")


def renamed(site: Site, node: ast.Attribute, name: str, share: float) -> Draft:
    """The attribute with another name; what it is read from stays as typed."""
    end = site.module.source.span(node)[1]
    start = end - len(node.attr)
    note = f".{node.attr} -> .{name}"
    return Draft((Replacement(start, end, name),), share, note)


def _is_callee(site: Site, node: ast.expr) -> bool:
    parent = site.parent(node)
    return isinstance(parent, ast.Call) and parent.func is node
