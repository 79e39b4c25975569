"""Edits of Python source that leave everything else as it was typed.

An `Edit` replaces spans of one file's text. Comments, quotes, blank lines and line ends outside
these spans stay untouched, so the diff is what a person would have typed. `mutate` applies an
edit and checks it; two edits whose results have the same syntax tree give the same id.
"""

from __future__ import annotations

import ast
import hashlib
import re
import warnings
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

from fixit_runtime.tools.repair.canonical import canonical
from fixit_runtime.tools.source import BOM, newline_of, parsable

_LINE_END = re.compile(r"\r\n|\r|\n")
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What ast.parse and compile raise for text that is not this Python's source."""


@dataclass(frozen=True, slots=True, order=True)
class Replacement:
    """Characters [start, end) of a text, and what stands there instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one file. `template` made it; `note` says in words what it does."""

    path: str
    replacements: tuple[Replacement, ...]
    template: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mutant:
    """The whole new text of a file. `id` is equal for equal syntax trees of equal files."""

    path: str
    text: str
    id: str
    edit: Edit


def apply(text: str, replacements: Sequence[Replacement]) -> str:
    """The text with all replacements made.

    Raises:
        ValueError: two of them overlap, or one lies outside the text.
    """
    parts: list[str] = []
    at = 0
    for replacement in sorted(replacements):
        if not at <= replacement.start <= replacement.end <= len(text):
            raise ValueError(f"{replacement} overlaps another one or lies outside the text")
        parts += (text[at : replacement.start], replacement.text)
        at = replacement.end
    return "".join((*parts, text[at:]))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Characters [start, end) of a text: whole statements, `inside` a class or not."""

    start: int
    end: int
    inside: bool = False

    def alone(self, text: str) -> str:
        """The text of these statements as a program."""
        return f"if 1:\n{text}" if self.inside else text


@dataclass(frozen=True)
class Source:
    """A Python file's text and its syntax tree, with the way from nodes to characters.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: this Python cannot parse the text.
    """

    path: str
    text: str
    tree: ast.Module = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tree", _parse(self.text, self.path))

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Where each line starts: entry 0 is line 1. The parser's lines, which form feeds
        and Unicode separators do not end."""
        first = len(BOM) if self.text.startswith(BOM) else 0
        return (first, *(end.end() for end in _LINE_END.finditer(self.text)))

    @cached_property
    def newline(self) -> str:
        """The file's own line end."""
        return newline_of(self.text)

    @cached_property
    def indent(self) -> str:
        """One level of indentation as this file writes it."""
        for node in ast.walk(self.tree):
            body = getattr(node, "body", None)
            if isinstance(node, ast.stmt) and isinstance(body, list) and body:
                outer, inner = self.margin(node), self.margin(body[0])
                if inner.startswith(outer) and len(inner) > len(outer):
                    return inner[len(outer) :]
        return "    "

    def offset(self, line: int, utf8_column: int) -> int:
        """The character at a position of the syntax tree, whose columns count UTF-8 bytes."""
        start = self.line_starts[line - 1]
        piece = self.text[start : start + utf8_column]
        if piece.isascii():
            return start + utf8_column
        return start + len(piece.encode()[:utf8_column].decode(errors="ignore"))

    def line_of(self, offset: int) -> int:
        """The line, from 1, that holds this character."""
        return bisect_right(self.line_starts, offset)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Start and end of an expression or statement; decorators are not part of it."""
        line, column = _number(node, "lineno"), _number(node, "col_offset")
        end_line, end_column = _number(node, "end_lineno"), _number(node, "end_col_offset")
        return self.offset(line, column), self.offset(end_line, end_column)

    def segment(self, node: ast.AST) -> str:
        """The node as it stands in the text."""
        start, end = self.span(node)
        return self.text[start:end]

    def margin(self, statement: ast.stmt) -> str:
        """The white space before the statement's line."""
        start = self.line_starts[statement.lineno - 1]
        line = self.text[start : self.span(statement)[0]]
        return line[: len(line) - len(line.lstrip(" \t\f"))]

    def lines_of(self, statement: ast.stmt) -> tuple[int, int] | None:
        """The span of the statement's whole lines, decorators and the last line's comment and
        line end included; None where it shares a line with another statement."""
        start = self.line_starts[_first_line(statement) - 1]
        own, end = self.span(statement)
        line = _number(statement, "end_lineno")
        stop = self.line_starts[line] if line < len(self.line_starts) else len(self.text)
        rest = self.text[end:stop].strip()
        before = self.text[self.line_starts[statement.lineno - 1] : own].strip()
        return None if before or (rest and not rest.startswith("#")) else (start, stop)

    @cached_property
    def chunks(self) -> tuple[int, ...]:
        """Where each run of whole lines that holds top-level statements starts."""
        return (0, *self._starts(self.tree.body)[1:])

    @cached_property
    def members(self) -> tuple[Chunk, ...]:
        """The runs of whole lines that hold members of a top-level class, in order."""
        found: list[Chunk] = []
        for top in self.tree.body:
            if isinstance(top, ast.ClassDef) and top.body[0].lineno > top.lineno:
                below = self.line_starts[_number(top, "end_lineno") :]
                starts = [*self._starts(top.body), below[0] if below else len(self.text)]
                found += [Chunk(*each, inside=True) for each in pairwise(starts)]
        return tuple(found)

    def _starts(self, body: Sequence[ast.stmt]) -> list[int]:
        """Where the lines of each statement start that shares none with the one before."""
        starts = [self.line_starts[_first_line(body[0]) - 1]] if body else [0]
        for before, after in pairwise(body):
            if _first_line(after) > _number(before, "end_lineno"):
                starts.append(self.line_starts[_first_line(after) - 1])
        return starts

    def around(self, replacements: Sequence[Replacement]) -> Chunk:
        """The least run of whole statements that can be compiled without the rest of the file,
        and that holds all of these: members of a class, or top-level statements.

        An edit changes few of them, so a mutant of a long file is checked in little time.
        """
        # What is inserted between two statements may belong to either.
        start = max(min(r.start - (r.start == r.end) for r in replacements), 0)
        end = max(max(r.start + 1, r.end) for r in replacements)
        at = bisect_right(self.members, start, key=lambda member: member.start) - 1
        if at >= 0 and end <= self.members[at].end:
            return self.members[at]
        first = bisect_right(self.chunks, start) - 1
        last = bisect_right(self.chunks, end - 1)
        return Chunk(self.chunks[first], [*self.chunks, len(self.text)][last])


