"""A source file, parsed once, and what can be looked up in it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import TypeVar, cast

from fixit_runtime.tools.repair.clues import Classes, Clues, Literal, literals
from fixit_runtime.tools.repair.edits import Source
from fixit_runtime.tools.repair.scopes import Binding, Function, bindings, uses, within
from fixit_runtime.tools.repair.sorts import sorts

N = TypeVar("N", bound=ast.AST)
TOKEN = re.compile(
    r"[^\W\d]\w*|\d[\w.]*|\"[^\"\n]*\"|'[^'\n]*'|[<>=!+*/%&|^-]=|\*\*|//|<<|>>|->|:=|\S"
)
Simple = tuple[tuple[str, ...], frozenset[str], frozenset[str]]
"""A statement's lines (inner ones after a tab), the names it reads, and all that it mentions."""
_Typed = tuple[type[ast.expr], type[object], str]
_OPERATIONS = (ast.BinOp, ast.Attribute, ast.Subscript, ast.Call)


class Module:
    """One source file, parsed once; its indexes are built when first asked for.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: not this Python's source.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.source = Source(path, text)
        self.tree = self.source.tree
        self._parents: dict[int, ast.AST] = {}
        self.statements: list[ast.stmt] = []
        self._nodes: dict[type[ast.AST], list[ast.AST]] = {}
        self._within: dict[int, tuple[ast.AST, ...]] = {}
        self._bindings: dict[int, dict[str, Binding]] = {}
        self._uses: dict[int, dict[str, frozenset[str]]] = {}
        self._sorts: dict[int, dict[str, str]] = {}
        self._reads: dict[int, Counter[str]] = {}
        self._expressions: dict[int, tuple[str, ...]] = {}
        self._methods: dict[int, tuple[str, ...]] = {}
        self._parts: dict[int, Mapping[str, Counter[str]]] = {}
        self._alike: dict[int, dict[_Typed, list[tuple[int, int]]]] = {}
        self._index(self.tree)

    def _index(self, root: ast.AST) -> None:
        pending = [root]
        while pending:
            node = pending.pop()
            self._nodes.setdefault(type(node), []).append(node)
            if isinstance(node, ast.stmt):
                self.statements.append(node)
            children = list(ast.iter_child_nodes(node))
            for child in children:
                if not isinstance(child, ast.expr_context | ast.operator | ast.cmpop):
                    self._parents[id(child)] = node
            pending.extend(reversed(children))

    def all(self, kind: type[N]) -> list[N]:
        """Every node of exactly this class, in source order."""
        return cast("list[N]", self._nodes.get(kind, []))

    def within(self, scope: ast.AST) -> tuple[ast.AST, ...]:
        """`scopes.within`, kept."""
        if id(scope) not in self._within:
            self._within[id(scope)] = tuple(within(scope))
        return self._within[id(scope)]

    def parent(self, node: ast.AST) -> ast.AST | None:
        return self._parents.get(id(node))

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """From the node's parent outwards to the module."""
        parent = self.parent(node)
        while parent is not None:
            yield parent
            parent = self.parent(parent)

    def function_of(self, node: ast.AST) -> Function | None:
        """The innermost function around a node."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return next((a for a in self.ancestors(node) if isinstance(a, kinds)), None)

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        return next((a for a in self.ancestors(node) if isinstance(a, ast.ClassDef)), None)

    def block_of(self, statement: ast.stmt) -> tuple[list[ast.stmt], int]:
        """The list of statements that holds this one, and its place there."""
        parent = self.parent(statement)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list):
                for at, each in enumerate(block):
                    if each is statement:
                        return block, at
        raise ValueError(f"line {statement.lineno} of {self.path} is in no block")

    def bindings(self, scope: ast.AST) -> dict[str, Binding]:
        if id(scope) not in self._bindings:
            self._bindings[id(scope)] = bindings(scope)
        return self._bindings[id(scope)]

    def uses(self, scope: ast.AST) -> dict[str, frozenset[str]]:
        if id(scope) not in self._uses:
            self._uses[id(scope)] = uses(scope)
        return self._uses[id(scope)]

    def sorts(self, scope: ast.AST, clues: Clues) -> dict[str, str]:
        """`sorts.sorts`, kept."""
        if id(scope) not in self._sorts:
            held = self.seen(scope, clues)
            self._sorts[id(scope)] = sorts(scope, self.uses(scope), clues.passed, held)
        return self._sorts[id(scope)]

    def seen(self, scope: ast.AST, clues: Clues) -> Classes:
        """The classes of what a function's names held at run time; empty where none ran."""
        if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            return {}
        first = min([scope.lineno, *(d.lineno for d in scope.decorator_list)])
        return clues.seen.get(self.path, {}).get(first, {})

    def reads(self, scope: ast.AST) -> Counter[str]:
        """How often each name is read in a scope, inner scopes included."""
        if id(scope) not in self._reads:
            self._reads[id(scope)] = Counter(
                node.id
                for node in ast.walk(scope)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
            )
        return self._reads[id(scope)]

    @cached_property
    def functions(self) -> dict[str, list[Function]]:
        """Functions and methods of the file by name; a class stands for its __init__."""
        found: dict[str, list[Function]] = {}
        for statement in self.statements:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                name, owner = statement.name, self.parent(statement)
                if name == "__init__" and isinstance(owner, ast.ClassDef):
                    name = owner.name
                found.setdefault(name, []).append(statement)
        return found

    @cached_property
    def idle_imports(self) -> tuple[str, ...]:
        """Names that the file imports and never reads."""
        bound = [
            (alias.asname or alias.name).partition(".")[0]
            for node in self.all(ast.ImportFrom)
            for alias in node.names
        ]
        read = self.reads(self.tree)
        return tuple(name for name in bound if name not in read)[:6]

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """Names of methods that the file defines, Python's own hooks left out."""
        owned = [f for f in self.every_function if isinstance(self.parent(f), ast.ClassDef)]
        return tuple(dict.fromkeys(f.name for f in owned if not f.name.startswith("__")))

    @cached_property
    def every_function(self) -> tuple[Function, ...]:
        """All functions and methods of the file, in source order."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return tuple(each for each in self.statements if isinstance(each, kinds))

    @cached_property
    def simple(self) -> dict[int, tuple[Simple, ...]]:
        """By function: its simple statements of one line, and its `if`s over one such line."""
        return {
            id(function): tuple(
                each
                for node in self.within(function)
                if isinstance(node, ast.stmt)
                for each in self._simple(node)
            )
            for function in self.every_function
        }

    def _simple(self, node: ast.stmt) -> Iterator[Simple]:
        lines: tuple[str, ...]
        match node:
            case ast.If(test=test, body=[ast.stmt() as only], orelse=[]):
                lines = (f"if {self.source.segment(test)}:", f"\t{self.source.segment(only)}")
            case ast.Assign() | ast.AugAssign() | ast.Delete() | ast.Raise() | ast.Expr():
                lines = (self.source.segment(node),)
            case _:
                return
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text or any("\n" in line or len(line) > 80 for line in lines):
            return
        names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
        read = {n.id for n in names if isinstance(n.ctx, ast.Load)}
        members = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
        yield lines, frozenset(read), frozenset(members | {n.id for n in names})

    @cached_property
    def clauses(self) -> dict[int, tuple[tuple[ast.expr, frozenset[str]], ...]]:
        """By function: its short conditions and their clauses, each with the names it reads."""
        return {
            id(function): tuple(
                (clause, frozenset(n.id for n in ast.walk(clause) if isinstance(n, ast.Name)))
                for node in self.within(function)
                for clause in _asked(node)
                if clause.end_lineno == clause.lineno and len(self.source.segment(clause)) <= 60
            )
            for function in self.every_function
        }

    @cached_property
    def members(self) -> dict[str, Counter[str]]:
        """Attribute names by the receiver's text, `self` apart for each class ("self@Class").
        Under "" all of the file."""
        found: dict[str, Counter[str]] = {"": Counter()}
        for node in self.all(ast.Attribute):
            found[""][node.attr] += 1
            if (receiver := self.receiver(node)) is not None:
                found.setdefault(receiver, Counter())[node.attr] += 1
        for owner in self.all(ast.ClassDef):
            own = found.setdefault(f"self@{owner.name}", Counter())
            own.update(name for name in self.bindings(owner) if not name.startswith("__"))
        return found

    def receiver(self, node: ast.Attribute) -> str | None:
        """The key of `members` for what this attribute is read from."""
        match node.value:
            case ast.Name(id="self" | "cls"):
                owner = self.class_of(node)
                return f"self@{owner.name}" if owner else "self"
            case ast.Name(id=name):
                return name
            case ast.Attribute(attr=attr):
                return f".{attr}"
            case _:
                return None

    @cached_property
    def called(self) -> Counter[str]:
        """What the file calls with exactly one argument, plain names and methods of self or of
        a module, and how often."""
        return Counter(
            text
            for node in self.all(ast.Call)
            if len(node.args) + len(node.keywords) == 1
            if isinstance(node.func, ast.Name) or _is_own_method(node.func)
            for text in [self.source.segment(node.func)]
        )

    @cached_property
    def effects(self) -> tuple[str, ...]:
        """What the file calls with one argument as a statement of its own, as typed, the
        commonest first."""
        found = Counter(
            self.source.segment(call.func)
            for statement in self.all(ast.Expr)
            if isinstance(call := statement.value, ast.Call)
            if len(call.args) == 1 and not call.keywords
        )
        return tuple(head for head, _ in found.most_common() if "\n" not in head)

    @cached_property
    def given(self) -> dict[str, tuple[tuple[int, str, frozenset[str]], ...]]:
        """Arguments that calls pass by position, by the callee's text: each with its place, as
        typed, and the names in it."""
        found: dict[str, dict[tuple[int, str], frozenset[str]]] = {}
        for call in self.all(ast.Call):
            for at, argument in enumerate(call.args):
                text = self.source.segment(argument)
                if len(text) <= 40 and "\n" not in text:
                    names = frozenset(n.id for n in ast.walk(argument) if isinstance(n, ast.Name))
                    seen = found.setdefault(self.source.segment(call.func), {})
                    seen.setdefault((at, text), names)
        return {
            head: tuple((at, text, names) for (at, text), names in seen.items())
            for head, seen in found.items()
        }

    @cached_property
    def literals(self) -> Counter[Literal]:
        """Strings and numbers in the file's code, docstrings left out, and how often."""
        return Counter(literals(self.tree))

    @cached_property
    def bigrams(self) -> frozenset[tuple[str, str]]:
        """Pairs of neighbouring tokens in the file."""
        return frozenset(pairwise(TOKEN.findall(self.source.text)))

    @cached_property
    def joined(self) -> str:
        """The file's tokens with one space between them."""
        return " ".join(TOKEN.findall(self.source.text))

    @cached_property
    def asked_kinds(self) -> tuple[str, ...]:
        """Classes, as typed, that the file asks isinstance about, the commonest first."""
        found = Counter[str]()
        for call in self.all(ast.Call):
            match call:
                case ast.Call(func=ast.Name(id="isinstance"), args=[_, kind]):
                    found[self.source.segment(kind)] += 1
        return tuple(kind for kind, _ in found.most_common())

    @cached_property
    def raises(self) -> tuple[tuple[str, Function | None], ...]:
        """Raise statements on one line, as typed, each with the function around it."""
        made = [node for node in self.all(ast.Raise) if node.exc is not None]
        found = [(self.source.segment(node), self.function_of(node)) for node in made]
        return tuple((text, around) for text, around in found if "\n" not in text)

    @cached_property
    def keywords(self) -> dict[str, dict[str, str]]:
        """Keyword arguments that calls pass, by the callee's text: name -> argument as typed."""
        found: dict[str, dict[str, str]] = {}
        for call in self.all(ast.Call):
            for keyword in call.keywords:
                if keyword.arg:
                    seen = found.setdefault(self.source.segment(call.func), {})
                    seen.setdefault(keyword.arg, self.source.segment(keyword))
        return found

    def plain_methods(self, scope: ast.AST) -> tuple[str, ...]:
        """Methods that a function calls without arguments, as `.name()`, the commonest first."""
        if id(scope) not in self._methods:
            found = Counter(
                f".{node.func.attr}()"
                for node in self.within(scope)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                if not node.args and not node.keywords
            )
            self._methods[id(scope)] = tuple(method for method, _ in found.most_common())
        return self._methods[id(scope)]

    def parts(self, scope: ast.AST) -> Mapping[str, Counter[str]]:
        """The attributes that a function reads of each name, as typed, callees left out."""
        if id(scope) not in self._parts:
            found: dict[str, Counter[str]] = {}
            for node in self.within(scope):
                match node:
                    case ast.Attribute(value=ast.Name(id=name), ctx=ast.Load()):
                        if not self._is_target_or_callee(node):
                            text = self.source.segment(node)
                            found.setdefault(name, Counter())[text] += 1
            self._parts[id(scope)] = found
        return self._parts[id(scope)]

    def expressions(self, scope: ast.AST) -> tuple[str, ...]:
        """Short operations, attributes, items and calls of a function, the commonest first."""
        if id(scope) not in self._expressions:
            found = Counter(
                text
                for node in self.within(scope)
                if isinstance(node, _OPERATIONS) and not self._is_target_or_callee(node)
                for text in [self.source.segment(node)]
                if len(text) <= 40 and "\n" not in text
            )
            order = sorted(found, key=lambda text: (-found[text], len(text), text))
            self._expressions[id(scope)] = tuple(order)
        return self._expressions[id(scope)]

    def alike(self, scope: ast.AST, node: ast.expr) -> list[tuple[int, int]]:
        """Where a scope has expressions that are typed as this one, of the same kind and in the
        same role: characters [start, end), in order; of two that overlap the outer one."""
        if id(scope) not in self._alike:
            known = self._alike[id(scope)] = dict[_Typed, list[tuple[int, int]]]()
            for other in self.within(scope):
                if isinstance(other, ast.expr):
                    self._note(known, other)
            for spans in known.values():
                spans.sort()
        return self._alike[id(scope)].get(self._typed(node), [])

    def _note(self, known: dict[_Typed, list[tuple[int, int]]], node: ast.expr) -> None:
        spans = known.setdefault(self._typed(node), [])
        first, last = self.source.span(node)
        if not any(a < last and first < b for a, b in spans):
            spans.append((first, last))

    def _typed(self, node: ast.expr) -> _Typed:
        return type(node), type(getattr(node, "ctx", None)), self.source.segment(node)

    def _is_target_or_callee(self, node: ast.expr) -> bool:
        parent = self.parent(node)
        is_callee = isinstance(parent, ast.Call) and parent.func is node
        return is_callee or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _asked(node: ast.AST) -> Iterator[ast.expr]:
    """The conditions that a node asks, and their clauses."""
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            tests = [test]
        case ast.comprehension(ifs=tests):
            pass
        case _:
            return
    for test in tests:
        yield test
        if isinstance(test, ast.BoolOp):
            yield from test.values


def _is_own_method(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
