"""Which names a place in a module may use, and what else the module calls and names."""

from __future__ import annotations

import ast
import builtins
from collections import Counter, defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import partial

from fixit_runtime.tasks.make.source import FUNCTIONS, Source, is_docstring

BUILTINS = frozenset(dir(builtins))
_NOT_SAID = frozenset({"self", "cls", "_", "__class__"})
_LEAST_LIKENESS = 0.2


def bound_before(source: Source, node: ast.AST) -> list[str]:
    """Local names that are bound above this place, or in a comprehension around it; in order,
    without `self` and its like."""
    line = source.statement_of(node).lineno
    names: dict[str, None] = {}
    below = node
    for up in source.up(node):
        if isinstance(up, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef):
            every = (*up.args.posonlyargs, *up.args.args, *up.args.kwonlyargs)
            names.update(dict.fromkeys(a.arg for a in every))
            names.update(dict.fromkeys(a.arg for a in (up.args.vararg, up.args.kwarg) if a))
        if isinstance(up, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            for part in _parts_before(up.generators, below, node):
                names.update(dict.fromkeys(_stored(part.target)))
        if isinstance(up, FUNCTIONS):
            bound = source.kept(("bound", up), partial(_bound_by, up))
            names.update(dict.fromkeys(name for name, at in bound if at < line))
        below = up
    return [name for name in names if name not in _NOT_SAID]


def _parts_before(
    parts: list[ast.comprehension], inside: ast.AST, node: ast.AST
) -> list[ast.comprehension]:
    """The loops of a comprehension whose variables are bound at a node in this part of it."""
    if not isinstance(inside, ast.comprehension):
        return parts
    # what a loop runs over does not see its variables, its conditions do
    over = any(part is node for part in ast.walk(inside.iter))
    return parts[: parts.index(inside) + (not over)]


def _bound_by(function: ast.AST) -> list[tuple[str, int]]:
    """Names that the function's own statements bind, and on which line."""
    found: list[tuple[str, int]] = []
    todo: list[ast.AST] = list(ast.iter_child_nodes(function))
    while todo:
        node = todo.pop(0)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append((node.id, node.lineno))
        todo += ast.iter_child_nodes(node)
    return found


def _stored(target: ast.AST) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def used(node: ast.AST) -> set[str]:
    """Names that an expression or statement reads."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def module_names(source: Source) -> set[str]:
    """What the module itself binds at its top level."""
    return source.kept("module", lambda: _module_names(source))


def _module_names(source: Source) -> set[str]:
    names: set[str] = set()
    for statement in source.tree.body:
        if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            names.add(statement.name)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            names |= {(a.asname or a.name).partition(".")[0] for a in statement.names}
        else:
            names |= {
                n.id
                for n in ast.walk(statement)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    return names


def fits(source: Source, expression: ast.AST, place: ast.AST) -> bool:
    """Whether all names that the expression reads are bound at the place."""
    known = {*bound_before(source, place), *module_names(source), *BUILTINS, *_NOT_SAID}
    inner = {n for part in ast.walk(expression) if isinstance(part, ast.comprehension)
             for n in _stored(part.target)}  # fmt: skip
    return used(expression) - inner <= known


def likeness(one: str, other: str) -> float:
    """How easily a person takes one name or text for the other, in (0, 1]."""
    return max(_LEAST_LIKENESS, SequenceMatcher(None, one.lower(), other.lower()).ratio())


def methods_called(source: Source) -> Counter[tuple[str, int]]:
    """How often each method is called in the module with so many arguments."""
    return Counter(
        (node.func.attr, len(node.args) + len(node.keywords))
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    )


def attributes_of(source: Source, base: str) -> set[str]:
    """Attributes, not called, that the module reads from a variable of this name."""
    return source.kept("attributes", lambda: _attributes(source)).get(base, set())


def _attributes(source: Source) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            continue
        if isinstance(node.ctx, ast.Load) and not _is_called(source, node):
            found[node.value.id].add(node.attr)
    return found


def arity(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[int, int]:
    """The least and greatest number of positional arguments, `self` not counted."""
    args = [a for a in (*function.args.posonlyargs, *function.args.args) if a.arg not in _NOT_SAID]
    return len(args) - min(len(args), len(function.args.defaults)), len(args)


def body_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
    """Its statements but the docstring."""
    return [s for s in function.body if not is_docstring(s)]


def _is_called(source: Source, node: ast.AST) -> bool:
    parent = source.parents.get(node)
    return isinstance(parent, ast.Call) and parent.func is node
