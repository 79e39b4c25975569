"""Which statements each test ran: a program spectrum.

Imports: a statement at module level runs once, before any test. It counts as run by every test
that ran anything else in its file, by all tests where none did, and by every test that failed
while it was collected.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

from fixit_runtime.agent.seams import SuiteRun
from fixit_runtime.tools.asserted import Value, leaves, parsed
from fixit_runtime.tools.dependence import Dependence, dependence_of
from fixit_runtime.tools.probe_report import IMPORT
from fixit_runtime.tools.protect import is_test_file

_BLOCKS = (ast.ExceptHandler, ast.match_case)
_INNER = ("body", "handlers", "orelse", "finalbody", "cases")
_INERT = (ast.Pass, ast.Global, ast.Nonlocal, ast.Try, ast.TryStar)

Place = tuple[str, int]
Lines = Mapping[str, frozenset[int]]


class Spectrum:
    """Which statements each test ran, imports shared out as the module's docstring says."""

    def __init__(self, run: SuiteRun, files: Files, failing: set[str]) -> None:
        self._files = files
        self._coverage = {n: _product(lines) for n, lines in run.coverage.items()}
        self._imports = self._coverage.pop(IMPORT, {})
        touched = {path for lines in self._coverage.values() for path in lines}
        self._untouched = {p: n for p, n in self._imports.items() if p not in touched}
        self._uncollected = failing & {nodeid for nodeid, _ in run.errors}

    def statements(self, nodeid: str, paths: AbstractSet[str] | None = None) -> Iterator[Place]:
        """Each statement (of these files) once, and (path, -line) for a branch whose condition at
        this line was asked and never held. None for a test whose lines are not known."""
        heads = self._files.heads
        if nodeid in self._uncollected:
            own, imported = dict[str, frozenset[int]](), self._imports
        elif (known := self._coverage.get(nodeid)) is None:
            return
        else:
            beside = {p: self._imports[p] for p in known if p in self._imports}
            own, imported = known, {**self._untouched, **beside}
        for path in {**own, **imported}:
            if paths is not None and path not in paths:
                continue
            nothing = frozenset[int]()
            ran = heads(path, own.get(path, nothing)) | heads(path, imported.get(path, nothing))
            for line in ran:
                yield path, line
            if path in own:  # what was only imported has no branches to tell of
                for line in self._files.untaken(path, ran):
                    yield path, -line

    @property
    def paths(self) -> frozenset[str]:
        """Files that tests or imports ran."""
        ran = (path for lines in self._coverage.values() for path in lines)
        return frozenset(ran) | self._imports.keys()

    def entered(self, nodeids: AbstractSet[str]) -> frozenset[str]:
        """Files of which one of these tests ran more than an import does."""
        known = (self._coverage.get(nodeid, {}) for nodeid in nodeids)
        return frozenset(path for lines in known for path in lines)


class Files:
    """Statements of the repository's files, each file parsed once."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        self._read = read
        self._known: dict[str, Statements] = {}
        self._heads: dict[tuple[str, frozenset[int]], frozenset[int]] = {}
        self._untaken: dict[tuple[str, frozenset[int]], frozenset[int]] = {}

    def heads(self, path: str, lines: frozenset[int]) -> frozenset[int]:
        """The first lines of the statements on these lines, without those that do nothing."""
        if (path, lines) not in self._heads:  # many tests run the same lines of a file
            known = self.of(path)
            heads = frozenset(known.head.get(line, line) for line in lines)
            self._heads[path, lines] = heads - known.inert
        return self._heads[path, lines]

    def head(self, path: str, line: int) -> int:
        return self.of(path).head.get(line, line)

    def untaken(self, path: str, ran: frozenset[int]) -> frozenset[int]:
        """Lines of conditions that were asked and never held, given the statements that ran."""
        if (path, ran) not in self._untaken:
            branches = self.of(path).dependence.branches
            skipped = (b.line for b in branches if b.line in ran and b.taken not in ran)
            self._untaken[path, ran] = frozenset(skipped)
        return self._untaken[path, ran]

    def defining(self, path: str, names: AbstractSet[str]) -> Iterator[int]:
        """The lines of the file's functions of these names, "f" or "Class.f". A hook that every
        class may have, as `__init__`, needs its class; a file without them is not parsed."""
        text = self._read(path) or ""
        if not any(f"def {name.rpartition('.')[2]}(" in text for name in names):
            return
        tree = self.of(path).tree
        owners = {
            id(method): owner.name
            for owner in ast.walk(tree)
            if isinstance(owner, ast.ClassDef)
            for method in owner.body
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                plain = node.name in names and not node.name.startswith("__")
                if plain or f"{owners.get(id(node), '')}.{node.name}" in names:
                    yield node.lineno

    def line(self, path: str, number: int) -> str:
        """One line's text, from 1; "" where there is none."""
        lines = (self._read(path) or "").splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def of(self, path: str) -> Statements:
        if path not in self._known:
            self._known[path] = statements_of(self._read(path) or "")
        return self._known[path]


