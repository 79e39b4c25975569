"""Bugs of blocks: a case that is not looked at, a guard or a condition that is missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from random import Random

from fixit_runtime.tasks.make.scope import body_of, bound_before, fits
from fixit_runtime.tasks.make.source import FUNCTIONS, Change, Edit, Source

_EXITS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_LARGEST = 8  # lines of a block or method that is missing


def guard_missing(source: Source, rng: Random) -> Iterator[Change]:
    """An `if` that only leaves the function or loop is missing."""
    for node in _plain_ifs(source):
        if isinstance(node.body[-1], _EXITS) and len(node.body) <= 2:
            edit = source.without(node)
            if edit is not None:
                yield Change(
                    "guard missing", source.path, node.lineno, (edit,), source.code(node),
                    1.0 if len(node.body) == 1 else 0.5,
                )  # fmt: skip


def if_block_missing(source: Source, rng: Random) -> Iterator[Change]:
    """An `if` that does something, and then goes on, is missing."""
    for node in _plain_ifs(source):
        if not isinstance(node.body[-1], _EXITS) and _height(node) <= _LARGEST:
            edit = source.without(node)
            if edit is not None:
                yield Change("if block missing", source.path, node.lineno, (edit,))


def if_unwrapped(source: Source, rng: Random) -> Iterator[Change]:
    """What an `if` holds is done in any case."""
    for node in _plain_ifs(source):
        text = source.dedented(node.body, node)
        if text is not None and _height(node) <= _LARGEST:
            edits = (Edit(*source.whole(node), text),)
            likely = 0.3 if isinstance(node.body[-1], _EXITS) else 1.0
            yield Change("if unwrapped", source.path, node.lineno, edits, likely=likely)


def if_extra(source: Source, rng: Random) -> Iterator[Change]:
    """A statement is done only under a condition, one that the function asks elsewhere."""
    for statement in source.statements:
        simple = isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr)
        function = source.function_of(statement)
        if not simple or function is None or not source.stands_alone(statement):
            continue
        if statement.lineno != statement.end_lineno:
            continue
        tests = [
            source.code(n.test) for n in ast.walk(function)
            if isinstance(n, ast.If) and n not in source.up(statement)
            and n.test.lineno == n.test.end_lineno and fits(source, n.test, statement)
        ]  # fmt: skip
        names = bound_before(source, statement)
        tests += [rng.choice(names)] if names else []
        if tests:
            indent, line = source.indent_of(statement), source.code(statement)
            text = f"if {rng.choice(tests)}:\n{indent}    {line}"
            edits = (source.replaced(statement, text),)
            yield Change("if extra", source.path, statement.lineno, edits)


def branch_missing(source: Source, rng: Random) -> Iterator[Change]:
    """An `elif` or `else` is missing."""
    for node in source.statements:
        if not isinstance(node, ast.If) or not node.orelse:
            continue
        first, last = node.orelse[0], node.orelse[-1]
        begin = source.starts[node.body[-1].end_lineno or 0]
        end = source.whole(last)[1]
        if _is_elif(source, node, first):
            assert isinstance(first, ast.If)
            if first.orelse:  # the branches after it stay
                after = source.starts[first.body[-1].end_lineno or 0]
                edit = Edit(begin, after, "")
            else:
                edit = Edit(begin, end, "")
        else:
            edit = Edit(begin, end, "")
        if source.text.count("\n", edit.start, edit.end) <= _LARGEST:
            likely = 1.0 if _is_elif(source, node, first) else 0.7
            yield Change("branch missing", source.path, node.lineno, (edit,), likely=likely)


def method_missing(source: Source, rng: Random) -> Iterator[Change]:
    """A short method that the class does not have, so that it inherits or lacks it."""
    for node in source.statements:
        if not isinstance(node, FUNCTIONS) or not isinstance(source.parents[node], ast.ClassDef):
            continue
        if len(body_of(node)) <= 3 and _height(node) <= _LARGEST and node.name != "__init__":
            edit = source.without(node)
            if edit is not None:
                likely = 1.0 if node.name.startswith("__") else 0.3
                yield Change("method missing", source.path, node.lineno, (edit,), likely=likely)


def decorator_missing(source: Source, rng: Random) -> Iterator[Change]:
    """A decorator is missing."""
    for node in source.statements:
        for decorator in getattr(node, "decorator_list", []):
            name = source.code(decorator)
            if name in ("property", "contextmanager") or name.endswith(("setter", "overload")):
                continue
            first = source.starts[decorator.lineno - 1]
            edits = (Edit(first, source.starts[decorator.end_lineno], ""),)
            yield Change("decorator missing", source.path, node.lineno, edits)


def _plain_ifs(source: Source) -> Iterator[ast.If]:
    """Those without elif and else, that are no elif themselves."""
    for node in source.statements:
        if isinstance(node, ast.If) and not node.orelse and source.stands_alone(node):
            parent = source.parents[node]
            if not (isinstance(parent, ast.If) and _is_elif(source, parent, node)):
                yield node


def _is_elif(source: Source, parent: ast.If, node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and parent.orelse == [node]
        and source.text.startswith("elif", source.start(node))
    )


def _height(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
