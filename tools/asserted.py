"""What a failing assertion hangs on: which functions the test called for it, and the values that
it saw and did not want."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from fixit_runtime.agent.seams import TestResult
from fixit_runtime.tools.protect import is_test_file

VALUES_MOST = 40
_ERROR_LINE = re.compile(r"^E\s+(.*)$", re.MULTILINE)
_ASSERTED = re.compile(r"^(?:AssertionError: )?assert (.+)$", re.MULTILINE)
_DIFFERING = re.compile(r"^\s*- (.*)\n(?:\s*\?.*\n)?\s*\+ (.*)$", re.MULTILINE)
_WORD = re.compile(r"\w+")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError, TypeError)

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Asserted:
    """`called`: names of functions and methods; `seen`: numbers, texts and words of texts that
    are in what came out and not in what was wanted."""

    called: frozenset[str] = frozenset()
    seen: frozenset[Value] = frozenset()


def asserted(reports: Iterable[TestResult], read: Callable[[str], str | None]) -> Asserted:
    """Of all failing assertions.

    Args:
        read: the text of a file of the repository; None where there is none.
    """
    called: set[str] = set()
    seen: dict[Value, None] = {}
    trees: dict[str, ast.Module | None] = {}
    for report in reports:
        seen.update(dict.fromkeys(_unwanted(said(report))))
        place = next((f for f in reversed(report.frames) if is_test_file(f[0])), None)
        if place is None:
            continue
        path, line = place
        if path not in trees:
            trees[path] = parsed(read(path))
        if (tree := trees[path]) is not None:
            called.update(called_for(tree, line))
    return Asserted(frozenset(called), frozenset(list(seen)[:VALUES_MOST]))


def called_for(tree: ast.AST, line: int) -> Iterator[str]:
    """What is called by the statement at a line of a test and by the assignments before it that
    its names come from, a backward slice (M. Weiser, *Program Slicing*, 1981) by syntax."""
    function = _innermost(tree, line)
    statements = [n for n in ast.walk(function) if isinstance(n, ast.stmt) and n is not function]
    before = sorted((s for s in statements if s.lineno <= line), key=lambda s: -s.lineno)
    wanted: set[str] = set()
    for number, statement in enumerate(before):
        own = list(_own(statement))
        written = {n.id for n in own if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        if number == 0 or written & wanted:
            wanted |= {n.id for n in own if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            for node in own:
                match node:
                    case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                        yield name


def _innermost(tree: ast.AST, line: int) -> ast.AST:
    found = tree
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS) and node.lineno <= line <= (node.end_lineno or 0):
            found = node  # inner ones come later
    return found


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement without those of statements inside it."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(c for c in ast.iter_child_nodes(node) if not isinstance(c, ast.stmt))


def _unwanted(text: str) -> Iterator[Value]:
    diff = ((got, wanted) for wanted, got in differing(text))
    for got, wanted in (*compared(text), *diff):
        expected = set(leaves(wanted))
        yield from (value for value in leaves(got) if value not in expected)


def said(report: TestResult) -> str:
    """What a report says of the error itself: pytest marks these lines with E."""
    return "\n".join(_ERROR_LINE.findall(report.text)) or report.text


def compared(text: str) -> Iterator[tuple[object, object]]:
    """(got, wanted) of each assertion whose values can be read."""
    for line in _ASSERTED.findall(text):
        try:
            tree = ast.parse(line, mode="eval").body
            match tree:
                case ast.UnaryOp(op=ast.Not(), operand=value):
                    yield bool(ast.literal_eval(value)), False
                case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
                    yield ast.literal_eval(left), ast.literal_eval(right)
                case ast.Constant(value=value):
                    yield bool(value), True
        except _UNREADABLE:
            continue


def differing(text: str) -> list[tuple[str, str]]:
    """(wanted, got): two lines of pytest's diff, where "-" stands before what was wanted."""
    return _DIFFERING.findall(text)


def leaves(value: object) -> Iterator[Value]:
    """Numbers, texts and words, however deep they lie. 0, 1 and the empty text tell nothing."""
    match value:
        case bool() | None:
            return
        case str():
            if value:
                yield value
            yield from (word for word in _WORD.findall(value) if len(word) > 1 and word != value)
        case int() | float():
            if value not in (0, 1):
                yield value
        case dict():
            for pair in value.items():
                yield from leaves(pair)
        case list() | tuple():
            for item in value:
                yield from leaves(item)
        case set() | frozenset():
            for item in sorted(value, key=repr):  # the same order in every process
                yield from leaves(item)


def parsed(text: str | None) -> ast.Module | None:
    """The tree of a file; None where there is none, or it cannot be read."""
    try:
        return None if text is None else ast.parse(text)
    except _UNREADABLE:
        return None