def mutate(source: Source, edit: Edit) -> Mutant | None:
    """The file with the edit made; None where that does not compile or changes nothing.

    Only the statements around the edit are compiled and hashed.
    """
    chunk = source.around(edit.replacements)
    start, end = chunk.start, chunk.end
    moved = [Replacement(r.start - start, r.end - start, r.text) for r in edit.replacements]
    try:
        old = source.text[start:end]
        new = apply(old, moved)
        tree = _parse(chunk.alone(new), edit.path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(tree, edit.path, "exec", dont_inherit=True)
        shape = ast.dump(canonical(tree))
        if shape == _shape(chunk.alone(old)):
            return None
    except UNREADABLE:
        return None
    label = f"{edit.path}\0{start}\0{end}\0{shape}"
    text = source.text[:start] + new + source.text[end:]
    return Mutant(edit.path, text, hashlib.sha256(label.encode()).hexdigest()[:16], edit)


@lru_cache(maxsize=32)
def _shape(text: str) -> str:
    return ast.dump(canonical(_parse(text, "")))


def _parse(text: str, path: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a target's odd escapes are no concern of ours
        return ast.parse(parsable(text), path)


def _first_line(statement: ast.stmt) -> int:
    """With its decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _number(node: ast.AST, name: str) -> int:
    value = getattr(node, name)
    if not isinstance(value, int):
        raise ValueError(f"{node} has no position")
    return value
