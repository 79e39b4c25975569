"""Bugs of calls: arguments that are missing, too many or others, and calls around a value."""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from random import Random

from fixit_runtime.tasks.make.scope import bound_before, fits, likeness
from fixit_runtime.tasks.make.source import FUNCTIONS, Change, Edit, Source

_TOO_MUCH = {
    "sorted": "reverse=True", "split": "' '", "rsplit": "' '", "round": "2", "enumerate": "1",
    "strip": "'.'", "sum": "1", "get": "None", "splitlines": "True", "groups": "''",
}  # fmt: skip
_NEED_ALL = ("isinstance", "issubclass", "hasattr", "setattr", "len", "range", "super", "int")
_WRAPPERS = ("str", "list", "tuple", "set", "int", "sorted", "bool")
_WRAPPING_METHODS = ("strip", "lower", "copy")
_ANY_EXCEPTION = re.compile(r"(Error|Exception|Warning)$")


def argument_changed(source: Source, rng: Random) -> Iterator[Change]:
    """Another value in scope for an argument, or two arguments swapped."""
    for node in _calls(source):
        for one, two in zip(node.args, node.args[1:], strict=False):
            swap = (source.standing_in(one, two), source.standing_in(two, one))
            if not _starred(one, two) and source.code(one) != source.code(two):
                yield Change("argument changed", source.path, node.lineno, swap, likely=0.5)
        for argument in (*node.args, *(k.value for k in node.keywords)):
            if isinstance(argument, ast.Constant | ast.Starred | ast.Name):
                others = bound_before(source, node) if isinstance(argument, ast.Name) else []
                rest = [n for n in others if n != source.code(argument)]
                for name in rng.sample(rest, min(1, len(rest))):
                    edits = (source.replaced(argument, name),)
                    yield Change(
                        "argument changed", source.path, node.lineno, edits,
                        likely=likeness(name, source.code(argument)),
                    )  # fmt: skip
            elif simpler := _simpler(source, argument):
                edits = (source.standing_in(argument, simpler),)
                yield Change("argument changed", source.path, node.lineno, edits)


def keyword_missing(source: Source, rng: Random) -> Iterator[Change]:
    """A keyword argument is not handed on."""
    for node in _calls(source):
        for keyword in node.keywords:
            if keyword.arg is not None:
                yield Change(
                    "keyword missing", source.path, node.lineno,
                    (_item_out(source, node, keyword),), f"{source.code(node.func)} {keyword.arg}",
                )  # fmt: skip


def positional_missing(source: Source, rng: Random) -> Iterator[Change]:
    """The last positional argument is missing, where that is likely to be allowed."""
    takes = {
        f.name: len(f.args.defaults) for f in ast.walk(source.tree) if isinstance(f, FUNCTIONS)
    }
    for node in _calls(source):
        name = _name(node)
        if not node.args or isinstance(node.args[-1], ast.Starred) or name in _NEED_ALL:
            continue
        optional = takes.get(name, len(node.args) > 1 or name in _TOO_MUCH)
        yield Change(
            "positional missing", source.path, node.lineno,
            (_item_out(source, node, node.args[-1]),),
            f"{source.code(node.func)} {len(node.args)}", 1.0 if optional else 0.1,
        )  # fmt: skip


def argument_extra(source: Source, rng: Random) -> Iterator[Change]:
    """An argument too many: one that other calls of the same function have, or a likely one."""
    seen: dict[str, dict[str, ast.keyword]] = defaultdict(dict)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            seen[_name(node)].update({k.arg: k for k in node.keywords if k.arg})
    for node in _calls(source):
        name, has = _name(node), {k.arg for k in node.keywords}
        new = [
            f"{arg}={source.code(k.value)}"
            for arg, k in seen[name].items()
            if arg not in has and fits(source, k.value, node) and "\n" not in source.code(k.value)
        ]
        if name in _TOO_MUCH and len(node.args) <= (name in builtins.__dict__) and not has:
            new.append(_TOO_MUCH[name])
        if not new or any(isinstance(a, ast.GeneratorExp) for a in node.args):
            continue
        at = source.end(node) - 1
        said = rng.choice(new)
        comma = ", " if node.args or node.keywords else ""
        if source.text[:at].rstrip().endswith(",") or source.text[at - 1].isspace():
            continue
        yield Change(
            "argument extra", source.path, node.lineno, (Edit(at, at, comma + said),),
            f"{name} {said}",
        )  # fmt: skip


def call_unwrapped(source: Source, rng: Random) -> Iterator[Change]:
    """The value itself, without the call around it: `x` for `f(x)`."""
    for node in _calls(source):
        if len(node.args) != 1 or node.keywords or _starred(*node.args):
            continue
        if isinstance(source.parents[node], ast.Raise | ast.Expr | ast.Yield | ast.withitem):
            continue
        name = _name(node)
        if _ANY_EXCEPTION.search(name) or name in ("len", "super", "range", "print"):
            continue
        likely = 1.0
        if isinstance(node.func, ast.Attribute) and not _is_own(source, node.func.value):
            likely = 0.0 if isinstance(node.args[0], ast.Constant) else 0.3
        yield Change(
            "call unwrapped", source.path, node.lineno,
            (source.standing_in(node, node.args[0]),), f"{name}(x) -> x", likely,
        )  # fmt: skip


