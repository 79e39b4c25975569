"""Templates for a case of several conditions, and for one that is answered by more than leaving."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.donors import substituted
from fixit_runtime.tools.repair.guards import asked, exits
from fixit_runtime.tools.repair.layout import draft, inserted
from fixit_runtime.tools.repair.subjects import (
    Check,
    checks,
    donated,
    flags,
    own_members,
    parameters_of,
)

_CHECKS_PAIRED = 7
_EXITS_TRIED = 6
_CHECKS_TRIED = 12
_BODIES_TRIED = 14


def guard_of_two(site: Site) -> Iterator[Draft]:
    """`if <check> or <check>: <exit>` before the statement, of the likeliest conditions; a
    second one about another value may also narrow the first."""
    if not _is_place(site):
        return
    likely = sorted(asked(site), key=lambda pair: -pair[1])[:_CHECKS_PAIRED]
    pairs = list(combinations(likely, 2))
    total = sum(a * b for (_, a), (_, b) in pairs) or 1.0
    for (one, a), (other, b) in pairs:
        holds = _subject(one).startswith(f"{_subject(other)}.")
        first, second = (other, one) if holds else (one, other)
        if first.text == second.denial or second.text.startswith(f"{first.text} "):
            continue
        tests = {f"{first.text} or {second.text}": 0.7}
        if _subject(first) != _subject(second):
            tests[f"{first.text} and {second.text}"] = 0.3
        leave = sorted(exits(site, first), key=lambda pair: -pair[1])[:_EXITS_TRIED]
        for test, form in tests.items():
            for exit_, share in leave:
                lines = [f"if {test}:", f"\t{exit_}"]
                piece = inserted(site.module.source, site.statement, lines)
                yield from draft([piece], form * share * a * b / total, f"if {test}: {exit_}")


def _subject(check: Check) -> str:
    return check.text.removeprefix("not ").partition(" ")[0]


def if_added(site: Site) -> Iterator[Draft]:
    """`if <check>: <statement>` before or after the statement: a statement of the function, a
    name given another value, or a method called once more."""
    if not _is_place(site):
        return
    offered: dict[str, float] = {}
    for check in (*donated(site), *checks(site, site.nodes), *flags(site)):
        offered.setdefault(check.text, check.share)
        if not check.protects:
            offered.setdefault(check.denial, check.share)
    order = sorted(offered, key=lambda text: -offered[text])[:_CHECKS_TRIED]
    total = sum(offered[text] for text in order) or 1.0
    bodies = _bodies(site)
    leaves = isinstance(site.statement, ast.Return | ast.Raise | ast.Continue | ast.Break)
    for test in order:
        for text, part in bodies.items():
            share = part * offered[test] / total
            for after, side in ((False, 0.6), (True, 0.4)):
                if not (after and leaves):
                    lines = [f"if {test}:", f"\t{text}"]
                    piece = inserted(site.module.source, site.statement, lines, after=after)
                    yield from draft([piece], side * share, f"if {test}: {text}")


def _bodies(site: Site) -> dict[str, float]:
    """Statements that an added `if` may hold, with shares that sum to 1."""
    found: dict[str, float] = {}
    own = [rows[0] for rows, _, _ in site.module.simple.get(id(site.scope), ()) if len(rows) == 1]
    here = site.text(site.statement)
    for text in sorted(own, key=lambda text: text == here)[:6]:
        found.setdefault(text, 0.6)
    for text in dict.fromkeys(own):
        for changed in list(substituted(site, text))[:2]:
            found.setdefault(changed, 0.3)
    names = [near.name for near in site.near_values(4)]
    targets = [n for n in names if n in site.own_names][:2] or parameters_of(site)[:2]
    for target in targets:
        for value in ("[]", "None", "0", '""', *own_members(site)[:2], *names[:3]):
            if value != target:
                found.setdefault(f"{target} = {value}", 0.25)
        for form in ("{0} = str({0})", "{0} = [{0}]", "{0} = list({0})"):
            found.setdefault(form.format(target), 0.15)
        found.setdefault(f"{target} += 1", 0.1)
    found |= {text: 0.4 for text in _filled(site, names) if text not in found}
    for name in site.clues.expected_errors:
        found[f"raise {name}()"] = 1.0
    best = sorted(found, key=lambda text: -found[text])[:_BODIES_TRIED]
    total = sum(found[text] for text in best)
    return {text: found[text] / total for text in best}


def _filled(site: Site, names: list[str]) -> Iterator[str]:
    """`box[key] = <value>` for what the statement reads from a box: what nothing uses yet, or an
    empty value."""
    for node in site.nodes:
        match node:
            case ast.Subscript(value=ast.Name() | ast.Attribute(), ctx=ast.Load(), slice=key):
                if isinstance(key, ast.Name | ast.Attribute | ast.Constant):
                    idle = [name for name in names if name in site.idle]
                    for value in (*idle, "[]", "{}", "0")[:3]:
                        yield f"{site.text(node)} = {value}"


def _is_place(site: Site) -> bool:
    statement = site.statement
    kinds = (ast.Pass, ast.Global, ast.Nonlocal, ast.FunctionDef, ast.AsyncFunctionDef)
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return site.function is not None and not isinstance(statement, kinds) and not is_text
