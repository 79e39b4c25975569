"""Which names a function can see, and how each name is used there."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

BUILTINS = frozenset(name for name in dir(builtins) if name[0] != "_")
Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Binding:
    """A name and the first line that binds it in its scope. `tool`: a function, class or module
    rather than a value."""

    name: str
    line: int
    tool: bool = False
    parameter: bool = False


def within(scope: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a scope, in source order, that do not belong to a scope inside it. The inner
    definitions themselves are among them."""
    pending = list(reversed(list(ast.iter_child_nodes(scope))))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _SCOPES):
            pending.extend(reversed(list(ast.iter_child_nodes(node))))


def parameters(function: Function | ast.Lambda) -> list[ast.arg]:
    """The parameters in the order of the signature, `*args` and `**kwargs` last."""
    arguments = function.args
    stars = [arg for arg in (arguments.vararg, arguments.kwarg) if arg is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *stars]


def defaults_of(function: Function | ast.Lambda) -> list[tuple[ast.arg, ast.expr]]:
    """Each parameter that has a default, with it."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    paired = zip(reversed(positional), reversed(arguments.defaults), strict=False)
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [*paired, *((arg, default) for arg, default in named if default is not None)]


def bindings(scope: ast.AST) -> dict[str, Binding]:
    """The names that a module, class or function binds itself, in order of their first line.
    Names of a comprehension stay inside it and are left out."""
    found: dict[str, Binding] = {}
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        for arg in parameters(scope):
            found[arg.arg] = Binding(arg.arg, arg.lineno, parameter=True)
    hidden = {
        id(node)
        for comprehension in within(scope)
        if isinstance(comprehension, _COMPREHENSIONS)
        for generator in comprehension.generators
        for node in ast.walk(generator.target)
    }
    for node in within(scope):
        if id(node) not in hidden:
            for binding in _bound(node):
                found.setdefault(binding.name, binding)
    return found


def _bound(node: ast.AST) -> Iterator[Binding]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield Binding(name, node.lineno)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield Binding(name, node.lineno, tool=True)
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            for alias in aliases:
                name = alias.asname or alias.name.partition(".")[0]
                if name != "*":
                    yield Binding(name, node.lineno, tool=True)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield Binding(name, node.lineno)
        case _:
            return


def uses(scope: ast.AST) -> dict[str, frozenset[str]]:
    """What is done with each name in a scope, inner scopes included: "call", "index", "key",
    "arithmetic", "iterate", "compare", "truth", and ".name" for each attribute.

    Names that are used alike are likelier to be confused than names that are not.
    """
    found: dict[str, set[str]] = {}

    def note(node: ast.AST | None, tag: str) -> None:
        if isinstance(node, ast.Name):
            found.setdefault(node.id, set()).add(tag)

    for node in ast.walk(scope):
        match node:
            case ast.Call(func=function):
                note(function, "call")
            case ast.Attribute(value=value, attr=attr):
                note(value, f".{attr}")
            case ast.Subscript(value=value, slice=index):
                note(value, "index")
                note(index, "key")
            case ast.BinOp(left=left, right=right):
                note(left, "arithmetic")
                note(right, "arithmetic")
            case ast.AugAssign(target=target, value=value):
                note(target, "arithmetic")
                note(value, "arithmetic")
            case ast.For(iter=iterated) | ast.AsyncFor(iter=iterated):
                note(iterated, "iterate")
            case ast.comprehension(iter=iterated):
                note(iterated, "iterate")
            case ast.Compare(left=left, comparators=others):
                for side in (left, *others):
                    note(side, "compare")
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                note(test, "truth")
            case _:
                pass
    return {name: frozenset(tags) for name, tags in found.items()}
