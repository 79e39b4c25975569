"""A changed module run anew where it is imported already: sent into the sandbox with
`behaviour_probe.py`. Python 3.8+, standard library only.

Only statements that differ are run, and those that use at once what these bind: an enumeration
that is made again would have other members than the values that were recorded. A class that is
made again gives its insides to the class that was there, so that objects made of it before do
as the new one says.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator
from enum import Enum
from typing import Any

_KEPT = ("__dict__", "__weakref__", "__slots__", "_abc_impl")
_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def to_run(old: str, new: str) -> ast.Module:
    """The statements of a new text that are to be run in a module that has run the old one.
    Raises what `ast.parse` raises."""
    before = {ast.dump(statement) for statement in ast.parse(old).body}
    tree = ast.parse(new)
    chosen = {n for n, each in enumerate(tree.body) if ast.dump(each) not in before}
    while True:
        other: set[str] = set().union(*(_bound(tree.body[n]) for n in chosen))
        other |= _reaching(tree.body, other)
        more = {n for n, each in enumerate(tree.body) if _used_at_once(each) & other}
        if more <= chosen:
            break
        chosen |= more
    tree.body = [e for n, e in enumerate(tree.body) if n in chosen or _is_future(e)]
    return tree


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _bound(statement: ast.stmt) -> set[str]:
    """Names that a statement gives a value, as far as it does so in the module itself."""
    if isinstance(statement, _DEFS):
        return {statement.name}
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, _DEFS):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update((each.asname or each.name).partition(".")[0] for each in node.names)
    return found


def _loaded(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _reaching(body: list[ast.stmt], names: set[str]) -> set[str]:
    """Functions and classes that use one of these names when they are called, whichever way."""
    uses = [(each.name, _loaded(each)) for each in body if isinstance(each, _DEFS)]
    found: set[str] = set()
    while True:
        more = {name for name, used in uses if used & (names | found)}
        if more <= found:
            return found
        found |= more


def _used_at_once(statement: ast.stmt) -> set[str]:
    """Names that a statement uses when it is run, and not only when what it makes is called."""
    if isinstance(statement, ast.ClassDef):
        parts: list[ast.AST] = [*statement.decorator_list, *statement.bases, *statement.keywords]
        inside = (_used_at_once(each) for each in statement.body)
        return set().union(*map(_loaded, parts), *inside)
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        given = [*statement.args.defaults, *filter(None, statement.args.kw_defaults)]
        return set().union(*map(_loaded, [*statement.decorator_list, *given]))
    return set() if isinstance(statement, (ast.Import, ast.ImportFrom)) else _loaded(statement)


def poured(old: type, new: type) -> bool:
    """Whether the old class has the insides of the new one now; not where they are laid out
    differently, or the class does not let itself be changed."""
    if type(old) is not type(new) or issubclass(old, Enum):
        return False
    if [base.__qualname__ for base in old.__mro__] != [base.__qualname__ for base in new.__mro__]:
        return False
    if vars(old).get("__slots__") != vars(new).get("__slots__"):
        return False
    inside = {name: part for name, part in vars(new).items() if not _is_layout(name, part)}
    gone = [
        name
        for name, part in vars(old).items()
        if name not in vars(new) and not _is_layout(name, part)
    ]
    try:
        for name in gone:
            delattr(old, name)
        for name, part in inside.items():
            setattr(old, name, part)
            for cell in _cells(part):
                if cell.cell_contents is new:  # what `super()` asks for
                    cell.cell_contents = old
    except (AttributeError, TypeError, ValueError):
        return False
    return True


def _is_layout(name: str, part: Any) -> bool:
    kinds = (types.MemberDescriptorType, types.GetSetDescriptorType)
    return name in _KEPT or isinstance(part, kinds)


def _cells(part: Any) -> Iterator[Any]:
    """What the functions of a part of a class hold on to, and has a value."""
    for name in ("", "__func__", "fget", "fset", "fdel", "__wrapped__", "func"):
        function = getattr(part, name, None) if name else part
        for cell in getattr(function, "__closure__", None) or ():
            try:
                cell.cell_contents  # noqa: B018
            except ValueError:  # it is empty still
                continue
            yield cell
