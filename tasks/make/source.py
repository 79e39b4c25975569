"""A module's text beside its syntax tree, and changes of the text by the spans of nodes.

Positions are offsets in the text, in characters. A text with carriage returns, a byte-order mark
or another encoding than UTF-8 is not read: such a file gets no bug.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeVar, cast

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_T = TypeVar("_T")
_LOOSE = (
    ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda, ast.UnaryOp, ast.NamedExpr,
    ast.Await, ast.Yield, ast.YieldFrom,
)  # fmt: skip
_BLOCKS = ("body", "orelse", "finalbody")


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` in place of what stands at [start, end)."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A bug that could be put into one module: what is done, and where.

    `same_as` is equal for changes that do the same thing at different places; "" for one that
    is not worth repeating. `likely` compares changes of one kind at one place.
    """

    kind: str
    path: str
    line: int
    edits: tuple[Edit, ...]
    same_as: str = ""
    likely: float = 1.0


class Source:
    """One module. `lines_run` are the lines that the tests run, at import or later.

    Raises:
        SyntaxError, ValueError, RecursionError: the text is not read, see above.
    """

    def __init__(self, path: str, data: bytes, lines_run: frozenset[int]) -> None:
        self.path, self.lines_run = path, lines_run
        self.text = data.decode("utf-8")
        if "\r" in self.text or "\f" in self.text or self.text.startswith("\ufeff"):
            raise ValueError(f"{path} has unusual line endings")
        self.tree = ast.parse(self.text)
        self.parents: dict[ast.AST, ast.AST] = {}
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
        self.lines = self.text.splitlines(keepends=True)
        self._kept: dict[object, object] = {}

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins; one more for the end of the text."""
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line))
        return starts

    def kept(self, key: object, make: Callable[[], _T]) -> _T:
        """What `make` returns, made once for each key."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast(_T, self._kept[key])

    def position(self, line: int, column: int) -> int:
        """`column` counts bytes of UTF-8, as syntax trees do."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        if not text.isascii():
            column = len(text.encode()[:column].decode())
        return self.starts[line - 1] + column

    def start(self, node: ast.AST) -> int:
        return self.position(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        return self.position(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def code(self, node: ast.AST) -> str:
        """The text of a node, without parentheses around it."""
        return self.text[self.start(node) : self.end(node)]

    # ---- where things are

    def up(self, node: ast.AST) -> Iterator[ast.AST]:
        """The node's parents, nearest first."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def function_of(self, node: ast.AST) -> Function | None:
        return next((up for up in self.up(node) if isinstance(up, FUNCTIONS)), None)

    def statement_of(self, node: ast.AST) -> ast.stmt:
        return next(up for up in (node, *self.up(node)) if isinstance(up, ast.stmt))

    def block_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements among which it stands."""
        parent = self.parents[statement]
        for name in _BLOCKS:
            block = getattr(parent, name, None)
            if isinstance(block, list) and statement in block:
                return block
        return [statement]  # a match case keeps its own

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """Those that tests run, in the order of the text; not below `if TYPE_CHECKING` and such."""
        return [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.stmt)
            and node.lineno in self.lines_run
            and not is_docstring(node)
            and not any(_is_special(up) for up in (node, *self.up(node)))
        ]

    @cached_property
    def expressions(self) -> list[ast.expr]:
        """Those of the statements that tests run, but for annotations, insides of f-strings
        (whose positions are not told before Python 3.12) and what is only said in words."""
        found: list[ast.expr] = []
        for statement in self.statements:
            todo: list[ast.AST] = list(_headers(statement))
            while todo:
                node = todo.pop()
                if isinstance(node, ast.JoinedStr | ast.arg):
                    continue
                if isinstance(node, ast.expr):
                    found.append(node)
                todo += [c for c in ast.iter_child_nodes(node) if not isinstance(c, ast.stmt)]
        return found

    # ---- ways to change them

    def replaced(self, node: ast.AST, text: str) -> Edit:
        return Edit(self.start(node), self.end(node), text)

    def standing_in(self, node: ast.expr, new: ast.expr) -> Edit:
        """`new`, a node of this module, in place of `node`; in parentheses where it needs them."""
        return self.replaced(node, self.fitting(node, new, self.code(new)))

    def fitting(self, place: ast.expr, new: ast.expr, text: str) -> str:
        parent = self.parents[place]
        closed = isinstance(parent, ast.stmt | ast.keyword | ast.List | ast.Tuple | ast.Dict) or (
            isinstance(parent, ast.Call) and place in parent.args
        )
        wide = "\n" in text and not (text[0] in "([{" and text[-1] in ")]}")
        if (isinstance(new, _LOOSE) and not closed) or (wide and not self._inside(place)):
            return text if text.startswith("(") and _is_closed(text) else f"({text})"
        return text

    def _inside(self, place: ast.expr) -> bool:
        """Whether it stands in brackets, where a line may end anywhere."""
        return any(isinstance(up, ast.Call | ast.List | ast.Dict) for up in self.up(place))

    def stands_alone(self, statement: ast.stmt) -> bool:
        """Whether its lines hold nothing else but a comment."""
        before = self.text[self.starts[statement.lineno - 1] : self.start(_first(statement))]
        end_line = statement.end_lineno or statement.lineno
        after = self.text[self.end(statement) : self.starts[end_line]].strip()
        return not before.strip() and (not after or after.startswith("#"))

    def without(self, *block: ast.stmt) -> Edit | None:
        """Takes neighbouring statements out, with the comments right above them; None where
        nothing else would be left in the block, or they share their lines with others."""
        siblings = self.block_of(block[0])
        if len(siblings) <= len(block) or not all(map(self.stands_alone, block)):
            return None
        first = _first(block[0]).lineno
        last = block[-1].end_lineno or block[-1].lineno
        indent = _indent(self.lines[first - 1])
        while first > 1 and self.lines[first - 2].startswith(f"{indent}#"):
            first -= 1
        if (first < 2 or not self.lines[first - 2].strip()) and last < len(self.lines):
            while last < len(self.lines) and not self.lines[last].strip():
                last += 1
        return Edit(self.starts[first - 1], self.starts[last], "")

    def dedented(self, inner: Sequence[ast.stmt], outer: ast.stmt) -> str | None:
        """The lines of a block, moved to where the statement around it stands; None where that
        cannot be done line by line."""
        if not all(map(self.stands_alone, inner)):
            return None
        if any(_is_long_text(node) for statement in inner for node in ast.walk(statement)):
            return None
        first, last = _first(inner[0]).lineno, inner[-1].end_lineno or inner[-1].lineno
        old = _indent(self.lines[first - 1])
        new = _indent(self.lines[outer.lineno - 1])
        while first > 1 and self.lines[first - 2].startswith(f"{old}#"):
            first -= 1
        lines = self.lines[first - 1 : last]
        if not all(line.startswith(old) or not line.strip() for line in lines):
            return None
        return "".join(new + line.removeprefix(old) if line.strip() else line for line in lines)

    def whole(self, statement: ast.stmt) -> tuple[int, int]:
        """Offsets of all its lines."""
        last = statement.end_lineno or statement.lineno
        return self.starts[_first(statement).lineno - 1], self.starts[last]

    def indent_of(self, statement: ast.stmt) -> str:
        return _indent(self.lines[statement.lineno - 1])


def applied(text: str, edits: Sequence[Edit]) -> str:
    """The text after edits that do not overlap."""
    for edit in sorted(edits, key=lambda e: (e.start, e.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def overlap(edits: Sequence[Edit]) -> bool:
    ordered = sorted(edits, key=lambda e: (e.start, e.end))
    return any(a.end >= b.start for a, b in pairwise(ordered))


def is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_special(node: ast.AST) -> bool:
    """Code that stands there for tools, other Pythons, or to run the module as a script."""
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(t, ast.Name) and re.fullmatch("__.*__", t.id) for t in targets)
    if isinstance(node, ast.If):
        named = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
        dotted = {n.attr for n in ast.walk(node.test) if isinstance(n, ast.Attribute)}
        return bool((named | dotted) & {"TYPE_CHECKING", "__name__", "version_info", "PY2", "PY3"})
    return False


def _headers(statement: ast.stmt) -> Iterator[ast.AST]:
    """What a statement has besides the statements in it, and besides annotations."""
    for name, value in ast.iter_fields(statement):
        if name in ("annotation", "returns", "targets", "type_params"):
            if name == "targets":  # their insides, as in a[i + 1] = x
                yield from (t for t in value if not isinstance(t, ast.Name))
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.stmt | ast.ExceptHandler):
                yield child


def _first(statement: ast.stmt) -> ast.stmt:
    """Where it begins: at its first decorator, if it has one."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    if not decorators:
        return statement
    at = decorators[0]
    return ast.Pass(lineno=at.lineno, col_offset=at.col_offset - 1)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _is_long_text(node: ast.AST) -> bool:
    text = isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )
    return text and node.lineno != node.end_lineno  # type: ignore[attr-defined]


def _is_closed(text: str) -> bool:
    """Whether the first parenthesis is closed by the last."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return place == len(text) - 1
    return False
