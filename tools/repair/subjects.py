"""What a condition could be about, and the conditions that can be made of it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fixit_runtime.tools.repair.context import Site
from fixit_runtime.tools.repair.scopes import BUILTINS, parameters

_SUBJECTS_TRIED = 6
_DONORS_TRIED = 8
_RELATED_TRIED = 4


@dataclass(frozen=True, slots=True)
class Check:
    """A condition as text, the same denied, its share, and whether it protects what it is
    about, so that it must be asked first."""

    text: str
    denial: str
    share: float
    protects: bool = True


def subjects(site: Site, nodes: Iterable[ast.AST]) -> list[str]:
    """Names and dotted names read in these expressions, those that are dereferenced first.
    Callees, modules, functions and classes are left out."""
    tools = {near.name for near in site.names if near.tool}
    values = {near.name for near in site.names if not near.tool}
    found: dict[str, int] = {}
    for node in nodes:
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        base = _base(node)
        if base is None or base in tools or base not in values:
            continue
        if (base in ("self", "cls") and isinstance(node, ast.Name)) or _is_callee(site, node):
            continue
        text = site.text(node)
        found[text] = max(_strain(site, node), found.get(text, 0))
    return sorted(found, key=lambda text: -found[text])[:_SUBJECTS_TRIED]


def _strain(site: Site, node: ast.expr) -> int:
    """2 for x in x.y, x[i], `for _ in x` and len(x), which fail on None; 1 for other uses."""
    match site.parent(node):
        case ast.Attribute() | ast.Call(func=ast.Name(id="len")):
            return 2
        case ast.Subscript(value=value):
            return 2 if value is node else 1
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated):
            return 2 if iterated is node else 1
        case _:
            return 1


def checks(site: Site, nodes: Iterable[ast.AST]) -> Iterator[Check]:
    """Conditions about what these expressions read: None, emptiness, keys, bounds, zero.

    Shares follow what the 201 new `if` tests of fixes.md ask: truth 48, None 27, isinstance 21,
    `==` 18; the rest by hand.
    """
    nodes = list(nodes)
    about = subjects(site, nodes)
    yield from _crash_checks(site, nodes)
    for at, subject in enumerate(about):
        weight = 1 / (1.5 + at)
        yield Check(f"not {subject}", subject, 0.45 * weight)
        yield Check(f"{subject} is None", f"{subject} is not None", 0.3 * weight)
    yield from _shape_checks(site, nodes)
    yield from _idle_checks(site, nodes)
    yield from _member_checks(site)
    yield from _related_checks(site, about, nodes)
    yield from _constant_checks(site, about, nodes)
    for at, subject in enumerate(about):
        weight = 1 / (2 + at)
        yield Check(f"{subject} == 0", f"{subject} != 0", 0.08 * weight)
        yield Check(f"{subject} <= 0", f"{subject} > 0", 0.06 * weight)
        yield Check(f"{subject} < 0", f"{subject} >= 0", 0.06 * weight)
        yield Check(f"{subject} <= 1", f"{subject} > 1", 0.03 * weight)
        yield Check(f"len({subject}) <= 1", f"len({subject}) > 1", 0.03 * weight)
        seen = _kinds_seen(site, subject)
        for kind in dict.fromkeys((*seen, *_kinds(site))):
            test = f"isinstance({subject}, {kind})"
            yield Check(test, f"not {test}", (0.12 if kind in seen else 0.05) * weight)


def _crash_checks(site: Site, nodes: Iterable[ast.AST]) -> Iterator[Check]:
    """Conditions on what an exception said to have no such attribute."""
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in site.clues.attributes:
            holder = site.text(node.value)
            if site.clues.on_none:
                yield Check(f"{holder} is None", f"{holder} is not None", 1.5)
                yield Check(f"not {holder}", holder, 0.8)
            has = f"hasattr({holder}, {node.attr!r})"
            yield Check(f"not {has}", has, 0.3)


def _shape_checks(site: Site, nodes: Iterable[ast.AST]) -> Iterator[Check]:
    """Conditions that an index, a key or a divisor calls for."""
    for node in nodes:
        match node:
            case ast.Subscript(value=value, slice=ast.Slice() | ast.Tuple()):
                continue
            case ast.Subscript(value=value, slice=index):
                box, key = site.text(value), site.text(index)
                yield Check(f"{key} not in {box}", f"{key} in {box}", 0.25)
                if not isinstance(index, ast.Constant):
                    yield Check(f"{key} >= len({box})", f"{key} < len({box})", 0.25)
                    yield Check(f"{key} < 0", f"{key} >= 0", 0.1)
                elif isinstance(index.value, int):
                    need = index.value + 1 if index.value >= 0 else -index.value
                    yield Check(f"len({box}) < {need}", f"len({box}) >= {need}", 0.2)
            case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod(), right=right) if (
                not isinstance(right, ast.Constant)
            ):
                divisor = site.atom(right)
                yield Check(f"{divisor} == 0", f"{divisor} != 0", 0.3)


def _idle_checks(site: Site, nodes: Iterable[ast.AST]) -> Iterator[Check]:
    """What a parameter that nothing reads may have been meant for: to be compared with, or
    looked for in, an attribute of what the statement is about."""
    idle = [name for name in parameters_of(site) if name in site.idle][:2]
    bases = {
        n.value.id for n in nodes if isinstance(n, ast.Attribute) if isinstance(n.value, ast.Name)
    }
    attributes = [*site.module.members[""], *site.package.members]
    told = sorted(dict.fromkeys(attributes), key=lambda a: a not in site.clues.mentioned)[:20]
    texts = [f"{base}.{a}" for base in sorted(bases - site.tools) for a in told]
    for name in idle:
        for text in texts:
            share = 0.6 / len(texts) / len(idle)
            yield Check(f"{name} in {text}", f"{name} not in {text}", share, protects=False)
            yield Check(f"{name} not in {text}", f"{name} in {text}", share, protects=False)
            yield Check(f"{text} == {name}", f"{text} != {name}", share, protects=False)


def _member_checks(site: Site) -> Iterator[Check]:
    """Whether what the function puts into a collection is in it already."""
    for node in site.module.within(site.scope):
        match node:
            case ast.Call(func=ast.Attribute(value=box, attr="add" | "append"), args=[only]):
                text = f"({site.text(only)})" if isinstance(only, ast.Tuple) else site.text(only)
            case ast.Assign(targets=[ast.Subscript(value=box, slice=only)]):
                text = site.text(only)
            case _:
                continue
        text = text.removeprefix("(").removesuffix(")") if text.startswith("((") else text
        yield Check(f"{text} in {site.text(box)}", f"{text} not in {site.text(box)}", 0.25)


def _constant_checks(site: Site, about: list[str], nodes: Iterable[ast.AST]) -> Iterator[Check]:
    """Conditions that compare with a constant that the function or the failing tests hold, or
    with a parameter."""
    items = [site.text(n) for n in nodes if isinstance(n, ast.Subscript) and _is_read(n)]
    held = [
        site.text(node)
        for node in site.module.within(site.scope)
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int)
        if not isinstance(site.parent(node), ast.Expr | ast.JoinedStr)
    ]
    told = [repr(value) for value in (*site.clues.numbers[:4], *site.clues.strings[:4])]
    values = [text for text in dict.fromkeys((*held, *told)) if len(text) <= 20]
    values = [text for text in values if text not in ("0", "None", "''", '""')][:_DONORS_TRIED]
    for at, subject in enumerate([*dict.fromkeys(items), *about][:4]):
        for value in values:
            share = 0.25 / len(values) / (1 + at)
            yield Check(f"{subject} == {value}", f"{subject} != {value}", share)
    names = parameters_of(site)[:4]
    pairs = [(a, b) for a in about[:3] for b in names if a != b]
    for a, b in pairs:
        for sign, other in (("==", "!="), ("<", ">="), (">", "<=")):
            share = 0.05 / len(pairs)
            yield Check(f"{a} {sign} {b}", f"{a} {other} {b}", share, protects=False)


def _is_read(node: ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Slice)


def _kinds(site: Site) -> list[str]:
    """Classes that the file itself asks isinstance about, and the commonest of Python's own."""
    seen = site.module.asked_kinds[:4]
    return list(dict.fromkeys([*seen, "str", "list", "dict", "int"]))[:5]