@dataclass(frozen=True)
class Statements:
    """`head`: line -> first line of its statement; `inert`: first lines of statements that
    cannot be at fault (docstrings, a bare def or class line, pass, try). What else a file tells
    is worked out when it is first asked for."""

    head: Mapping[int, int]
    inert: frozenset[int]
    tree: ast.Module = field(default_factory=lambda: ast.Module([], []))

    @cached_property
    def dependence(self) -> Dependence:
        return dependence_of(self.tree, self.inert)

    @cached_property
    def literals(self) -> Mapping[Value, frozenset[int]]:
        """The first lines of the statements that hold a literal, free-standing texts left out."""
        found: dict[Value, set[int]] = {}
        free = {id(n.value) for n in ast.walk(self.tree) if isinstance(n, ast.Expr)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and id(node) not in free:
                for value in leaves(node.value):
                    found.setdefault(value, set()).add(self.head.get(node.lineno, node.lineno))
        return {value: frozenset(lines) for value, lines in found.items()}

    @cached_property
    def functions(self) -> Sequence[tuple[str, int, int]]:
        """(name, first line, last line)."""
        return [
            (node.name, node.lineno, node.end_lineno or node.lineno)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]


def statements_of(source: str) -> Statements:
    """The statements of a module; a compound statement is its header only. A text that cannot
    be parsed has none: each of its lines then stands for itself."""
    tree = parsed(source)
    if tree is None:
        return Statements({}, frozenset())
    head: dict[int, int] = {}
    inert: set[int] = set()
    live: set[int] = set()
    for node in _statements(tree):
        first, start, last = _header(node)
        head.update(dict.fromkeys(range(start, last + 1), first))
        (inert if _is_inert(node) else live).add(first)
    return Statements(head, frozenset(inert - live), tree)


def _statements(tree: ast.AST) -> Iterator[ast.stmt | ast.ExceptHandler | ast.match_case]:
    """All that have a place of their own, outer ones first. Expressions are not looked into."""
    pending: deque[ast.AST] = deque([tree])
    while pending:
        node = pending.popleft()
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield node
        for block in _INNER:
            pending.extend(getattr(node, block, ()))


def _header(node: ast.stmt | ast.ExceptHandler | ast.match_case) -> tuple[int, int, int]:
    """(line that names it, first line with decorators, last line of the header)."""
    first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    start = min([first, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    if body:
        return first, start, max(first, _header(body[0])[1] - 1)
    return first, start, getattr(node, "end_lineno", None) or first


def _is_inert(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            arguments = node.args
            return not (node.decorator_list or arguments.defaults or any(arguments.kw_defaults))
        case ast.ClassDef():
            return not (node.decorator_list or node.bases or node.keywords)
    return isinstance(node, _INERT)


def _product(lines: Lines) -> dict[str, frozenset[int]]:
    return {p: n for p, n in lines.items() if p.endswith(".py") and not is_test_file(p)}
