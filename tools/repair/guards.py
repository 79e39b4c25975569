"""Templates for the case that nobody thought of: None, empty, a missing key, a zero divisor."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.layout import draft, inserted, reindented
from fixit_runtime.tools.repair.subjects import (
    Check,
    checks,
    donated,
    flags,
    parameters_of,
    subjects,
)

_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Raise, ast.Delete)
_EMPTY = {"[]": 0.1, "0": 0.07, '""': 0.07, "{}": 0.06}
_RETURNS_TRIED = 5
_WORD = re.compile(r"\w+")
_UNBINDING = 5.0  # so many times less likely is an `if` around a local's first binding


def guard(site: Site) -> Iterator[Draft]:
    """`if <check>: <exit>` before the statement, on two lines."""
    statement = site.statement
    if site.function is None or isinstance(statement, ast.Pass | ast.Global | ast.Nonlocal):
        return
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return
    for check, likely in asked(site):
        for exit_, share in exits(site, check):
            lines = [f"if {check.text}:", f"\t{exit_}"]
            piece = inserted(site.module.source, statement, lines)
            yield from draft([piece], likely * share, f"if {check.text}: {exit_}")


def asked(site: Site) -> list[tuple[Check, float]]:
    """Conditions worth asking before the statement, with shares that sum to 1."""
    offered = list(checks(site, site.nodes))
    first = site.function is not None and site.statement is first_of(site.function.body)
    if first:
        known = {check.text for check in offered}
        for name in parameters_of(site)[:4]:
            for test, denial, share in (
                (f"not {name}", name, 0.2), (f"{name} is None", f"{name} is not None", 0.15),
                (f"{name} == 0", f"{name} != 0", 0.05), (f"{name} <= 0", f"{name} > 0", 0.05),
                (f"len({name}) <= 1", f"len({name}) > 1", 0.03),
            ):  # fmt: skip
                if test not in known:
                    offered.append(Check(test, denial, share))
    total = sum(check.share for check in offered) or 1.0
    return [(check, check.share / total) for check in offered]


def first_of(body: list[ast.stmt]) -> ast.stmt:
    """The first statement that is not a docstring."""
    head = body[0]
    is_text = isinstance(head, ast.Expr) and isinstance(head.value, ast.Constant)
    return body[1] if is_text and len(body) > 1 else head


def exits(site: Site, check: Check) -> list[tuple[str, float]]:
    """What the guard does: 61 of 67 guards in fixes.md have one line, and mostly leave with
    nothing or a constant (return 40, raise 11, continue 7, break 2)."""
    options: dict[str, float] = {}
    for name in site.clues.expected_errors:
        options[f"raise {name}()"] = 2.0
    for text in _raises(site):
        options.setdefault(text, 0.08)
    if site.is_within(site.statement, ast.For, ast.While, ast.AsyncFor):
        options["continue"] = 0.35
        options["break"] = 0.08
    returned = _returned(site)
    generates = any(
        isinstance(n, ast.Yield | ast.YieldFrom) for n in site.module.within(site.scope)
    )
    if returned and not generates:
        options["return None"] = 0.2
        for text in returned[:_RETURNS_TRIED]:
            options.setdefault(f"return {text}", 0.25)
        for text, share in {**_EMPTY, "False": 0.08, "True": 0.04, "1": 0.02}.items():
            options.setdefault(f"return {text}", share)
        for name in parameters_of(site)[:3]:
            options.setdefault(f"return {name}", 0.08)
        for name in _constants_beside(site)[:_RETURNS_TRIED]:
            options.setdefault(f"return {name}", 0.2)
        for value in (*site.clues.numbers[:3], *site.clues.strings[:2]):
            options.setdefault(f"return {value!r}", 0.05)
    else:
        options["return"] = 0.5
    subject = check.text.removesuffix(" is None").removeprefix("not ")
    for text in [t for t in options if re.search(rf"\b{re.escape(subject)}[.\[(]", t)]:
        del options[text]  # it would fail on what was just found missing
    if subject.isidentifier() and subject != check.text:
        for text, share in _EMPTY.items():
            options[f"{subject} = {text}"] = share
    total = sum(options.values())
    return [(text, share / total) for text, share in options.items()]


def _returned(site: Site) -> list[str]:
    """Short values that the function returns, as typed, of names that are bound by now."""
    found: dict[str, None] = {}
    late = {n.name for n in site.names if not n.tool and n.nearness < 1.0}
    for node in site.module.within(site.scope):
        if isinstance(node, ast.Return) and node.value is not None:
            text = site.text(node.value)
            if len(text) <= 30 and "\n" not in text and not late & set(_WORD.findall(text)):
                found[text] = None
    short = sorted(found, key=len)
    return short or [r for r in ("None",) if _has_return(site)]


def _constants_beside(site: Site) -> list[str]:
    """The file's constants, where the function returns one of them in another case."""
    constants = [
        target.id
        for statement in site.module.tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    ]
    returned = {
        node.value.id
        for node in site.module.within(site.scope)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name)
    }
    return constants if returned & set(constants) else []


