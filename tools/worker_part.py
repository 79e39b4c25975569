"""The part of a module that a candidate changes, compiled alone: a long file would cost most of a
candidate's time else. Sent into the sandbox with `worker.py`: Python 3.8+, standard library only.

A part is whole top-level statements, on the lines where they stand in the file.
"""
# ruff: noqa: PTH123

from __future__ import annotations
import __future__

import ast
import types
from bisect import bisect_right

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
        self._codes: dict[tuple[int, int], types.CodeType] = {}
        self._starts = [0]
        last = 0
        for node in self.tree.body:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            if first > last > 0:
                self._starts.append(first - 1)
            last = node.end_lineno or first
        head = b"\n".join(self._lines[:2])
        self._whole = b"coding" in head or head.startswith(b"\xef\xbb\xbf") or b"\r" in self.source

    def compiled(self, data: bytes) -> tuple[types.CodeType, types.CodeType]:
        """The part that differs, as it is and as `data` has it. Raises as the class does."""
        lines = data.split(b"\n")
        first, end = self._changed(lines)
        grown = len(lines) - len(self._lines)
        if (first, end) not in self._codes:
            self._codes[first, end] = self._code(self._lines, first, end)
        return self._codes[first, end], self._code(lines, first, end + grown)

    def _code(self, lines: list[bytes], first: int, end: int) -> types.CodeType:
        text = b"\n" * first + b"\n".join(lines[first:end]) + b"\n"
        code: types.CodeType = compile(text, self._filename, "exec", self._flags, dont_inherit=True)
        return code

    def _changed(self, lines: list[bytes]) -> tuple[int, int]:
        """From the first line to before the last, from 0, of the statements that differ."""
        old = self._lines
        if self._whole:
            return 0, len(old)
        most = min(len(old), len(lines))
        front = next((n for n in range(most) if old[n] != lines[n]), most)
        back = next((n for n in range(most - front) if old[-1 - n] != lines[-1 - n]), most - front)
        at = bisect_right(self._starts, min(front, len(old) - 1)) - 1
        until = bisect_right(self._starts, max(len(old) - back - 1, front)) - 1
        end = self._starts[until + 1] if until + 1 < len(self._starts) else len(old)
        return self._starts[at], end
