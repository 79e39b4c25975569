"""Bugs of arithmetic, indices and slices, expressions that do too little, and one-token slips."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from random import Random

from fixit_runtime.tasks.make.source import Change, Edit, Source

_ARITHMETIC: dict[type[ast.operator], tuple[str, ...]] = {
    ast.Add: ("-",), ast.Sub: ("+",), ast.Mult: ("/", "+"), ast.Div: ("//", "*"),
    ast.FloorDiv: ("/",), ast.Mod: ("//",), ast.Pow: ("*",), ast.BitAnd: ("|",),
    ast.BitOr: ("&",), ast.LShift: (">>",), ast.RShift: ("<<",), ast.BitXor: ("|",),
}  # fmt: skip
_SLIPS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
}  # fmt: skip
_WORDS = re.compile(r"not\s+in|is\s+not|and|or|in|is|[<>=!]=|//|\*\*|<<|>>|[-+*/%<>&|^]")


def operator_edit(source: Source, left: ast.AST, right: ast.AST, word: str) -> Edit | None:
    """Another operator between two nodes; None where a comment stands between them."""
    begin, end = source.end(left), source.start(right)
    gap = source.text[begin:end]
    found = _WORDS.search(gap)
    if found is None or "#" in gap:
        return None
    return Edit(begin + found.start(), begin + found.end(), word)


def operator_changed(source: Source, rng: Random) -> Iterator[Change]:
    """Another arithmetic operator."""
    for node in source.expressions:
        if isinstance(node, ast.BinOp) and not _is_text(node.left, node.right):
            for word in _ARITHMETIC.get(type(node.op), ()):
                edit = operator_edit(source, node.left, node.right, word)
                if edit is not None:
                    yield Change("operator changed", source.path, node.lineno, (edit,))
    for statement in source.statements:
        if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add | ast.Sub):
            word = "-=" if isinstance(statement.op, ast.Add) else "+="
            begin, end = source.end(statement.target), source.start(statement.value)
            gap = source.text[begin:end]
            if not _is_text(statement.value) and (at := gap.find("=")) > 0:
                edit = Edit(begin + at - 1, begin + at + 1, word)
                yield Change("operator changed", source.path, statement.lineno, (edit,), likely=0.5)


def index_changed(source: Source, rng: Random) -> Iterator[Change]:
    """An index one off, or a bound of a slice that is missing or one off."""
    for node in source.expressions:
        if not isinstance(node, ast.Subscript):
            continue
        if isinstance(node.slice, ast.Slice):
            texts = list(_other_slices(source, node.slice))
        elif (index := _integer(node.slice)) is not None:
            texts = ["-1" if index == 0 else "0", str(index + 1)]
        else:
            continue
        for text in texts:
            edits = (source.replaced(node.slice, text),)
            yield Change("index or slice changed", source.path, node.lineno, edits)


def expression_simplified(source: Source, rng: Random) -> Iterator[Change]:
    """An expression that does less: without an operand, a filter, a slice or a default."""
    for node in source.expressions:
        for kept in _parts_that_stand_in(source, node):
            edits = (source.standing_in(node, kept),)
            yield Change("expression simplified", source.path, node.lineno, edits)
        match node:
            case ast.Call(func=ast.Attribute(value=base, attr="get"), args=[key, *_]):
                text = f"{source.code(base)}[{source.code(key)}]"
                edits = (source.replaced(node, text),)
                yield Change(
                    "expression simplified", source.path, node.lineno, edits, ".get(k) -> [k]"
                )
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                for part in node.generators:
                    for test in part.ifs:
                        before = source.text.rfind("if", 0, source.start(test))
                        edit = Edit(before, source.end(test), "")
                        edit = _with_space_before(source, edit)
                        yield Change("expression simplified", source.path, node.lineno, (edit,))


def slip(source: Source, rng: Random) -> Iterator[Change]:
    """One token: a comparison, an arithmetic sign, one more or less, True for False."""
    for node in source.expressions:
        match node:
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                word = _SLIPS.get(type(op))
                edit = operator_edit(source, left, right, word) if word else None
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
                word = _ARITHMETIC[type(node.op)][0]
                known = not _is_text(left, right)
                edit = operator_edit(source, left, right, word) if known else None
            case ast.Constant(value=bool() as value):
                edit = source.replaced(node, str(not value))
            case ast.Constant(value=int() as value) if source.code(node).isdigit():
                edit = source.replaced(node, str(max(0, value + rng.choice((-1, 1)))))
            case ast.Call(func=ast.Name(id="range" | "len")):
                edit = source.replaced(node, f"{source.code(node)} {rng.choice('+-')} 1")
                if node.func.id == "range":  # type: ignore[attr-defined]
                    last = node.args[-1] if len(node.args) < 3 else node.args[1]
                    edit = source.replaced(last, f"{source.code(last)} {rng.choice('+-')} 1")
            case _:
                continue
        if edit is not None:
            yield Change("slip", source.path, node.lineno, (edit,))


def _parts_that_stand_in(source: Source, node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right) if not isinstance(left, ast.Constant):
            if not (isinstance(node.op, ast.Mod) and _is_text(left)):
                yield left
        case ast.BinOp(left=ast.Constant(), right=right):
            if not _is_text(node.left) or isinstance(node.op, ast.Add):
                yield right
        case ast.Subscript(value=value, slice=ast.Slice(), ctx=ast.Load()):
            yield value
        case ast.UnaryOp(op=ast.USub(), operand=operand) if not isinstance(operand, ast.Constant):
            yield operand


def _other_slices(source: Source, bounds: ast.Slice) -> Iterator[str]:
    low, high, step = (
        source.code(part) if part is not None else ""
        for part in (bounds.lower, bounds.upper, bounds.step)
    )
    tail = f":{step}" if step else ""
    if low and high:
        yield f"{low}:{tail}"
        yield f":{high}{tail}"
    for text, form in ((low, "{}:" + high + tail), (high, low + ":{}" + tail)):
        if text.lstrip("-").isdigit():
            yield form.format(int(text) + 1)
            yield form.format(int(text) - 1 if int(text) != 1 else "")
        elif text:
            yield form.format(f"{text} + 1")
    if not low and not high and step:
        yield ":"


def _integer(node: ast.expr) -> int | None:
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
    return None


def _is_text(*nodes: ast.expr) -> bool:
    """Whether one of them is text or a list for sure: most signs make no sense there."""
    return any(
        isinstance(node, ast.JoinedStr | ast.Tuple | ast.List | ast.ListComp)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
        for node in nodes
    )


def _with_space_before(source: Source, edit: Edit) -> Edit:
    begin = edit.start
    while begin and source.text[begin - 1].isspace():
        begin -= 1
    return Edit(begin, edit.end, edit.text)
