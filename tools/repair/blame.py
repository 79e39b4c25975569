"""From suspicious lines to suspicious statements."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from fixit_runtime.tools.repair.module import Module

UNSEEN = 0.15
"""Of the greatest suspicion in its function: a statement there that no test points at, since
it did not run where it should have. Assumed, until learned."""
ELSEWHERE = 0.05
"""Of the greatest suspicion in its file: top level, class bodies and definitions, which ran at
import, before any test. Functions without a suspicious line get nothing. Assumed."""


def blame(module: Module, lines: Mapping[int, float]) -> list[tuple[ast.stmt, float]]:
    """Each statement of a file that could be at fault, with its suspicion in (0, 1], the
    greatest first, then in source order.

    Args:
        lines: suspicion by line. A line counts for the innermost statement on it, and for one
            that starts on it; a statement's suspicion is its greatest line's.
    """
    own = _own(module, lines)
    top = max(own.values(), default=0.0)
    worst: dict[int, float] = {}
    for statement in module.statements:
        function = module.function_of(statement)
        if function is not None and (here := own.get(id(statement), 0.0)):
            worst[id(function)] = max(here, worst.get(id(function), 0.0))
    found: list[tuple[ast.stmt, float]] = []
    for statement in module.statements:
        function = module.function_of(statement)
        least = ELSEWHERE * top if function is None else UNSEEN * worst.get(id(function), 0.0)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            least = max(least, UNSEEN * worst.get(id(statement), 0.0))
        suspicion = max(own.get(id(statement), 0.0), least)
        if suspicion > 0 and not isinstance(statement, ast.Import | ast.ImportFrom):
            found.append((statement, suspicion))
    return sorted(found, key=lambda pair: -pair[1])


def _own(module: Module, lines: Mapping[int, float]) -> dict[int, float]:
    """Suspicion by statement of the lines that are its own and not those of one inside it."""
    innermost: dict[int, ast.stmt] = {}
    starting: dict[int, list[ast.stmt]] = {}
    for statement in module.statements:  # outer ones come first
        for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
            if line in lines:
                innermost[line] = statement
        starting.setdefault(statement.lineno, []).append(statement)
    own: dict[int, float] = {}
    for line, suspicion in lines.items():
        for statement in {
            id(s): s for s in (*starting.get(line, ()), innermost.get(line)) if s
        }.values():
            own[id(statement)] = max(suspicion, own.get(id(statement), 0.0))
    return own
