"""Templates that move a bound: by one, or a slice or range altogether."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.constants import is_number
from fixit_runtime.tools.repair.context import Draft, Site


def bound(site: Site) -> Iterator[Draft]:
    """One more or one less: of an index, a slice, a range, a length, a comparison, a result."""
    places = [(node, share * _countable(site, node)) for node, share in _bounds(site)]
    total = max(sum(share for _, share in places), 1.0)
    for node, share in places:
        for text, part in _one_off(site, node):
            yield site.swap(node, text, share * part / total)


def _bounds(site: Site) -> Iterator[tuple[ast.expr, float]]:
    """Expressions that count or point, with how often such a place is off by one."""
    for node in site.nodes:
        match node:
            case ast.Subscript(slice=ast.Slice(lower=lower, upper=upper)):
                yield from ((side, 0.8) for side in (lower, upper) if side is not None)
            case ast.Subscript(slice=index) if not _is_string_or_tuple(index):
                yield index, 0.6
            case ast.Call(func=ast.Name(id="range"), args=args):
                yield from ((arg, 1.0) for arg in args[:2])
            case ast.Call(func=ast.Name(id="len")):
                yield node, 0.6
            case ast.Call(args=args):
                for argument in args:
                    if isinstance(argument, ast.Name | ast.BinOp):
                        yield argument, 0.3
            case ast.Tuple(elts=parts) if isinstance(node.ctx, ast.Load):
                yield from ((p, 0.2) for p in parts if isinstance(p, ast.Name | ast.BinOp))
            case ast.IfExp(body=body, orelse=orelse):
                arms = (body, orelse)
                yield from ((arm, 0.2) for arm in arms if isinstance(arm, ast.Name | ast.BinOp))
            case ast.Compare(
                comparators=[right], ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]
            ):
                yield right, 0.4
    match site.statement:
        case ast.Return(value=ast.expr() as value) if isinstance(
            value, ast.Name | ast.BinOp | ast.Call
        ):
            yield value, 0.3
        case ast.Assign(value=ast.Name() | ast.BinOp() | ast.Call() as value):
            yield value, 0.3
        case ast.AugAssign(value=ast.Name() | ast.BinOp() | ast.Call() as value):
            yield value, 0.2


def _countable(site: Site, node: ast.expr) -> float:
    """How likely the expression is a whole number, from how its names are used."""
    match node:
        case ast.Name(id=name):
            tags = site.module.uses(site.scope).get(name, frozenset())
            return 1.5 if tags & {"key", "arithmetic"} else 0.5
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            texts = (ast.Constant, ast.JoinedStr, ast.List)
            is_text = [isinstance(side, texts) and not is_number(side) for side in (left, right)]
            return 0.0 if any(is_text) else 1.0
        case _:
            return 1.0


def _one_off(site: Site, node: ast.expr) -> Iterator[tuple[str, float]]:
    """The expression plus and minus one, an added or taken one of its own undone."""
    match node:
        case ast.Constant():
            return  # `number` does these
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=ast.Constant(value=1)):
            yield site.whole(left), 0.5
            return
        case ast.Lambda() | ast.GeneratorExp() | ast.Starred():
            return
    text = site.text(node) if _binds_tighter(node) else f"({site.text(node)})"
    yield f"{text} + 1", 0.5
    yield f"{text} - 1", 0.5


def sliced(site: Site) -> Iterator[Draft]:
    """A slice without one of its bounds, with one more, turned round, or `range` from 1."""
    nodes = [n for n in site.nodes if isinstance(n, ast.Subscript | ast.Call)]
    for node in nodes:
        match node:
            case ast.Subscript(value=value, slice=ast.Slice(lower=low, upper=high, step=step)):
                lower, upper = _text_of(site, low), _text_of(site, high)
                tail = f":{site.text(step)}" if step else ""
                options = {
                    (lower, ""): 0.2, ("", upper): 0.2, (upper, lower): 0.15, ("1", upper): 0.1,
                    (lower, "-1"): 0.1,
                }  # fmt: skip
                if not step:
                    yield site.swap(node, f"{site.text(value)}[::-1]", 0.1 / len(nodes))
                for (start, stop), share in options.items():
                    if (start, stop) != (lower, upper):
                        text = f"{site.text(value)}[{start}:{stop}{tail}]"
                        yield site.swap(node, text, share / len(nodes))
            case ast.Call(func=ast.Name(id="range"), args=[stop], keywords=[]):
                yield site.swap(node, f"range(1, {site.text(stop)})", 0.3 / len(nodes))
                yield site.swap(node, f"range(1, {_plus_one(site, stop)})", 0.3 / len(nodes))
            case ast.Call(func=ast.Name(id="range"), args=[start, stop], keywords=[]):
                yield site.swap(node, f"range({site.text(stop)})", 0.2 / len(nodes))
                backwards = f"range({site.text(stop)}, {site.text(start)}, -1)"
                yield site.swap(node, backwards, 0.1 / len(nodes))


def _plus_one(site: Site, node: ast.expr) -> str:
    match node:
        case ast.BinOp(left=left, op=ast.Sub(), right=ast.Constant(value=1)):
            return site.whole(left)
        case _:
            return f"{site.text(node) if _binds_tighter(node) else site.atom(node)} + 1"


def _text_of(site: Site, node: ast.expr | None) -> str:
    return "" if node is None else site.text(node)


def _binds_tighter(node: ast.expr) -> bool:
    """Whether `+ 1` after the node adds to the whole of it."""
    if isinstance(node, ast.BinOp):
        return isinstance(
            node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.FloorDiv | ast.Mod | ast.Pow
        )
    return isinstance(
        node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant | ast.UnaryOp
    ) and not (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def _is_string_or_tuple(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )
