"""The part of a module that a candidate changes, compiled alone: a long file would cost most of a
candidate's time else. Sent into the sandbox with `worker.py`: Python 3.8+, standard library only.

A part is whole top-level statements, or members of one top-level class in a class that has no
others, on the lines where they stand in the file.
"""
# ruff: noqa: PTH123

from __future__ import annotations
import __future__

import ast
import types
from bisect import bisect_right
from typing import NamedTuple

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


class Base:
    """A file as it is. Raises OSError, SyntaxError, ValueError, RecursionError, MemoryError."""

    def __init__(self, filename: str) -> None:
        with open(filename, "rb") as file:
            self.source = file.read()
        self.tree = ast.parse(self.source)
        self._filename = filename
        self._lines = self.source.split(b"\n")
        self._flags = compile(self.source, filename, "exec", dont_inherit=True).co_flags & _FUTURES
        self._codes: dict[Part, types.CodeType] = {}
        self._parts = [Part(0, len(self._lines), b"", _starts(self.tree.body, 0))]
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) and node.body[0].lineno > node.lineno:
                first, end = _first_line(node.body[0]) - 1, node.end_lineno or 0
                header = b"class " + node.name.encode() + b":"
                self._parts.append(Part(first, end, header, _starts(node.body, first)))
        head = b"\n".join(self._lines[:2])
        self._whole = b"coding" in head or head.startswith(b"\xef\xbb\xbf") or b"\r" in self.source

    def compiled(self, data: bytes) -> tuple[types.CodeType, types.CodeType]:
        """The part that differs, as it is and as `data` has it. Raises as the class does."""
        lines = data.split(b"\n")
        part = self._changed(lines)
        if part not in self._codes:
            self._codes[part] = self._code(self._lines, part, part.end)
        return self._codes[part], self._code(lines, part, part.end + len(lines) - len(self._lines))

    def _code(self, lines: list[bytes], part: Part, end: int) -> types.CodeType:
        text = b"\n".join(lines[part.first : end]) + b"\n"
        if part.header:
            text = part.header + (b"\n" if text.strip() else b" pass\n") + text
        text = b"\n" * (part.first - bool(part.header)) + text
        code: types.CodeType = compile(text, self._filename, "exec", self._flags, dont_inherit=True)
        return code

    def _changed(self, lines: list[bytes]) -> Part:
        """The least part that holds all lines that differ."""
        old = self._lines
        if self._whole:
            return self._parts[0]
        most = min(len(old), len(lines))
        front = next((n for n in range(most) if old[n] != lines[n]), most)
        back = next((n for n in range(most - front) if old[-1 - n] != lines[-1 - n]), most - front)
        last = len(old) - back - 1  # before `front` where lines are only put in
        parts = [part for part in self._parts if part.first <= front and last < part.end]
        return parts[-1].least(front, last)


class Part(NamedTuple):
    """Lines [first, end) of a file, from 0, below a class's `header` or none; `starts`: where
    parts of it begin that can be compiled alone, in ascending order."""

    first: int
    end: int
    header: bytes
    starts: tuple[int, ...]

    def least(self, front: int, last: int) -> Part:
        """Those statements of it that hold the lines from `front` to `last`; what is put in
        between two may belong to either."""
        at = bisect_right(self.starts, min(front, last)) - 1
        until = bisect_right(self.starts, max(front, last)) - 1
        end = self.starts[until + 1] if until + 1 < len(self.starts) else self.end
        return Part(self.starts[max(at, 0)], end, self.header, ())


def _starts(body: list[ast.stmt], first: int) -> tuple[int, ...]:
    """Where the lines of each statement start that shares none with the one before."""
    starts, last = [first], 0
    for node in body:
        line = _first_line(node)
        if line > last > 0:
            starts.append(line - 1)
        last = node.end_lineno or line
    return tuple(starts)


def _first_line(node: ast.stmt) -> int:
    """With its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])