def method_unwrapped(source: Source, rng: Random) -> Iterator[Change]:
    """The object itself, without the method called on it: `x` for `x.strip()`."""
    for node in _calls(source):
        if not isinstance(node.func, ast.Attribute) or len(node.args) + len(node.keywords) > 1:
            continue
        base = node.func.value
        if isinstance(source.parents[node], ast.Raise | ast.Expr | ast.Yield | ast.withitem):
            continue
        if isinstance(base, ast.Name) and (base.id in ("self", "cls") or base.id[:1].isupper()):
            continue
        if isinstance(base, ast.Constant) or base_is_module(source, base):
            continue
        likely = 1.0 if not node.args else 0.3
        yield Change(
            "method unwrapped", source.path, node.lineno, (source.standing_in(node, base),),
            f"x.{node.func.attr}() -> x", likely,
        )  # fmt: skip


def wrapped_by_call(source: Source, rng: Random) -> Iterator[Change]:
    """A call around a value that does not need it."""
    for node in source.expressions:
        if not isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
            continue
        parent = source.parents[node]
        as_argument = isinstance(parent, ast.Call) and node in parent.args
        as_value = isinstance(parent, ast.Return | ast.Assign) and parent.value is node
        if not (as_argument or as_value) or not isinstance(
            getattr(node, "ctx", ast.Load()), ast.Load
        ):
            continue
        code = source.code(node)
        if code.startswith(tuple(f"{w}(" for w in _WRAPPERS)):
            continue
        if rng.random() < 0.75:
            text = f"{rng.choice(_WRAPPERS)}({code})"
        else:
            text = f"{code}.{rng.choice(_WRAPPING_METHODS)}()"
        edits = (source.replaced(node, text),)
        yield Change("wrapped by call", source.path, node.lineno, edits, likely=0.5)


def if_expression_missing(source: Source, rng: Random) -> Iterator[Change]:
    """One branch of an if-expression, whatever its condition."""
    for node in source.expressions:
        if isinstance(node, ast.IfExp):
            kept = node.body if not isinstance(node.body, ast.Constant) else node.orelse
            edits = (source.standing_in(node, kept),)
            yield Change("if-expression missing", source.path, node.lineno, edits)


def or_missing(source: Source, rng: Random) -> Iterator[Change]:
    """The first value of `a or b`, outside of conditions."""
    for node in source.expressions:
        if (
            isinstance(node, ast.BoolOp)
            and isinstance(node.op, ast.Or)
            and not in_test(source, node)
        ):
            edits = (source.standing_in(node, node.values[0]),)
            yield Change("or missing", source.path, node.lineno, edits)


def in_test(source: Source, node: ast.AST) -> bool:
    """Whether this is (part of) a condition that is only asked whether it holds."""
    parent = source.parents[node]
    if isinstance(parent, ast.BoolOp) or (
        isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)
    ):
        return in_test(source, parent)
    if isinstance(parent, ast.comprehension):
        return node in parent.ifs
    return isinstance(parent, ast.If | ast.While | ast.IfExp) and parent.test is node


def base_is_module(source: Source, base: ast.expr) -> bool:
    """Whether an expression names a module that is imported here."""
    if not isinstance(base, ast.Name):
        return False
    modules = source.kept(
        "modules",
        lambda: {
            alias.asname or alias.name
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        },
    )
    return base.id in modules


def _is_own(source: Source, base: ast.expr) -> bool:
    """Whether a function of this base is one that is given the value: not the value's own."""
    own = isinstance(base, ast.Name) and base.id in ("self", "cls")
    return own or base_is_module(source, base)


def _calls(source: Source) -> Iterator[ast.Call]:
    return (node for node in source.expressions if isinstance(node, ast.Call))


def _name(node: ast.Call) -> str:
    func = node.func
    return func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")


def _starred(*nodes: ast.expr) -> bool:
    return any(isinstance(node, ast.Starred) for node in nodes)


def _simpler(source: Source, argument: ast.expr) -> ast.expr | None:
    """A part of an argument that could stand there instead."""
    match argument:
        case ast.Attribute(value=ast.Name(id=name)) if name not in ("self", "cls"):
            return argument.value if not base_is_module(source, argument.value) else None
        case ast.Subscript(slice=ast.Slice(), value=value):
            return value
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub()):
            return left
    return None


def _item_out(source: Source, call: ast.Call, item: ast.expr | ast.keyword) -> Edit:
    """Takes one argument out, with the comma that it needs no longer."""
    items = sorted((*call.args, *call.keywords), key=source.start)
    place = items.index(item)
    if place:
        return Edit(source.end(items[place - 1]), source.end(item), "")
    if len(items) > 1:
        return Edit(source.start(item), source.start(items[1]), "")
    return Edit(source.start(item), source.end(item), "")
