"""Bugs of names: another variable, attribute, function or method than the right one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from random import Random

from fixit_runtime.tasks.make.scope import (
    arity,
    attributes_of,
    bound_before,
    likeness,
    methods_called,
)
from fixit_runtime.tasks.make.source import FUNCTIONS, Change, Source

# methods and functions that people take for each other
_KINDRED = (
    ("append", "extend"), ("append", "insert"), ("add", "update"), ("add", "discard"),
    ("strip", "rstrip"), ("strip", "lstrip"), ("rstrip", "lstrip"), ("split", "rsplit"),
    ("partition", "rpartition"), ("find", "rfind"), ("find", "index"), ("index", "rindex"),
    ("startswith", "endswith"), ("lower", "upper"), ("lower", "casefold"), ("title", "capitalize"),
    ("items", "keys"), ("items", "values"), ("keys", "values"), ("union", "intersection"),
    ("issubset", "issuperset"), ("difference", "intersection"), ("ljust", "rjust"),
    ("match", "search"), ("match", "fullmatch"), ("pop", "popleft"), ("append", "appendleft"),
    ("isdigit", "isnumeric"), ("isdigit", "isalnum"), ("isalpha", "isalnum"), ("group", "groups"),
    ("setdefault", "get"), ("removeprefix", "lstrip"), ("splitlines", "split"),
    ("remove", "discard"),
    ("min", "max"), ("any", "all"), ("list", "tuple"), ("set", "list"), ("sorted", "list"),
    ("sorted", "reversed"), ("int", "float"), ("str", "repr"), ("floor", "ceil"), ("iter", "list"),
    ("type", "id"), ("hasattr", "getattr"), ("read", "readline"), ("isinstance", "issubclass"),
)  # fmt: skip
_OTHERS = {a: [y for x, y in (*_KINDRED, *((q, p) for p, q in _KINDRED)) if x == a]
           for pair in _KINDRED for a in pair}  # fmt: skip
_CHOICES = 3


def variable_replaced(source: Source, rng: Random) -> Iterator[Change]:
    """A local variable in place of another."""
    for node in source.expressions:
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
            continue
        names = bound_before(source, node)
        if node.id not in names or _is_called(source, node):
            continue
        others = [name for name in names if name != node.id]
        for name in rng.sample(others, min(_CHOICES, len(others))):
            yield Change(
                "variable replaced", source.path, node.lineno, (source.replaced(node, name),),
                f"{node.id} -> {name}", likeness(node.id, name) ** 2,
            )  # fmt: skip


def attribute_replaced(source: Source, rng: Random) -> Iterator[Change]:
    """Another attribute of the same object."""
    for node in source.expressions:
        if not isinstance(node, ast.Attribute) or _is_called(source, node):
            continue
        if not isinstance(node.ctx, ast.Load) or not isinstance(node.value, ast.Name):
            continue
        others = sorted(attributes_of(source, node.value.id) - {node.attr})
        for name in rng.sample(others, min(_CHOICES, len(others))):
            yield Change(
                "attribute replaced", source.path, node.lineno,
                (source.replaced(node, f"{source.code(node.value)}.{name}"),),
                f".{node.attr} -> .{name}", likeness(node.attr, name) ** 2,
            )  # fmt: skip


def callee_replaced(source: Source, rng: Random) -> Iterator[Change]:
    """Another function of this module, or another method."""
    functions = [f for f in source.tree.body if isinstance(f, FUNCTIONS)]
    called = methods_called(source)
    for node in source.expressions:
        if not isinstance(node, ast.Call):
            continue
        count = len(node.args) + len(node.keywords)
        if isinstance(node.func, ast.Name):
            old, base = node.func.id, ""
            others = [
                f.name
                for f in functions
                if arity(f)[0] <= count <= arity(f)[1] and likeness(f.name, old) > 0.5
            ]
        elif isinstance(node.func, ast.Attribute):
            old, base = node.func.attr, source.code(node.func.value) + "."
            others = [
                name for (name, n) in sorted(called) if n == count and likeness(name, old) > 0.6
            ]
        else:
            continue
        kindred = _OTHERS.get(old, [])
        known = [(name, 2.0) for name in kindred] + [(n, 1.0) for n in others if n not in kindred]
        known = [pair for pair in known if pair[0] != old]
        for name, likely in rng.sample(known, min(_CHOICES, len(known))):
            yield Change(
                "callee replaced", source.path, node.lineno,
                (source.replaced(node.func, base + name),), f"{old}() -> {name}()", likely,
            )  # fmt: skip


def _is_called(source: Source, node: ast.AST) -> bool:
    parent = source.parents[node]
    return isinstance(parent, ast.Call) and parent.func is node
