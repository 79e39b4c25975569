"""Bugs of statements: one that is missing, too much, another one, or at another place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from random import Random

from fixit_runtime.tasks.make.scope import bound_before, fits, used
from fixit_runtime.tasks.make.source import FUNCTIONS, Change, Edit, Source, is_docstring

_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Delete)


def statement_missing(source: Source, rng: Random) -> Iterator[Change]:
    """An assignment, a call or a return is missing."""
    for statement in source.statements:
        if not isinstance(statement, (*_SIMPLE, ast.Return)):
            continue
        likely = _missed_easily(source, statement)
        edit = source.without(statement) if likely else None
        if edit is not None:
            yield Change(
                "statement missing", source.path, statement.lineno, (edit,),
                source.code(statement), likely,
            )  # fmt: skip


def statement_extra(source: Source, rng: Random) -> Iterator[Change]:
    """A statement too much: one of the function's own, once more at another place."""
    run = set(source.statements)
    for function in _functions(source):
        donors = [
            s for s in ast.walk(function)
            if isinstance(s, ast.Assign | ast.AugAssign | ast.Expr) and not is_docstring(s)
            and source.stands_alone(s) and s.lineno == s.end_lineno
        ]  # fmt: skip
        for place in ast.walk(function):
            if not isinstance(place, ast.stmt) or place not in run:
                continue
            fitting = [
                d for d in donors
                if d is not place and fits(source, d, place) and _is_local(source, d, place)
            ]  # fmt: skip
            if fitting and source.function_of(place) is function and source.stands_alone(place):
                text = source.code(rng.choice(fitting))
                at = source.whole(place)[0]
                edits = (Edit(at, at, f"{source.indent_of(place)}{text}\n"),)
                yield Change("statement extra", source.path, place.lineno, edits)


def statement_replaced(source: Source, rng: Random) -> Iterator[Change]:
    """Another statement: an assignment for an addition, break for continue, another return."""
    for statement in source.statements:
        for text, likely in _others(source, statement):
            edits = (source.replaced(statement, text),)
            yield Change("statement replaced", source.path, statement.lineno, edits, likely=likely)


def statement_moved(source: Source, rng: Random) -> Iterator[Change]:
    """A statement that comes too early, too late, or belongs outside of its block."""
    for statement in source.statements:
        if not isinstance(statement, (*_SIMPLE, ast.If, ast.Return)):
            continue
        block = source.block_of(statement)
        place = block.index(statement)
        if place + 1 < len(block) and _may_swap(source, statement, block[place + 1]):
            one, two = source.whole(statement), source.whole(block[place + 1])
            between = source.text[one[1] : two[0]]
            if not between.strip():
                text = source.text[two[0] : two[1]] + between + source.text[one[0] : one[1]]
                edits = (Edit(one[0], two[1], text),)
                likely = _swapped_easily(source, statement, block[place + 1])
                yield Change("moved", source.path, statement.lineno, edits, likely=likely)
        yield from _moved_out(source, statement, block)


def import_missing(source: Source, rng: Random) -> Iterator[Change]:
    """A name that is used is not imported."""
    for statement in source.statements:
        if not isinstance(statement, ast.ImportFrom) or statement.module == "__future__":
            continue
        if len(statement.names) < 2 or statement.col_offset or source.code(statement)[-1] == ")":
            continue
        gone = rng.choice(statement.names)
        kept = ", ".join(
            f"{a.name} as {a.asname}" if a.asname else a.name
            for a in statement.names if a is not gone
        )  # fmt: skip
        module = "." * statement.level + (statement.module or "")
        edits = (source.replaced(statement, f"from {module} import {kept}"),)
        yield Change("import missing", source.path, statement.lineno, edits)


def entry_missing(source: Source, rng: Random) -> Iterator[Change]:
    """An entry is missing in a list, tuple, set or dict that is written out."""
    for node in source.expressions:
        if isinstance(node, ast.Dict):
            parts = [
                (source.start(k), source.end(v))
                for k, v in zip(node.keys, node.values, strict=True) if k is not None
            ]  # fmt: skip
            if len(parts) != len(node.values):
                continue
        elif isinstance(node, ast.List | ast.Set | ast.Tuple) and len(node.elts) > 2:
            parts = [(source.start(e), source.end(e)) for e in node.elts]
            if isinstance(node, ast.Tuple) and not source.code(node).startswith("("):
                continue
        else:
            continue
        if len(parts) < 2 or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            continue
        for place in range(len(parts)):
            yield Change(
                "entry missing", source.path, source.text.count("\n", 0, parts[place][0]) + 1,
                (_entry_out(source, parts, place),), likely=1.0 / len(parts),
            )  # fmt: skip


