"""Templates that change an operator: comparison, arithmetic, boolean, augmented assignment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement

# What an operator is mistaken for, with the share of each. Chosen by hand: a bound that is one
# off first, then the mirrored operator, then the rest.
COMPARISONS: Mapping[str, Mapping[str, float]] = {
    "<": {"<=": 0.5, ">": 0.25, ">=": 0.1, "!=": 0.1, "==": 0.05},
    "<=": {"<": 0.5, ">=": 0.25, ">": 0.1, "==": 0.1, "!=": 0.05},
    ">": {">=": 0.5, "<": 0.25, "<=": 0.1, "!=": 0.1, "==": 0.05},
    ">=": {">": 0.5, "<=": 0.25, "<": 0.1, "==": 0.1, "!=": 0.05},
    "==": {"!=": 0.4, "<=": 0.12, ">=": 0.12, "in": 0.12, "is": 0.08, "<": 0.08, ">": 0.08},
    "!=": {"==": 0.4, "<": 0.15, ">": 0.15, "not in": 0.1, "is not": 0.1, ">=": 0.05, "<=": 0.05},
    "is": {"is not": 0.6, "==": 0.4},
    "is not": {"is": 0.6, "!=": 0.4},
    "in": {"not in": 0.7, "==": 0.3},
    "not in": {"in": 0.7, "!=": 0.3},
}
ARITHMETIC: Mapping[str, Mapping[str, float]] = {
    "+": {"-": 0.6, "*": 0.25, "|": 0.05, "//": 0.05, "%": 0.05},
    "-": {"+": 0.7, "*": 0.1, "/": 0.05, "%": 0.1, "//": 0.05},
    "*": {"+": 0.3, "/": 0.25, "**": 0.2, "//": 0.15, "-": 0.1},
    "/": {"//": 0.5, "*": 0.35, "%": 0.1, "-": 0.05},
    "//": {"/": 0.4, "%": 0.3, "*": 0.2, "-": 0.1},
    "%": {"//": 0.5, "/": 0.2, "*": 0.2, "-": 0.1},
    "**": {"*": 0.8, "^": 0.1, "//": 0.1},
    "&": {"|": 0.4, "^": 0.4, "and": 0.1, "-": 0.1},
    "|": {"&": 0.5, "^": 0.3, "or": 0.1, "-": 0.1},
    "^": {"&": 0.4, "|": 0.3, "**": 0.3},
    "<<": {">>": 0.9, "*": 0.1},
    ">>": {"<<": 0.9, "//": 0.1},
    "@": {"*": 1.0},
}
_ONE_WAY = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.LShift, ast.RShift, ast.Pow)
_COMPARISON = re.compile(r"\bis\s+not\b|\bnot\s+in\b|\bis\b|\bin\b|[<>=!]=|[<>]")
_ARITHMETIC = re.compile(r"\*\*|//|<<|>>|[-+*/%&|^@]")
_AUGMENTED = re.compile(r"(\*\*|//|<<|>>|[-+*/%&|^@])=")
_BOOLEAN = re.compile(r"\b(?:and|or)\b")
_COMMENT = re.compile(r"#[^\r\n]*")


def comparison(site: Site) -> Iterator[Draft]:
    """`<` to `<=`, `==` to `!=`, `is` to `==` and so on; also in a chain, one at a time."""
    compares = [n for n in site.nodes if isinstance(n, ast.Compare)]
    count = sum(len(n.ops) for n in compares)
    for node in compares:
        operands = [node.left, *node.comparators]
        for left, right in pairwise(operands):
            if found := _between(site, left, right, _COMPARISON):
                old = " ".join(found[2].split())
                for new, share in COMPARISONS[old].items():
                    yield _token(found, new, share / count)


def arithmetic(site: Site) -> Iterator[Draft]:
    """Another operator, operands swapped or one dropped, another grouping, a dropped sign."""
    binaries = [n for n in site.nodes if isinstance(n, ast.BinOp)]
    count = max(len(binaries), 1)
    for node in binaries:
        found = _between(site, node.left, node.right, _ARITHMETIC)
        if found and not _is_text(node.left):
            for new, share in ARITHMETIC[found[2]].items():
                yield _token(found, new, 0.6 * share / count)
        left, right = site.atom(node.left), site.atom(node.right)
        yield site.swap(node, site.whole(node.left), 0.08 / count, group=True)
        yield site.swap(node, site.whole(node.right), 0.06 / count, group=True)
        if found and isinstance(node.op, (*_ONE_WAY, ast.Add)):
            share = 0.04 if isinstance(node.op, ast.Add) else 0.1
            yield site.swap(node, f"{right} {found[2]} {left}", share / count)
        if isinstance(node.op, ast.FloorDiv | ast.Div):
            for text in (
                f"-(-{left} // {right})", f"({left} + {right} - 1) // {right}",
                f"round({left} / {right})", f"int({left} / {right})",
            ):  # fmt: skip
                yield site.swap(node, text, 0.05 / count)
        yield from _regrouped(site, node, 0.1 / count)
    for signed in site.nodes:
        if isinstance(signed, ast.UnaryOp) and isinstance(signed.op, ast.USub | ast.Invert):
            yield site.swap(signed, site.whole(signed.operand), 0.1 / count)


def _regrouped(site: Site, node: ast.BinOp, share: float) -> Iterator[Draft]:
    """`a + b // c` as `(a + b) // c`, and `a * b + c` as `a * (b + c)`."""
    match node:
        case ast.BinOp(left=left, right=ast.BinOp(left=middle)) if _adjacent(site, node, left):
            first, last = site.module.source.span(left)[0], site.module.source.span(middle)[1]
        case ast.BinOp(left=ast.BinOp(right=middle), right=right) if _adjacent(site, node, right):
            first, last = site.module.source.span(middle)[0], site.module.source.span(right)[1]
        case _:
            return
    text = site.module.source.text[first:last]
    pieces = (Replacement(first, first, "("), Replacement(last, last, ")"))
    yield Draft(pieces, share, f"group ({' '.join(text.split())})")


def _adjacent(site: Site, node: ast.BinOp, outer: ast.expr) -> bool:
    """Whether the inner operation stands in no parentheses of its own."""
    inner = node.right if outer is node.left else node.left
    return isinstance(inner, ast.BinOp) and site.grouped_span(inner) == site.module.source.span(
        inner
    )


def boolean(site: Site) -> Iterator[Draft]:
    """`and` to `or` and back, all of one operation; another grouping of the two."""
    nodes = [n for n in site.nodes if isinstance(n, ast.BoolOp)]
    for node in nodes:
        new = "or" if isinstance(node.op, ast.And) else "and"
        pairs = pairwise(node.values)
        tokens = [t for a, b in pairs if (t := _between(site, a, b, _BOOLEAN))]
        pieces = tuple(Replacement(start, end, new) for start, end, _ in tokens)
        if pieces:
            old = tokens[0][2]
            yield Draft(pieces, 0.8 / len(nodes), f"{old} -> {new}", node)
        yield from _regrouped_clauses(site, node, 0.2 / len(nodes))


def _regrouped_clauses(site: Site, node: ast.BoolOp, share: float) -> Iterator[Draft]:
    """`a or b and c` as `(a or b) and c`."""
    for at, clause in enumerate(node.values):
        if not isinstance(clause, ast.BoolOp):
            continue
        if site.grouped_span(clause) != site.module.source.span(clause):
            continue
        if at > 0:
            edges = node.values[at - 1], clause.values[0]
        elif len(node.values) > 1:
            edges = clause.values[-1], node.values[1]
        else:
            continue
        first, last = site.module.source.span(edges[0])[0], site.module.source.span(edges[1])[1]
        pieces = (Replacement(first, first, "("), Replacement(last, last, ")"))
        yield Draft(pieces, share, "group the clauses the other way")


def augmented(site: Site) -> Iterator[Draft]:
    """`+=` to `-=`, `+=` to `=`, `=` to `+=`."""
    statement, source = site.statement, site.module.source
    if isinstance(statement, ast.AugAssign):
        found = _between(site, statement.target, statement.value, _AUGMENTED)
        if found is None:
            return
        start, end, token = found
        for new, share in ARITHMETIC[token[:-1]].items():
            if new not in ("and", "or"):
                yield Draft(
                    (Replacement(start, end, f"{new}="),), 0.7 * share, f"{token} -> {new}="
                )
        yield Draft((Replacement(start, end, "="),), 0.3, f"{token} -> =")
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        plain = (ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple)
        if isinstance(target, ast.Name | ast.Attribute | ast.Subscript) and not (
            isinstance(statement.value, plain) and _starts(site, target)
        ):
            start = source.span(target)[1]
            end = source.text.index("=", start) + 1
            for operator, share in {"+=": 0.15, "-=": 0.04, "*=": 0.03, "|=": 0.02}.items():
                yield Draft((Replacement(start, end, f" {operator}"),), share, f"= -> {operator}")


def _starts(site: Site, target: ast.expr) -> bool:
    """Whether this may be the first value that the target gets."""
    if not isinstance(target, ast.Name):
        return True
    bound = site.module.bindings(site.scope).get(target.id)
    return bound is None or bound.line == site.statement.lineno


Token = tuple[int, int, str]


def _between(site: Site, left: ast.expr, right: ast.expr, pattern: re.Pattern[str]) -> Token | None:
    """Where the operator between two operands stands, and its text."""
    start, end = site.module.source.span(left)[1], site.module.source.span(right)[0]
    gap = site.module.source.text[start:end]
    bare = _COMMENT.sub(lambda match: " " * len(match[0]), gap)
    found = pattern.search(bare)
    if found is None:
        return None
    return start + found.start(), start + found.end(), found[0]


def _token(found: Token, new: str, share: float) -> Draft:
    start, end, old = found
    return Draft((Replacement(start, end, new),), share, f"{old} -> {new}")


def _is_text(node: ast.expr) -> bool:
    """A string on the left: `%` formats and `+` joins, so no other operator makes sense."""
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )
