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
from collections.abc import Iterator, Sequence
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
    """Characters [start, end) of a file, which can be parsed between these two texts."""

    start: int
    end: int
    before: str
    after: str

    def framed(self, text: str) -> str:
        return self.before + text + self.after


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
    def _is_ascii(self) -> bool:
        return self.text.isascii()

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
        if self._is_ascii:
            return start + utf8_column
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
    def chunks(self) -> tuple[Chunk, ...]:
        """The text in pieces of whole lines: top-level statements, and the members of top-level
        classes, of which the first stays with the class statement.

        An edit changes few of them, so a mutant of a long file is checked in little time.
        """
        frames = {0: ("", "")}
        for before, after in pairwise(self.tree.body):
            if (start := self._start_between(before, after)) is not None:
                frames[start] = ("", "")
        for owner in self.tree.body:
            if not isinstance(owner, ast.ClassDef):
                continue
            another = f"{self.margin(owner.body[0])}0\n"
            starts = [self._start_between(*pair) for pair in pairwise(owner.body)]
            members = {start: (f"class _:\n{another}", f"\n{another}") for start in starts if start}
            if members:
                frames[max(at for at in frames if at < min(members))] = ("", f"\n{another}")
                frames |= members
                frames[max(members)] = (f"class _:\n{another}", "")  # the class may end here
        places = sorted(frames)
        ends = (*places[1:], len(self.text))
        return tuple(Chunk(at, end, *frames[at]) for at, end in zip(places, ends, strict=True))

    def chunk_at(self, offset: int) -> int:
        """The number of the chunk that holds this character."""
        return bisect_right(self.chunks, offset, key=lambda chunk: chunk.start) - 1

    def _start_between(self, before: ast.stmt, after: ast.stmt) -> int | None:
        """Where the second of two neighbours' lines start; None if they share one."""
        first = _first_line(after)
        return self.line_starts[first - 1] if first > _number(before, "end_lineno") else None


def mutate(source: Source, edit: Edit) -> Mutant | None:
    """The file with the edit made; None where that does not compile or changes nothing.

    Only the chunks that the edit touches are compiled and hashed.
    """
    parts: list[str] = []
    shapes: list[str] = []
    at, changed = 0, False
    try:
        for chunk, replacements in _touched(source, edit.replacements):
            old = source.text[chunk.start : chunk.end]
            new = apply(old, replacements)
            shape = _compiled_shape(chunk.framed(new), edit.path)
            changed = changed or shape != _shape(chunk.framed(old))
            parts += (source.text[at : chunk.start], new)
            shapes.append(f"{chunk.start}\0{chunk.end}\0{shape}")
            at = chunk.end
    except UNREADABLE:
        return None
    if not changed:
        return None
    label = "\0".join((edit.path, *shapes))
    text = "".join((*parts, source.text[at:]))
    return Mutant(edit.path, text, hashlib.sha256(label.encode()).hexdigest()[:16], edit)


def _touched(
    source: Source, replacements: Sequence[Replacement]
) -> Iterator[tuple[Chunk, list[Replacement]]]:
    """The chunks that are changed, in order, each with what is replaced there, counted from its
    start. Neighbours that are changed together are one."""
    found: list[tuple[int, int, list[Replacement]]] = []
    for each in sorted(replacements):
        # What is inserted between two statements may belong to either.
        first = source.chunk_at(max(each.start - (each.start == each.end), 0))
        last, here = source.chunk_at(max(each.start, each.end - 1)), [each]
        first = _outer(source.chunks, first, last)
        while found and first <= found[-1][1]:
            before = found.pop()
            first, last = min(first, before[0]), max(last, before[1])
            first, here = _outer(source.chunks, first, last), [*before[2], *here]
        found.append((first, last, here))
    for first, last, here in found:
        ahead, behind = source.chunks[first], source.chunks[last]
        chunk = Chunk(ahead.start, behind.end, ahead.before, behind.after)
        yield chunk, [Replacement(r.start - chunk.start, r.end - chunk.start, r.text) for r in here]


def _outer(chunks: Sequence[Chunk], first: int, last: int) -> int:
    """The first chunk to parse with the last one: where a class ends between them, its head."""
    if not all(chunk.before for chunk in chunks[first + 1 : last + 1]):
        while chunks[first].before:
            first -= 1
    return first


def _compiled_shape(text: str, path: str) -> str:
    """The canonical tree of a text that compiles. Raises what UNREADABLE names."""
    tree = _parse(text, path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(tree, path, "exec", dont_inherit=True)
    return ast.dump(canonical(tree))


@lru_cache(maxsize=128)
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
