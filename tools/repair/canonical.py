"""One spelling for expressions that differ only in how they are written."""

from __future__ import annotations

import ast

_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_DENIED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def canonical(tree: ast.Module) -> ast.Module:
    """The same tree with `b > a` as `a < b`, `not a == b` as `a != b`, `not not a` in a test
    as `a`, `1 + n` as `n + 1`, keyword arguments by name, and without what is so by default:
    `range(0, n)`, `enumerate(x, 0)`, `x[0:n]`.
    Changes the tree that it is given."""
    rewritten = _Canonical().visit(tree)
    assert isinstance(rewritten, ast.Module)
    return rewritten


class _Canonical(ast.NodeTransformer):
    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if len(node.ops) == 1 and (flipped := _FLIPPED.get(type(node.ops[0]))):
            return ast.Compare(node.comparators[0], [flipped()], [node.left])
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        inner = node.operand
        if not isinstance(node.op, ast.Not):
            return node
        if isinstance(inner, ast.Compare) and len(inner.ops) == 1:
            denied = _DENIED.get(type(inner.ops[0]))
            return ast.Compare(inner.left, [denied()], inner.comparators) if denied else node
        return node

    def visit_If(self, node: ast.If) -> ast.stmt:
        self.generic_visit(node)
        node.test = _truth(node.test)
        return node

    def visit_While(self, node: ast.While) -> ast.stmt:
        self.generic_visit(node)
        node.test = _truth(node.test)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.BinOp(left=ast.Constant(value=int() | float()), op=ast.Add() | ast.Mult()):
                node.left, node.right = node.right, node.left
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if all(keyword.arg for keyword in node.keywords):
            node.keywords.sort(key=lambda keyword: keyword.arg or "")
        match node:
            case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=0), stop]):
                node.args = [stop]
            case ast.Call(func=ast.Name(id="enumerate"), args=[first, ast.Constant(value=0)]):
                node.args = [first]
        return node

    def visit_Slice(self, node: ast.Slice) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Slice(lower=ast.Constant(value=0), step=None):
                node.lower = None
        return node


def _truth(test: ast.expr) -> ast.expr:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.UnaryOp(op=ast.Not(), operand=inner)):
            return inner
        case _:
            return test
