"""Expressions that run, but that a reviewer would not let pass: nobody writes them on purpose."""

from __future__ import annotations

import ast

_COUNTS = frozenset({"len", "abs", "int", "float", "round", "ord", "hash", "id"})
_TESTS = frozenset({"isinstance", "issubclass", "hasattr", "callable", "bool", "any", "all"})
_TEXTS = frozenset({"str", "repr", "ascii", "chr"})
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def oddities(tree: ast.AST) -> int:
    """How many of them stand in this code."""
    return sum(_odd(node) for node in ast.walk(tree))


def _odd(node: ast.AST) -> bool:
    match node:
        case ast.Compare(left=left, ops=ops, comparators=rights):
            sides = [left, *rights]
            return any(
                _odd_pair(one, op, two) for one, op, two in zip(sides, ops, sides[1:], strict=False)
            )
        case ast.BoolOp(values=values):
            told = [ast.dump(value) for value in values]
            constant = any(isinstance(value, ast.Constant) for value in values[:-1])
            return constant or len(set(told)) < len(told)
        case ast.UnaryOp(op=ast.Not(), operand=ast.UnaryOp(op=ast.Not()) | ast.Constant()):
            return True
        case ast.If(test=ast.Constant()) | ast.IfExp(test=ast.Constant()):
            return True
        case ast.IfExp(body=body, orelse=otherwise):
            return ast.dump(body) == ast.dump(otherwise)
        case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=value):
            return ast.unparse(target) == ast.unparse(value)
        case ast.Call(func=ast.Name(id=outer), args=[ast.Call(func=ast.Name(id=inner))]):
            return outer == inner or (outer == "len" and inner in _COUNTS | _TESTS)
    return False


def _odd_pair(one: ast.expr, op: ast.cmpop, two: ast.expr) -> bool:
    """Compared with itself; two constants; or two kinds of value that are never equal."""
    if ast.dump(one) == ast.dump(two):
        return True
    kinds = (_kind(one), _kind(two))
    if isinstance(one, ast.Constant) and isinstance(two, ast.Constant):
        return True
    if isinstance(op, ast.In | ast.NotIn) or "" in kinds:
        return False
    return kinds[0] != kinds[1] or (isinstance(op, _ORDER) and "truth" in kinds)


def _kind(node: ast.expr) -> str:
    """Of what an expression surely gives: number, truth, text, nothing; "" where unsure."""
    match node:
        case ast.Constant(value=bool()):
            return "truth"
        case ast.Constant(value=None):
            return "nothing"
        case ast.Constant(value=int() | float()):
            return "number"
        case ast.Constant(value=str()) | ast.JoinedStr():
            return "text"
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return "truth"
        case ast.Call(func=ast.Name(id=name)) if name in _COUNTS:
            return "number"
        case ast.Call(func=ast.Name(id=name)) if name in _TESTS:
            return "truth"
        case ast.Call(func=ast.Name(id=name)) if name in _TEXTS:
            return "text"
    return ""