def _has_return(site: Site) -> bool:
    return any(
        isinstance(n, ast.Return) and n.value is not None for n in site.module.within(site.scope)
    )


def _raises(site: Site) -> list[str]:
    """Raise statements of the file, as typed, the function's own first."""
    made = sorted(site.module.raises, key=lambda each: each[1] is not site.function)
    return list(dict.fromkeys(text for text, _ in made))[:3]


def wrapped_in_if(site: Site) -> Iterator[Draft]:
    """The statement under an `if`: what it reads is there, or a condition asked elsewhere."""
    statement, source = site.statement, site.module.source
    if not isinstance(statement, _SIMPLE):
        return
    margin = source.margin(statement)
    body = reindented(source, statement, margin + source.indent)
    span = source.lines_of(statement)
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    if body is None or span is None or is_text:
        return
    offered: dict[str, float] = {}
    for check in (*checks(site, site.nodes), *donated(site), *flags(site)):
        offered.setdefault(check.denial, check.share)
        if not check.protects:
            offered.setdefault(check.text, 0.5 * check.share)
    total = sum(offered.values()) or 1.0
    total *= _UNBINDING if _binds(site) else 1.0
    for test, share in offered.items():
        text = f"{margin}if {test}:{source.newline}{body}"
        yield from draft([Replacement(*span, text)], share / total, f"only if {test}")


def _binds(site: Site) -> bool:
    """Whether the statement is the first to bind a local, which then may stay unbound."""
    match site.statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            bound = site.module.bindings(site.scope).get(name)
            return bound is not None and bound.line == site.statement.lineno
        case _:
            return False


def default_given(site: Site) -> Iterator[Draft]:
    """What may be missing gets a default: `d.get(k)`, `next(i, None)`, `max(xs, default=0)`,
    `getattr(o, "a", None)`, `a / b if b else 0`, `d.pop(k, None)`."""
    source = site.module.source
    for node in site.nodes:
        match node:
            case ast.Subscript(value=value, slice=key, ctx=ast.Load()) if not isinstance(
                key, ast.Slice | ast.Tuple | ast.UnaryOp
            ):
                box, text = site.atom(value), site.text(key)
                yield site.swap(node, f"{box}.get({text})", 0.2)
                for empty, share in _EMPTY.items():
                    yield site.swap(node, f"{box}.get({text}, {empty})", share)
                yield site.swap(node, f"{box}.get({text}, {text})", 0.03)
                yield site.swap(node, f"{box}.setdefault({text}, [])", 0.05)
            case ast.Call(func=ast.Name(id="next"), args=[only], keywords=[]):
                yield site.swap(node, f"next({site.text(only)}, None)", 0.4)
            case ast.Call(func=ast.Name(id="max" | "min" as name), args=[only], keywords=_) if not (
                isinstance(only, ast.GeneratorExp)
            ):
                end = source.span(node)[1] - 1
                for empty in ("0", "None"):
                    piece = Replacement(end, end, f", default={empty}")
                    yield Draft((piece,), 0.2, f"{name}(…, default={empty})")
            case ast.Call(func=ast.Attribute(attr="pop"), args=[_], keywords=[]):
                end = source.span(node)[1] - 1
                yield Draft((Replacement(end, end, ", None"),), 0.2, "pop(…, None)")
            case ast.Call(func=ast.Name(id="getattr"), args=[_, _]):
                end = source.span(node)[1] - 1
                yield Draft((Replacement(end, end, ", None"),), 0.4, "getattr(…, None)")
            case ast.Attribute(value=value, attr=attr, ctx=ast.Load()):
                if attr in site.clues.attributes:
                    text = f"getattr({site.text(value)}, {attr!r}, None)"
                    yield site.swap(node, text, 0.1)
            case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod(), right=right):
                if not isinstance(right, ast.Constant):
                    text = f"({site.text(node)} if {site.text(right)} else 0)"
                    yield site.swap(node, text, 0.1)
    yield from _chosen(site)


def _chosen(site: Site) -> Iterator[Draft]:
    """The statement's value as `value if <subject> else <default>`."""
    match site.statement:
        case ast.Return(value=ast.expr() as value) | ast.Assign(value=value):
            if isinstance(value, ast.Constant | ast.IfExp | ast.Lambda | ast.Yield):
                return
            divides = any(isinstance(n, ast.Div) for n in ast.walk(value))
            zero = {"0.0": 0.1} if divides else {}
            for at, subject in enumerate(subjects(site, ast.walk(value))[:3]):
                for test in (subject, f"{subject} is not None"):
                    for empty, share in {"None": 0.1, **_EMPTY, **zero}.items():
                        text = f"{site.text(value)} if {test} else {empty}"
                        yield site.swap(value, text, share / 4 / (1 + at))