def _kinds_seen(site: Site, subject: str) -> list[str]:
    """Classes that a name held when the tests ran, where it held several: those that can be
    named here."""
    classes = site.module.seen(site.scope, site.clues).get(subject, ())
    if len(classes) < 2:
        return []
    return [name for name in classes if name in site.known or name in BUILTINS]


def _related_checks(site: Site, about: list[str], nodes: Iterable[ast.AST]) -> Iterator[Check]:
    """The truth of what the function reads of the same objects elsewhere: `link.keys` where the
    statement says `link.unlink()`."""
    values = {near.name for near in site.names if not near.tool}
    bases = {n.id for n in nodes if isinstance(n, ast.Name)} & values
    parts = site.module.parts(site.scope)
    found = sum((parts[base] for base in sorted(bases & parts.keys())), Counter[str]())
    related = [text for text, _ in found.most_common() if text not in about][:_RELATED_TRIED]
    for text in related:
        share = 0.3 / (1 + len(related))
        yield Check(f"not {text}", text, share, protects=False)
        yield Check(text, f"not {text}", share, protects=False)


def donated(site: Site) -> Iterator[Check]:
    """Conditions that the same function asks elsewhere, and their clauses."""
    found: dict[str, ast.expr] = {}
    for condition in site.conditions:
        clauses = condition.values if isinstance(condition, ast.BoolOp) else []
        for each in (condition, *clauses):
            found.setdefault(site.text(each), each)
    count = max(min(len(found), _DONORS_TRIED), 1)
    for node in list(found.values())[:_DONORS_TRIED]:
        check, denial = site.operand(node), denied(site, node)
        yield Check(check, denial, 0.3 / count, protects=False)
        yield Check(denial, check, 0.3 / count, protects=False)


