"""Templates over the clauses of a condition at any depth, and clauses that like functions ask."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from fixit_runtime.tools.repair.conditions import tests
from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.scopes import BUILTINS
from fixit_runtime.tools.repair.siblings import as_own, closeness
from fixit_runtime.tools.repair.subjects import Check, checks, denied, donated, flags

_PLACES_TRIED = 8
_CHECKS_TRIED = 14
_BORROWED = 16


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause with the operation around it: "and", "or" or "not". `deep`: that operation is
    itself part of a condition, or stands where none is asked."""

    node: ast.expr
    word: str
    deep: bool


def nested(site: Site) -> Iterator[Draft]:
    """A clause inside another one negated or replaced; one more clause beside one of several:
    `a and b` as `(a or c) and b`, `not a` as `not (a and c)`."""
    places = list(_clauses(site))[:_PLACES_TRIED]
    for clause in places:
        part = 1 / len(places)
        if clause.deep and not isinstance(clause.node, ast.Compare):
            text = denied(site, clause.node)
            yield site.swap(clause.node, text, 0.3 * part, group=True)
        for check, share in _likeliest(site, clause.node):
            yield from _beside(site, clause, check, 0.5 * part * share)
            if clause.deep:
                for text in (check.text, check.denial):
                    if text != site.text(clause.node):
                        yield site.swap(clause.node, text, 0.1 * part * share, group=True)


def _clauses(site: Site) -> Iterator[_Clause]:
    asked = {id(test) for test in tests(site)}
    for node in site.nodes:
        match node:
            case ast.BoolOp(op=op, values=values):
                word = "and" if isinstance(op, ast.And) else "or"
                for value in values:
                    if isinstance(value, ast.BoolOp):
                        yield _Clause(value, word, deep=False)  # its own clauses follow
                    else:
                        yield _Clause(value, word, id(node) not in asked)
            case ast.UnaryOp(op=ast.Not(), operand=operand) if not isinstance(operand, ast.BoolOp):
                yield _Clause(operand, "not", deep=False)


def _likeliest(site: Site, node: ast.expr) -> list[tuple[Check, float]]:
    """What could be asked beside a clause, with shares that sum to 1."""
    inside = [n for n in ast.walk(node) if isinstance(n, ast.expr)]
    offered: dict[str, Check] = {}
    for check in (*checks(site, inside), *donated(site), *flags(site)):
        offered.setdefault(check.text, check)
    best = sorted(offered.values(), key=lambda check: -check.share)[:_CHECKS_TRIED]
    total = sum(check.share for check in best) or 1.0
    return [(check, check.share / total) for check in best]


def _beside(site: Site, clause: _Clause, check: Check, share: float) -> Iterator[Draft]:
    """The clause with another one beside it, in parentheses of their own."""
    node, text = clause.node, site.operand(clause.node)
    words = {"and": ("or",), "or": ("and",), "not": ("and", "or")}[clause.word]
    if isinstance(node, ast.BoolOp):
        words, text = ("and" if isinstance(node.op, ast.And) else "or",), site.text(node)
    for word in words:
        other = check.denial if word == "and" else check.text
        if other not in (site.text(node), denied(site, node)):
            pair = f"{other} {word} {text}" if check.protects else f"{text} {word} {other}"
            part = share / len(words)
            yield site.swap(node, f"({pair})", part, f"{word} {other}", group=True)


def borrowed(site: Site) -> Iterator[Draft]:
    """A condition with a clause that another function of the file asks, or replaced by it. All
    its names must be known here; one unknown name may stand for one that is near."""
    found = tests(site)
    if site.function is None or not found:
        return
    offered = _of_others(site)
    total = sum(offered.values()) + 0.5
    for test in found:
        mixed = isinstance(test, ast.BoolOp | ast.IfExp)
        plain = site.text(test)
        for text, weight in offered.items():
            share = weight / total / len(found)
            for word, part in (("and", 0.45), ("or", 0.25)):
                same = isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) == (
                    word == "and"
                )
                whole = f"({plain})" if mixed and not same else plain
                yield site.swap(test, f"{whole} {word} {text}", part * share, f"{word} {text}")
            yield site.swap(test, text, 0.2 * share)
            if isinstance(test, ast.BoolOp):
                for clause in test.values:
                    part = 0.1 / len(test.values)
                    yield site.swap(clause, text, part * share, group=True)


def _of_others(site: Site) -> dict[str, float]:
    """Clauses of other functions of the file with how fitting they are, the most fitting
    first."""
    own = site.function
    assert own is not None
    known = {near.name for near in site.names if near.nearness >= 0.9 or near.tool} | BUILTINS
    known |= {near.name for near in site.names if near.name.isupper()}
    here = {site.text(c) for c, _ in site.module.clauses.get(id(own), ())}
    found: dict[str, float] = {}
    for function in site.module.every_function:
        if function is own:
            continue
        close = closeness(site, own, function)
        for clause, names in site.module.clauses.get(id(function), ()):
            for text, fit in as_own(site, site.operand(clause), names - known):
                if text not in here:
                    shared = len(names & site.own_names) / (1 + len(names))
                    found[text] = max(close * fit * (0.3 + shared), found.get(text, 0.0))
    order = sorted(found, key=lambda text: -found[text])[:_BORROWED]
    return {text: found[text] for text in order}
