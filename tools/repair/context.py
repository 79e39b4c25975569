"""What a template may look at: one statement, its file, and what the tests said."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from fixit_runtime.tools.repair.clues import Classes, Clues
from fixit_runtime.tools.repair.edits import UNREADABLE, Replacement
from fixit_runtime.tools.repair.module import Module
from fixit_runtime.tools.repair.package import Package
from fixit_runtime.tools.repair.scopes import Binding, Function, parameters

_ATOMS = (
    ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Dict, ast.Set, ast.ListComp,
    ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.JoinedStr,
)  # fmt: skip
_TAKES_PARENTHESES = (
    ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Compare, ast.Attribute, ast.Assign, ast.AugAssign,
    ast.Return, ast.If, ast.While, ast.Assert, ast.IfExp, ast.comprehension, ast.For,
)  # fmt: skip
HOLDERS = (  # of one whole value
    ast.Return, ast.Yield, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.keyword,
)  # fmt: skip
OWN_NODES_LIMIT = 200  # expressions of one statement that templates look at: a table has more


@dataclass(frozen=True, slots=True)
class Draft:
    """One edit as a template proposes it.

    `share` is the chance that this one is right, of all that the template drafts for the
    statement, were the statement wrong in the template's way; shares need not sum to 1.
    `node` is the expression that is replaced, where it is just one.
    """

    replacements: tuple[Replacement, ...]
    share: float
    note: str
    node: ast.expr | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A name that can be used at a place; `nearness` in (0, 1], 1 for a local bound before."""

    name: str
    nearness: float
    tool: bool = False


