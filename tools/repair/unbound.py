"""Templates for a name that nothing binds: it is bound where another name is, or begun before."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.scopes import BUILTINS, parameters

_BEGUN = ("[]", "0", '""', "{}", "set()", "None", "False", "1")
_OF_GIVEN = ("sorted({})", "list({})", "{}", "len({})")
_GIVEN = 2  # parameters that a first value may be made of
_OF_METHOD = {"append": "[]", "extend": "[]", "insert": "[]", "add": "set()", "update": "{}"}


def unbound(site: Site) -> Iterator[Draft]:
    """The target of an assignment, or of a loop, as the name that the function reads and nothing
    binds; or a first value for a name, before the first statement that needs it."""
    if site.function is None:
        return
    yield from _targets(site)
    yield from _begun(site)


def _targets(site: Site) -> Iterator[Draft]:
    if any(name.name == "*" for each in site.module.all(ast.ImportFrom) for name in each.names):
        return  # which may bind any name
    missing = sorted(n for n in site.reads.keys() - _bound(site) if not n.startswith("__"))
    for node in site.nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            for name in missing:
                yield site.swap(node, name, 0.8 / len(missing))


def _bound(site: Site) -> set[str]:
    """Names that something binds which the function sees, its comprehensions too."""
    assert site.function is not None
    inner = {n.arg for n in ast.walk(site.function) if isinstance(n, ast.arg)}
    for node in ast.walk(site.function):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            inner.add(node.id)
    return inner | {near.name for near in site.names} | BUILTINS


def _begun(site: Site) -> Iterator[Draft]:
    """`total = 0` before the loop that adds to it."""
    statement, module = site.statement, site.module
    block, at = module.block_of(statement)
    inside = list(ast.walk(statement))
    for name in sorted(site.clues.undefined):
        mine = [n for n in inside if isinstance(n, ast.Name) and n.id == name]
        before = (n for earlier in block[:at] for n in ast.walk(earlier))
        if not mine or any(isinstance(n, ast.Name) and n.id == name for n in before):
            continue
        made = [call.format(given) for given in _given(site) for call in _OF_GIVEN]
        values = dict.fromkeys((*_fitting(name, inside), *made, *_BEGUN))
        source = module.source
        start = source.span(statement)[0]
        for n, value in enumerate(values):
            line = f"{name} = {value}{source.newline}{source.margin(statement)}"
            share = 0.5 if n == 0 else 0.4 / len(values)
            yield Draft((Replacement(start, start, line),), share, f"{name} = {value} before")


def _given(site: Site) -> list[str]:
    """Parameters, those first that the function never reads."""
    assert site.function is not None
    names = [each.arg for each in parameters(site.function) if each.arg not in ("self", "cls")]
    return sorted(names, key=lambda name: name not in site.idle)[:_GIVEN]


def _fitting(name: str, nodes: list[ast.AST]) -> Iterator[str]:
    """First values that what is done with the name asks for."""
    for node in nodes:
        match node:
            case ast.AugAssign(target=ast.Name(id=held), value=value) if held == name:
                yield _neutral(value, node.op)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=held), attr=method)) if (
                held == name and method in _OF_METHOD
            ):
                yield _OF_METHOD[method]
            case ast.Subscript(value=ast.Name(id=held), ctx=ast.Store()) if held == name:
                yield "{}"


def _neutral(value: ast.expr, operator: ast.operator) -> str:
    """What changes nothing when the value is added to it, or multiplied with it."""
    if isinstance(value, ast.List | ast.ListComp):
        return "[]"
    texts = (n for n in ast.walk(value) if isinstance(n, ast.Constant | ast.JoinedStr))
    if any(isinstance(n, ast.JoinedStr) or isinstance(n.value, str) for n in texts):
        return '""'
    return "1" if isinstance(operator, ast.Mult) else "0"
