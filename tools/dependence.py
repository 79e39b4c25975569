"""What a statement hangs on inside its function: the branch that leads to it (control
dependence) and the assignments that its names come from (data dependence).

After J. Ferrante, K. Ottenstein and J. Warren, *The Program Dependence Graph and Its Use in
Optimization* (1987), by syntax alone: a branch is an if or a loop; a name comes from
every assignment to it in the function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.While, ast.For, ast.AsyncFor)
_APART = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)  # names in there are their own
_MOST = 400  # uses of one function that are looked at: a longer one is a table


@dataclass(frozen=True, slots=True)
class Branch:
    """A condition's line, and that of the first statement that runs where it holds."""

    line: int
    taken: int


@dataclass(frozen=True, slots=True)
class Dependence:
    """Of one file. `sources`: line of a statement -> lines of the assignments that its names may
    come from."""

    branches: tuple[Branch, ...] = ()
    sources: Mapping[int, frozenset[int]] = field(default_factory=dict)


def dependence_of(tree: ast.AST, inert: AbstractSet[int] = frozenset()) -> Dependence:
    """Of all functions of a file, and of its top level's branches.

    Args:
        inert: first lines of statements that do nothing, so that no run is told by them.
    """
    sources: dict[int, set[int]] = {}
    for function in ast.walk(tree):
        if isinstance(function, _FUNCTIONS):
            _note_sources(function, sources)
    return Dependence(
        tuple(_branches(tree, inert)), {line: frozenset(found) for line, found in sources.items()}
    )


def _branches(tree: ast.AST, inert: AbstractSet[int]) -> Iterator[Branch]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.If, *_LOOPS)):
            taken = _first(node.body, inert)
            if taken not in (0, node.lineno):
                yield Branch(node.lineno, taken)


def _first(block: Sequence[ast.stmt], inert: AbstractSet[int]) -> int:
    """The line of the first statement that runs and does something; 0 where none does."""
    for statement in block:
        if statement.lineno not in inert:
            return statement.lineno
        if isinstance(statement, ast.Try | ast.TryStar) and (
            inner := _first(statement.body, inert)
        ):
            return inner
    return 0


def _note_sources(function: ast.AST, sources: dict[int, set[int]]) -> None:
    written: dict[str, set[int]] = {}
    read: list[tuple[int, str]] = []
    for line, node in _names(function):
        if isinstance(node.ctx, ast.Load):
            read.append((line, node.id))
        else:
            written.setdefault(node.id, set()).add(line)
    for line, name in read[:_MOST]:
        if found := written.get(name, set()) - {line}:
            sources.setdefault(line, set()).update(found)


def _names(function: ast.AST) -> Iterator[tuple[int, ast.Name]]:
    """(first line of its statement, name) of all names of a function, inner ones left out."""
    pending: list[tuple[ast.AST, int]] = [(child, 0) for child in ast.iter_child_nodes(function)]
    while pending:
        node, line = pending.pop()
        if isinstance(node, _APART):
            continue
        if isinstance(node, ast.Name) and line:
            yield line, node
        line = node.lineno if isinstance(node, ast.stmt | ast.ExceptHandler) else line
        pending.extend((child, line) for child in ast.iter_child_nodes(node))