@dataclass(frozen=True)
class Site:
    """One statement, and what its surroundings offer to repair it with."""

    module: Module
    statement: ast.stmt
    clues: Clues
    package: Package = field(default_factory=Package)

    @cached_property
    def nodes(self) -> tuple[ast.expr, ...]:
        """The statement's own expressions, outermost first, those of statements inside it and
        annotations left out. At most OWN_NODES_LIMIT."""
        found: list[ast.expr] = []
        pending: list[tuple[ast.AST, bool]] = [(self.statement, False)]
        while pending and len(found) < OWN_NODES_LIMIT:
            node, in_text = pending.pop()
            if isinstance(node, ast.expr) and (not in_text or self._stands(node)):
                found.append(node)
            in_text = in_text or isinstance(node, ast.JoinedStr)
            children = [
                (child, in_text)
                for name, value in ast.iter_fields(node)
                if name not in ("annotation", "returns", "type_params")
                for child in (value if isinstance(value, list) else [value])
                if isinstance(child, ast.AST) and not isinstance(child, ast.stmt)
            ]
            pending.extend(reversed(children))
        return tuple(found)

    def _stands(self, node: ast.expr) -> bool:
        """Whether the text at the node's position is the node: before Python 3.12, nodes inside
        an f-string may carry a wrong one."""
        try:
            parsed = ast.parse(self.text(node), mode="eval").body
        except UNREADABLE:
            return False
        return ast.dump(parsed) == ast.dump(node)

    @cached_property
    def function(self) -> Function | None:
        return self.module.function_of(self.statement)

    @cached_property
    def scope(self) -> ast.AST:
        """The function around the statement, else the file."""
        return self.function or self.module.tree

    def parent(self, node: ast.AST) -> ast.AST | None:
        return self.module.parent(node)

    def text(self, node: ast.AST) -> str:
        return self.module.source.segment(node)

    def atom(self, node: ast.expr) -> str:
        """The node's text, in parentheses where an operator or a dot could tear it apart."""
        text = self.text(node)
        if isinstance(node, _ATOMS) or (isinstance(node, ast.Tuple) and text.startswith("(")):
            return text
        if isinstance(node, ast.Constant) and not isinstance(node.value, int | float | complex):
            return text
        return f"({text})"

    def operand(self, node: ast.expr) -> str:
        """The node's text, in parentheses where `and`, `or` or `not` beside it could tear it."""
        loose = (ast.BoolOp, ast.IfExp, ast.Lambda, ast.NamedExpr, ast.Yield, ast.YieldFrom)
        return f"({self.text(node)})" if isinstance(node, loose) else self.text(node)

    @cached_property
    def tools(self) -> frozenset[str]:
        """Functions, classes and modules that the statement can name."""
        return frozenset(near.name for near in self.names if near.tool)

    @cached_property
    def own_names(self) -> frozenset[str]:
        """Names and attributes in the statement's own expressions."""
        found = {n.id for n in self.nodes if isinstance(n, ast.Name)}
        return frozenset(found | {n.attr for n in self.nodes if isinstance(n, ast.Attribute)})

    @cached_property
    def told(self) -> frozenset[str]:
        """Literals that the failing tests hold, in the spellings that a file may use."""
        numbers = (repr(value) for value in self.clues.numbers)
        texts = (f"{quote}{s}{quote}" for s in self.clues.strings for quote in "\"'")
        return frozenset((*numbers, *texts))

    @cached_property
    def sorts(self) -> Mapping[str, str]:
        """What sort of value each name of the scope around has, where that is known."""
        return self.module.sorts(self.scope, self.clues)

    @cached_property
    def seen(self) -> Classes:
        """The classes of what the names of the function around held at run time."""
        return self.module.seen(self.scope, self.clues)

    def members_of(self, node: ast.expr) -> frozenset[str]:
        """What the package's classes define of which a name was an instance at run time."""
        if not isinstance(node, ast.Name) or node.id in ("self", "cls"):
            return frozenset()
        found = frozenset[str]()
        for name in self.seen.get(node.id, ()):
            found |= self.module.members.get(f"self@{name}", Counter[str]()).keys()
            found |= self.package.classes.get(name, frozenset())
        return found

    @cached_property
    def reads(self) -> Mapping[str, int]:
        """How often each name is read in the scope around."""
        return self.module.reads(self.scope)

    @cached_property
    def idle(self) -> frozenset[str]:
        """Parameters and locals of the function around that it never reads. A name that was
        meant to be used and is not tells of what is missing."""
        if self.function is None:
            return frozenset()
        bound = self.module.bindings(self.function)
        return frozenset(bound) - self.reads.keys() - {"self", "cls", "_"}

    @cached_property
    def names(self) -> tuple[Near, ...]:
        """Names usable at the statement, nearest first. Builtins are left to the templates."""
        found: dict[str, Near] = {}
        for distance, scope in enumerate(self._scopes()):
            for binding in self.module.bindings(scope).values():
                if binding.name not in found and not binding.name.startswith("__"):
                    nearness = self._nearness(binding, distance, scope)
                    found[binding.name] = Near(binding.name, nearness, binding.tool)
        return tuple(sorted(found.values(), key=lambda near: -near.nearness))

    @cached_property
    def known(self) -> frozenset[str]:
        """All names that can be used here, Python's own left out."""
        return frozenset(near.name for near in self.names)

    def _scopes(self) -> list[ast.AST]:
        """Scopes that the statement sees, innermost first: a method does not see its class."""
        around = list(self.module.ancestors(self.statement))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)
        seen = [a for a in around if isinstance(a, (*kinds, ast.ClassDef))]
        return [a for at, a in enumerate(seen) if at == 0 or isinstance(a, kinds)]

    def _nearness(self, binding: Binding, distance: int, scope: ast.AST) -> float:
        """Chosen by hand: of the names that small fixes insert, 54 % stand in the function and
        76 % in the file (fixes.md, "Donors")."""
        if isinstance(scope, ast.Module) and distance > 0:
            return 0.12
        bound = binding.line < self.statement.lineno or binding.parameter
        return (1.0 if bound else 0.3) / (1 + distance)

    def near_values(self, limit: int) -> list[Near]:
        """Names of values bound in functions around the statement, those never read first."""
        near = [n for n in self.names if not n.tool and n.nearness >= 0.3]
        near = [n for n in near if n.name not in ("self", "cls")]
        return sorted(near, key=lambda n: n.name not in self.idle)[:limit]

    def values_at(self, node: ast.AST, limit: int) -> list[Near]:
        """`near_values`, those of comprehensions around an expression first."""
        inner = self._inner_names(node)
        taken = {near.name for near in inner}
        outer = [near for near in self.near_values(limit) if near.name not in taken]
        return [*inner, *outer][:limit]

    def names_at(self, node: ast.AST) -> tuple[Near, ...]:
        """Names usable at an expression: those of comprehensions and lambdas around it too."""
        inner = self._inner_names(node)
        taken = {near.name for near in inner}
        return (*inner, *(near for near in self.names if near.name not in taken))

    def _inner_names(self, node: ast.AST) -> list[Near]:
        inner: list[Near] = []
        for around in self.module.ancestors(node):
            if around is self.statement:
                break
            for generator in getattr(around, "generators", ()):
                inner += [
                    Near(name.id, 1.0)
                    for name in ast.walk(generator.target)
                    if isinstance(name, ast.Name)
                ]
            if isinstance(around, ast.Lambda):
                inner += [Near(arg.arg, 1.0) for arg in parameters(around)]
        return inner

    @cached_property
    def conditions(self) -> tuple[ast.expr, ...]:
        """Tests in the function around, or at the file's top level, in source order."""
        found: list[ast.expr] = []
        for node in self.module.within(self.scope):
            match node:
                case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                    found.append(test)
                case ast.Assert(test=test):
                    found.append(test)
                case ast.comprehension(ifs=tests):
                    found += tests
        return tuple(found)

    def is_whole(self, node: ast.expr) -> bool:
        """Whether the expression is all of a result, an assigned value, an argument, or what a
        comprehension or a lambda gives."""
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return False
        parent = self.parent(node)
        match parent:
            case ast.Call(func=function):
                return node is not function
            case (
                ast.ListComp(elt=value)
                | ast.SetComp(elt=value)
                | ast.GeneratorExp(elt=value)
                | ast.DictComp(value=value)
                | ast.Lambda(body=value)
            ):
                return node is value
            case _:
                return isinstance(parent, HOLDERS) and node is parent.value

    def grouped_span(self, node: ast.expr) -> tuple[int, int]:
        """The node's span with the parentheses that only group it."""
        start, end = self.module.source.span(node)
        text = self.module.source.text
        while isinstance(self.parent(node), _TAKES_PARENTHESES):
            left, right = text[:start].rstrip(), text[end:]
            gap = len(right) - len(right.lstrip())
            if not (left.endswith("(") and right[gap : gap + 1] == ")"):
                break
            start, end = len(left) - 1, end + gap + 1
        return start, end

    def whole(self, node: ast.expr) -> str:
        """The node's text with the parentheses that only group it."""
        start, end = self.grouped_span(node)
        return self.module.source.text[start:end]

    def swap(
        self, node: ast.expr, text: str, share: float, note: str = "", *, group: bool = False
    ) -> Draft:
        """Replace one expression; with `group`, the parentheses around it too."""
        start, end = self.grouped_span(node) if group else self.module.source.span(node)
        note = note or f"{brief(self.text(node))} -> {brief(text)}"
        return Draft((Replacement(start, end, text),), share, note, node)

    def is_within(self, node: ast.AST, *kinds: type[ast.AST]) -> bool:
        """Whether a node of these kinds, in the same function, is around."""
        for around in self.module.ancestors(node):
            if isinstance(around, kinds):
                return True
            if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return False
        return False


Template = Callable[[Site], Iterator[Draft]]


def brief(text: str, limit: int = 60) -> str:
    """The text on one line, cut at the limit."""
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
