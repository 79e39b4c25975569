"""Templates that change a condition: negate it, drop, add or replace a clause, filter."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.subjects import Check, checks, donated, flags, parameter_checks

# Of newly formed clauses in fixes.md, 28 are joined by `and` and 13 by `or`.
_AND, _OR = 0.68, 0.32


def tests(site: Site) -> list[ast.expr]:
    """The statement's conditions, outermost only: tests, filters, and results that are truth."""
    found: list[ast.expr] = []
    match site.statement:
        case ast.If(test=test) | ast.While(test=test) | ast.Assert(test=test):
            found.append(test)
        case ast.Return(value=value) | ast.Assign(value=value) if isinstance(
            value, ast.Compare | ast.BoolOp
        ) or (isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)):
            found.append(value)
    for node in site.nodes:
        if isinstance(node, ast.IfExp):
            found.append(node.test)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            found += [test for generator in node.generators for test in generator.ifs]
    return found


def negated(site: Site) -> Iterator[Draft]:
    """`x` as `not x` and back; comparisons are left to the operator template."""
    found = tests(site)
    clauses = [c for t in found if isinstance(t, ast.BoolOp) for c in t.values]
    for node in (*found, *clauses):
        share = 1 / (len(found) + len(clauses))
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield site.swap(node, site.whole(operand), share)
            case ast.Compare():
                continue
            case ast.BoolOp() | ast.IfExp() | ast.NamedExpr():
                yield site.swap(node, f"not ({site.text(node)})", 0.5 * share)
            case _:
                yield site.swap(node, f"not {site.text(node)}", share)


def clause_dropped(site: Site) -> Iterator[Draft]:
    """`a and b` as `a` and as `b`; also of values, as in `x or default`."""
    nodes = [n for n in site.nodes if isinstance(n, ast.BoolOp)]
    for node in nodes:
        for at, clause in enumerate(node.values):
            start, end = site.grouped_span(clause)
            if at > 0:
                start = site.grouped_span(node.values[at - 1])[1]
            else:
                end = site.grouped_span(node.values[1])[0]
            share = 1 / len(nodes) / len(node.values)
            note = f"drop {' '.join(site.text(clause).split())}"
            yield Draft((Replacement(start, end, ""),), share, note)


def clause_added(site: Site) -> Iterator[Draft]:
    """A condition with one more clause, about what it reads, what the function asks elsewhere,
    or a name in scope."""
    found = tests(site)
    for test in found:
        inside = [n for n in ast.walk(test) if isinstance(n, ast.expr)]
        offered: dict[str, Check] = {}
        limits = (*parameter_checks(site), *_renumbered(site, test))
        for check in (*checks(site, inside), *donated(site), *flags(site), *limits):
            offered.setdefault(check.text, check)
        total = sum(check.share for check in offered.values()) or 1.0
        for check in offered.values():
            share = check.share / total / len(found)
            yield _joined(site, test, check, "and", _AND * share)
            yield _joined(site, test, check, "or", _OR * share)


def _renumbered(site: Site, test: ast.expr) -> Iterator[Check]:
    """The clauses that compare with a number, with the next one up or down."""
    for clause in test.values if isinstance(test, ast.BoolOp) else [test]:
        match clause:
            case ast.Compare(
                left=left,
                ops=[ast.Eq() | ast.NotEq() as sign],
                comparators=[ast.Constant(value=int(number))],
            ) if not isinstance(number, bool):
                words = ("==", "!=") if isinstance(sign, ast.Eq) else ("!=", "==")
                for other in (number - 1, number + 1):
                    said, denied = (f"{site.text(left)} {word} {other}" for word in words)
                    yield Check(said, denied, 0.06, protects=False)


def _joined(site: Site, test: ast.expr, check: Check, word: str, share: float) -> Draft:
    """`test and denial`, or `test or check`: what protects is asked first."""
    clause = check.denial if word == "and" else check.text
    mixed = isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) != (word == "and")
    whole = f"({site.text(test)})" if mixed or isinstance(test, ast.IfExp) else site.text(test)
    text = f"{clause} {word} {whole}" if check.protects else f"{whole} {word} {clause}"
    return site.swap(test, text, share, f"{word} {clause}")


def condition_replaced(site: Site) -> Iterator[Draft]:
    """A condition, or a clause of one, replaced by another of the function or by a name."""
    found = tests(site)
    clauses = [c for t in found if isinstance(t, ast.BoolOp) for c in t.values]
    for node in (*found, *clauses):
        inside = [n for n in ast.walk(node) if isinstance(n, ast.expr)]
        offered: dict[str, float] = {}
        for check in (*donated(site), *flags(site), *checks(site, inside)):
            offered.setdefault(check.text, check.share)
            offered.setdefault(check.denial, check.share)
        total = sum(offered.values()) or 1.0
        for text, share in offered.items():
            if text != site.text(node):
                yield site.swap(node, text, share / total / (len(found) + len(clauses)))
    if isinstance(site.statement, ast.If):
        yield site.swap(site.statement.test, "True", 0.05)
        yield site.swap(site.statement.test, "False", 0.05)


def filtered(site: Site) -> Iterator[Draft]:
    """A comprehension with one more `if`, or without one of its own."""
    kinds = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    generators = [g for n in site.nodes if isinstance(n, kinds) for g in n.generators]
    for generator in generators:
        places = [generator.iter, *generator.ifs]
        for before, test in zip(places, generator.ifs, strict=False):
            start, end = site.grouped_span(before)[1], site.grouped_span(test)[1]
            drop = Replacement(start, end, "")
            yield Draft((drop,), 0.3 / len(generators), f"drop if {site.text(test)}")
        end = site.grouped_span(places[-1])[1]
        for text, share in _filters(site, generator).items():
            clause = f" if {text}"
            insert = Replacement(end, end, clause)
            yield Draft((insert,), share / len(generators), clause.strip())
    for node in site.nodes:
        if isinstance(node, kinds) and len(node.generators) == 2:
            outer, inner = node.generators
            first, last = _clause_span(site, outer), _clause_span(site, inner)
            text = site.module.source.text
            pieces = (
                Replacement(*first, text[slice(*last)]), Replacement(*last, text[slice(*first)]),
            )  # fmt: skip
            yield Draft(pieces, 0.3, "the other loop first")


def _filters(site: Site, generator: ast.comprehension) -> dict[str, float]:
    """Conditions on what a comprehension goes through, and those asked elsewhere about it."""
    names = [n.id for n in ast.walk(generator.target) if isinstance(n, ast.Name)]
    found: dict[str, float] = {}
    for name in names:
        for text, share in {"": 0.4, " is not None": 0.3, " != 0": 0.05, ".strip()": 0.05}.items():
            found[f"{name}{text}"] = share
        for test in ("isdigit", "isalpha", "isalnum"):
            found[f"{name}.{test}()"] = 0.02
        for check in donated(site):
            for text in (check.text, check.denial):
                if name in text:
                    found.setdefault(text, 0.2)
        for near in site.near_values(4):
            found[f"{name} != {near.name}"] = 0.05
            found[f"{name} not in {near.name}"] = 0.03
            found[f"{name} in {near.name}"] = 0.03
    return found


def _clause_span(site: Site, generator: ast.comprehension) -> tuple[int, int]:
    """From its target to the end of its last condition."""
    last = generator.ifs[-1] if generator.ifs else generator.iter
    return site.grouped_span(generator.target)[0], site.grouped_span(last)[1]