_DENIED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Is: "is not", ast.IsNot: "is", ast.In: "not in",
    ast.NotIn: "in", ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<",
}  # fmt: skip


def denied(site: Site, node: ast.expr) -> str:
    """The opposite of a condition, as a person would write it."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return site.operand(operand)
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return f"{site.whole(left)} {_DENIED[type(operator)]} {site.whole(right)}"
        case _:
            return f"not {site.atom(node)}"


def flags(site: Site) -> Iterator[Check]:
    """The truth of each parameter and local in scope."""
    near = site.near_values(10)
    for each in near:
        share = (1.0 if each.name in site.idle else 0.2) * each.nearness / len(near)
        yield Check(f"not {each.name}", each.name, share, protects=False)


def parameters_of(site: Site) -> list[str]:
    """The parameters of the function around, without self."""
    if site.function is None:
        return []
    return [arg.arg for arg in parameters(site.function) if arg.arg not in _SELF]


def own_members(site: Site) -> list[str]:
    """`self.x` for what the class around holds, the commonest first."""
    owner = site.module.class_of(site.statement)
    if owner is None or not any(near.name == "self" for near in site.names):
        return []
    members = site.module.members.get(f"self@{owner.name}", Counter[str]())
    methods = {f.name for f in owner.body if isinstance(f, ast.FunctionDef) if not f.decorator_list}
    order = sorted(members, key=lambda name: -members[name])
    return [f"self.{name}" for name in order if name not in methods]


def parameter_checks(site: Site) -> Iterator[Check]:
    """Where a parameter leaves what makes sense: None, below or at zero."""
    for name in parameters_of(site)[:4]:
        yield Check(f"{name} < 0", f"{name} >= 0", 0.05)
        yield Check(f"{name} <= 0", f"{name} > 0", 0.04)
        yield Check(f"{name} == 0", f"{name} != 0", 0.04)
        yield Check(f"{name} is None", f"{name} is not None", 0.06)


_SELF = ("self", "cls")


def _base(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_callee(site: Site, node: ast.expr) -> bool:
    parent = site.parent(node)
    return isinstance(parent, ast.Call) and parent.func is node
