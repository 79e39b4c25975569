"""Bugs of exceptions: one that is not caught."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from random import Random

from fixit_runtime.tasks.make.source import Change, Edit, Source

# a wider type, and one that a person thinks of first
_NARROWER = {
    "Exception": ("ValueError", "KeyError"), "LookupError": ("KeyError", "IndexError"),
    "ArithmeticError": ("ZeroDivisionError",), "OSError": ("FileNotFoundError",),
    "IOError": ("FileNotFoundError",), "ValueError": ("TypeError", "KeyError"),
    "KeyError": ("AttributeError", "IndexError"), "AttributeError": ("KeyError", "TypeError"),
    "IndexError": ("KeyError",), "TypeError": ("ValueError", "AttributeError"),
    "ImportError": ("ModuleNotFoundError",), "StopIteration": ("IndexError",),
    "UnicodeError": ("UnicodeDecodeError",), "BaseException": ("Exception",),
}  # fmt: skip


def try_missing(source: Source, rng: Random) -> Iterator[Change]:
    """What may fail is done without a try."""
    for node in source.statements:
        if isinstance(node, ast.Try) and not node.finalbody and source.stands_alone(node):
            text = source.dedented([*node.body], node)
            rest = source.dedented([*node.orelse], node) if node.orelse else ""
            if text is not None and rest is not None:
                edits = (Edit(*source.whole(node), text + rest),)
                yield Change("try missing", source.path, node.lineno, edits)


def exception_narrowed(source: Source, rng: Random) -> Iterator[Change]:
    """A type too few is caught, or another one."""
    for handler in _handlers(source):
        kind = handler.type
        if isinstance(kind, ast.Tuple):
            for gone in kind.elts:
                rest = [source.code(t) for t in kind.elts if t is not gone]
                text = rest[0] if len(rest) == 1 else f"({', '.join(rest)})"
                if rest:
                    edits = (source.replaced(kind, text),)
                    yield Change("exception narrowed", source.path, kind.lineno, edits)
        elif isinstance(kind, ast.Name):
            for other in _NARROWER.get(kind.id, ()):
                edits = (source.replaced(kind, other),)
                yield Change("exception narrowed", source.path, kind.lineno, edits)


def handler_missing(source: Source, rng: Random) -> Iterator[Change]:
    """One of several handlers is missing."""
    for node in source.statements:
        if isinstance(node, ast.Try) and len(node.handlers) > 1:
            for handler in node.handlers:
                end = source.starts[handler.body[-1].end_lineno or handler.lineno]
                edits = (Edit(source.starts[handler.lineno - 1], end, ""),)
                yield Change("handler missing", source.path, handler.lineno, edits)


def _handlers(source: Source) -> Iterator[ast.ExceptHandler]:
    for node in source.statements:
        if isinstance(node, ast.Try):
            yield from node.handlers
