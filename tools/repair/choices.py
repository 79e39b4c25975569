"""A template that makes a value depend on a condition."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import HOLDERS, Draft, Site
from fixit_runtime.tools.repair.subjects import Check, checks, donated, flags, parameters_of

_PLACES_TRIED = 3
_CHECKS_TRIED = 6
_OTHERS_TRIED = 6
_PLAIN = {"None": 0.3, '""': 0.2, "[]": 0.15, "0": 0.2, "True": 0.2, "False": 0.2}
_LENGTH = 24  # of a literal that is taken from elsewhere


def either(site: Site) -> Iterator[Draft]:
    """A result, an assigned value or an argument as `value if <check> else <other>`, or as
    `<other> if <check> else value`: a plain value, a literal or a parameter in its place."""
    if site.function is None:
        return
    places = [node for node in site.nodes if _is_place(site, node)][:_PLACES_TRIED]
    for at, node in enumerate(places):
        text = site.text(node)
        others = {other: part for other, part in _others(site, node).items() if other != text}
        asked = _asked(site, node)
        total = sum(check.share for check in asked) * sum(others.values()) * len(places)
        for check in asked:
            for other, part in others.items():
                share = check.share * part / total / (1 + at)
                yield _chosen(site, node, _put(check, other, text), share)
                if not check.protects:
                    turned = Check(check.denial, check.text, check.share)
                    yield _chosen(site, node, _put(turned, other, text), 0.5 * share)


def _put(check: Check, other: str, text: str) -> str:
    """`other` where the condition holds, as a person would write it."""
    if check.text.startswith("not ") and not check.denial.startswith("not "):
        return f"{text} if {check.denial} else {other}"
    return f"{other} if {check.text} else {text}"


def _chosen(site: Site, node: ast.expr, text: str, share: float) -> Draft:
    """The choice in the value's place, in parentheses where something follows it closely."""
    alone = isinstance(site.parent(node), (*HOLDERS, ast.Call))
    return site.swap(node, text if alone else f"({text})", share)


def _is_place(site: Site, node: ast.expr) -> bool:
    plain = (ast.Constant, ast.IfExp, ast.Lambda, ast.Yield, ast.Starred)
    return not isinstance(node, plain) and site.is_whole(node)


def _asked(site: Site, node: ast.expr) -> list[Check]:
    """The likeliest conditions; that a parameter was not given first, where the value is one."""
    offered: dict[str, Check] = {}
    if isinstance(node, ast.Name) and node.id in parameters_of(site):
        test = f"{node.id} is None"
        offered[test] = Check(test, f"{node.id} is not None", 2.0)
    inside = [n for n in ast.walk(node) if isinstance(n, ast.expr)]
    for check in (*donated(site), *flags(site), *checks(site, inside)):
        offered.setdefault(check.text, check)
    return sorted(offered.values(), key=lambda check: -check.share)[:_CHECKS_TRIED]


def _others(site: Site, node: ast.expr) -> dict[str, float]:
    """What may stand in the value's place: literals of the function and the failing tests,
    plain values, what the value is made of, parameters."""
    found: dict[str, float] = {}
    for each in site.module.within(site.scope):
        match each:
            case ast.Constant(value=str() | int() | float()):
                if not isinstance(site.parent(each), ast.Expr | ast.JoinedStr):
                    found.setdefault(site.text(each), 0.3)
    for value in (*site.clues.strings[:3], *site.clues.numbers[:3]):
        found.setdefault(repr(value), 0.3)
    found = {text: part for text, part in found.items() if len(text) <= _LENGTH}
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.Name | ast.Attribute | ast.Call):
            found.setdefault(site.text(inner), 0.3)
    for name in parameters_of(site)[:3]:
        found.setdefault(name, 0.2)
    found = dict(sorted(found.items(), key=lambda each: -each[1])[:_OTHERS_TRIED])
    for text, part in _PLAIN.items():
        found.setdefault(text, part)
    return found