def _missed_easily(source: Source, statement: ast.stmt) -> float:
    """How likely it is that a person has not written this statement; 0 where the program would
    not get far without it."""
    function = source.function_of(statement)
    match statement:
        case ast.Return():
            return 0.3 if statement.value is not None else 0.0
        case ast.Expr(value=ast.Call()):
            return 0.7
        case ast.Expr(value=ast.Yield() | ast.YieldFrom() | ast.Await()):
            return 0.4
        case ast.Assign(targets=[ast.Name(id=name)]):
            if function is None:
                return 0.2 if isinstance(source.parents[statement], ast.ClassDef) else 0.0
            return 1.0 if name in bound_before(source, statement) else 0.0
        case ast.Assign(targets=[ast.Attribute()]):
            return 0.4 if function is not None and function.name == "__init__" else 1.0
        case ast.Assign(targets=[ast.Subscript()]) | ast.AugAssign() | ast.Delete():
            return 1.0
    return 0.0


def _others(source: Source, statement: ast.stmt) -> Iterator[tuple[str, float]]:
    function = source.function_of(statement)
    match statement:
        case ast.AugAssign(target=target, value=value):
            yield f"{source.code(target)} = {source.code(value)}", 1.0
        case ast.Break():
            yield "continue", 0.5
        case ast.Continue():
            yield "break", 1.0
        case ast.Raise() if function is not None:
            yield "return None", 0.7
        case ast.Expr(value=ast.YieldFrom(value=value)):
            yield f"yield {source.code(value)}", 1.0
        case ast.Return(value=ast.expr() as value) if function is not None:
            if not isinstance(value, ast.Constant):
                yield "return None", 0.3
            for other in ast.walk(function):
                if (
                    isinstance(other, ast.Return) and other.value is not None
                    and source.code(other) != source.code(statement)
                    and fits(source, other.value, statement)
                ):  # fmt: skip
                    yield source.code(other), 1.0
        case ast.Assign(targets=[ast.Name() as target], value=value) if function is not None:
            for other in ast.walk(function):
                if (
                    isinstance(other, ast.Assign) and other is not statement
                    and source.code(other.targets[0]) == target.id
                    and source.code(other.value) != source.code(value)
                    and fits(source, other.value, statement)
                ):  # fmt: skip
                    yield source.code(other), 1.0
            if isinstance(value, ast.Call) and target.id in used(value):
                yield source.code(value), 0.6  # its result is thrown away


def _moved_out(source: Source, statement: ast.stmt, block: list[ast.stmt]) -> Iterator[Change]:
    """The last statement of a block, after it; or the first after a block, at its end."""
    parent = source.parents[statement]
    if not isinstance(statement, _SIMPLE) or not source.stands_alone(statement):
        return
    loop = isinstance(parent, ast.For | ast.While | ast.If | ast.With) and len(block) > 1
    if loop and block[-1] is statement and not getattr(parent, "orelse", None):
        text = source.dedented([statement], parent)  # type: ignore[arg-type]
        if text is not None:
            edits = (Edit(*source.whole(statement), text),)
            yield Change("moved", source.path, statement.lineno, edits)
    place = block.index(statement)
    before = block[place - 1] if place else None
    if isinstance(before, ast.For | ast.While | ast.If) and not before.orelse:
        gap = source.text[source.whole(before)[1] : source.whole(statement)[0]]
        if source.stands_alone(before.body[-1]) and statement.lineno == statement.end_lineno:
            begin, end = source.whole(statement)
            line = source.indent_of(before.body[-1]) + source.text[begin:end].lstrip()
            if not gap.strip():
                edits = (Edit(source.whole(before)[1], end, line),)
                yield Change("moved", source.path, statement.lineno, edits)


def _may_swap(source: Source, one: ast.stmt, two: ast.stmt) -> bool:
    alone = source.stands_alone(one) and source.stands_alone(two)
    simple = isinstance(two, (*_SIMPLE, ast.If, ast.For))
    return alone and simple and not isinstance(one, ast.Return)


def _swapped_easily(source: Source, one: ast.stmt, two: ast.stmt) -> float:
    """How likely two statements were in the other order: hardly where the second then uses what
    does not exist yet."""
    shared = used(two) & _bound(one)
    if not shared:
        return 0.4
    return 1.0 if shared <= set(bound_before(source, one)) else 0.02


def _bound(statement: ast.stmt) -> set[str]:
    return {
        n.id for n in ast.walk(statement)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }  # fmt: skip


def _is_local(source: Source, donor: ast.stmt, place: ast.stmt) -> bool:
    """Near enough that a person might have written it there: not just beside itself."""
    return 0 < abs(donor.lineno - place.lineno) < 15 and bool(used(donor))


def _functions(source: Source) -> Iterator[ast.AST]:
    return (s for s in ast.walk(source.tree) if isinstance(s, FUNCTIONS))


def _entry_out(source: Source, parts: list[tuple[int, int]], place: int) -> Edit:
    """Takes an entry out: with its lines and their comment where it has lines of its own."""
    begin, end = parts[place]
    first = source.text.rfind("\n", 0, begin) + 1
    last = source.text.find("\n", end) + 1
    after = source.text[end:last].strip()
    if not source.text[first:begin].strip() and re.fullmatch(r",\s*(#.*)?", after):
        return Edit(first, last, "")
    if place:
        return Edit(parts[place - 1][1], parts[place][1], "")
    return Edit(parts[0][0], parts[1][0], "")
