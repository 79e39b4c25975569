"""Bugs of conditions: a clause that is missing or too much, and tests of the wrong thing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from random import Random

from fixit_runtime.tasks.make.calls import in_test
from fixit_runtime.tasks.make.operators import operator_edit
from fixit_runtime.tasks.make.scope import bound_before, fits
from fixit_runtime.tasks.make.source import Change, Edit, Source

_ORDERS = ("<", "<=", ">", ">=")
_NEAR: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", "!="), ast.LtE: ("<",), ast.Gt: (">=", "!="), ast.GtE: (">",),
    ast.Is: ("==",), ast.IsNot: ("!=",), ast.Eq: ("is", "in", ">="), ast.NotEq: ("is not", "<"),
    ast.In: ("==",), ast.NotIn: ("!=",),
}  # fmt: skip


def clause_missing(source: Source, rng: Random) -> Iterator[Change]:
    """One of the clauses of an and/or condition is missing."""
    for node in source.expressions:
        if not isinstance(node, ast.BoolOp) or not (
            isinstance(node.op, ast.And) or in_test(source, node)
        ):
            continue
        for place, value in enumerate(node.values):
            yield Change(
                "clause missing", source.path, value.lineno, (_clause_out(source, node, place),),
                source.code(value), 1.0 if place else 0.6,
            )  # fmt: skip


def clause_extra(source: Source, rng: Random) -> Iterator[Change]:
    """A clause too much: a condition of the same function, or a variable that must be true."""
    for test in _tests(source):
        function = source.function_of(test)
        if function is None:
            continue
        others = [
            other
            for other in _simple_tests(function)
            if fits(source, other, test) and source.code(other) not in source.code(test)
        ]
        names = [n for n in bound_before(source, test) if n not in source.code(test)]
        said = [source.code(o) for o in others] + names
        said = [text for text in said if "\n" not in text]
        if not said:
            continue
        word = rng.choice(("and", "and", "or"))
        text = rng.choice(said)
        if word == "and" and rng.random() < 0.3:
            text = f"not {text}" if text.isidentifier() else text
        left = source.code(test)
        if isinstance(test, ast.BoolOp | ast.IfExp | ast.Lambda | ast.NamedExpr):
            left = f"({left})"
        edits = (source.replaced(test, f"{left} {word} {text}"),)
        yield Change("clause extra", source.path, test.lineno, edits)


def condition_replaced(source: Source, rng: Random) -> Iterator[Change]:
    """A test of something near: whether it is true for whether it is None, and such."""
    for test in _tests(source):
        for part in test.values if isinstance(test, ast.BoolOp) else [test]:
            edits = (source.replaced(part, text) for text in _near(source, part))
            for edit in edits:
                yield Change("condition replaced", source.path, part.lineno, (edit,))


def condition_operator(source: Source, rng: Random) -> Iterator[Change]:
    """Another comparison, or `and` for `or`, in a condition."""
    for node in source.expressions:
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and in_test(source, node):
            for word in _NEAR.get(type(node.ops[0]), ()):
                if word in _ORDERS and isinstance(node.comparators[0], ast.Constant):
                    if not isinstance(node.comparators[0].value, int | float):
                        continue
                    if isinstance(node.comparators[0].value, bool):
                        continue
                edit = operator_edit(source, node.left, node.comparators[0], word)
                if edit is not None:
                    yield Change(
                        "condition operator", source.path, node.lineno, (edit,),
                        likely=1.0 if word in _ORDERS else 0.4,
                    )  # fmt: skip
        elif isinstance(node, ast.BoolOp) and in_test(source, node) and len(node.values) == 2:
            word = "or" if isinstance(node.op, ast.And) else "and"
            edit = operator_edit(source, node.values[0], node.values[1], word)
            if edit is not None:
                yield Change("condition operator", source.path, node.lineno, (edit,), likely=0.5)


def isinstance_narrowed(source: Source, rng: Random) -> Iterator[Change]:
    """A type is missing from those that `isinstance` allows."""
    for node in source.expressions:
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, ast.Tuple(elts=types) as all_]):
                for gone in types:
                    rest = [source.code(t) for t in types if t is not gone]
                    text = rest[0] if len(rest) == 1 else f"({', '.join(rest)})"
                    if rest:
                        edits = (source.replaced(all_, text),)
                        yield Change("isinstance narrowed", source.path, node.lineno, edits)


def negation(source: Source, rng: Random) -> Iterator[Change]:
    """`not` is missing, or one too much."""
    for test in _tests(source):
        for part in test.values if isinstance(test, ast.BoolOp) else [test]:
            if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
                edit = source.standing_in(part, part.operand)
                yield Change("negation", source.path, part.lineno, (edit,))
            elif isinstance(part, ast.Name | ast.Attribute | ast.Call):
                edit = source.replaced(part, f"not {source.code(part)}")
                yield Change("negation", source.path, part.lineno, (edit,), likely=0.3)


def _near(source: Source, test: ast.expr) -> Iterator[str]:
    match test:
        case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=None | "" | 0)]):
            code = source.code(left)
            closed = code if isinstance(left, ast.Name | ast.Attribute | ast.Call) else f"({code})"
            if isinstance(op, ast.Is | ast.Eq):
                yield f"not {closed}"
            elif isinstance(op, ast.IsNot | ast.NotEq | ast.Gt):
                yield closed
        case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.Tuple(elts=[first, *_])]):
            yield f"{source.code(left)} == {source.code(first)}"
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="len"), args=[what]), ops=[ast.Eq() | ast.Gt()]
        ):
            yield source.code(what)
        case ast.Compare(left=left, ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]):
            yield source.code(left)
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[ast.Constant(value=str() as v)]):
            if v and isinstance(left, ast.Name | ast.Attribute):
                yield f"{source.code(left)}.startswith({source.code(test.comparators[0])})"
        case ast.Call(
            func=ast.Attribute(value=base, attr="startswith"), args=[ast.Constant() as c]
        ):
            yield f"{source.code(c)} in {source.code(base)}"
        case ast.Call(func=ast.Name(id="isinstance"), args=[what, ast.Name()]):
            yield f"{source.code(what)} is not None"
        case ast.Call(func=ast.Name(id="hasattr"), args=[what, _]):
            yield f"{source.code(what)} is not None"
        case ast.Name() | ast.Attribute():
            yield f"{source.code(test)} is not None"
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name() | ast.Attribute() as what):
            yield f"{source.code(what)} is None"


def _tests(source: Source) -> Iterator[ast.expr]:
    """Conditions of if, elif, while and comprehensions."""
    for node in source.expressions:
        parent = source.parents[node]
        at_if = isinstance(parent, ast.If | ast.While | ast.IfExp) and parent.test is node
        if at_if or (isinstance(parent, ast.comprehension) and node in parent.ifs):
            yield node


def _simple_tests(function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.If | ast.While):
            tests = node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]
            yield from (t for t in tests if not isinstance(t, ast.NamedExpr | ast.BoolOp))


def _clause_out(source: Source, node: ast.BoolOp, place: int) -> Edit:
    """Takes a clause out, with the word that joins it to its neighbour."""
    values = node.values
    if len(values) == 2:
        kept = values[1 - place]
        return source.standing_in(node, kept)
    if place:
        return Edit(source.end(values[place - 1]), source.end(values[place]), "")
    return Edit(source.start(values[0]), source.start(values[1]), "")
