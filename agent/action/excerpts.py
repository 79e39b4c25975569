"""Which parts of which files to show a model: short files whole, else the definitions around
the lines that matter and the imports above them. Pure; the text stays as it is in the file, so
that it can be searched for.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from fixit_runtime.agent.errors import PatchRefused
from fixit_runtime.tools.source import parsable, split_lines

WHOLE_FILE_CHARS = 5_000
SPAN_CHARS = 6_000
SMALLEST_CHARS = 100
WINDOW_LINES = 25
IMPORT_ROOTS = ("", "src/", "lib/")

Read = Callable[[str], str | None]
Place = tuple[str, int]  # path, line from 1
Span = tuple[int, int]  # first and last line, from 1, both inside


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Whole lines of a file. `whole` says that nothing of the file is left out."""

    path: str
    first: int
    last: int
    text: str
    whole: bool


def excerpts(places: Iterable[Place], read: Read, budget_chars: int) -> tuple[Excerpt, ...]:
    """What to show for these places, the most telling first, in at most so many characters.

    Files in the order of their first place; inside a file by line. What does not fit is left
    out, and smaller parts after it may still fit.
    """
    chosen: dict[str, set[Span]] = {}
    files: dict[str, _File] = {}
    left = budget_chars
    for path, line in places:
        if left < SMALLEST_CHARS:
            break  # places may be costly to find
        if path not in files:
            files[path] = _File(path, quietly(read, path))
        file = files[path]
        for span in file.spans(line, with_head=path not in chosen):
            taken = chosen.setdefault(path, set())
            size = file.size(span)
            if size <= left and not any(a <= span[0] and span[1] <= b for a, b in taken):
                taken.add(span)
                left -= size
    return tuple(
        files[path].excerpt(span) for path, spans in chosen.items() for span in _merged(spans)
    )


def definition_line(text: str, dotted: str) -> int | None:
    """The line of a function or class by its dotted name in this source; None if not there."""
    for name, node in _definitions(_tree(text)):
        if name == dotted:
            return _span_of(node)[0]
    return None


def imported_places(text: str, read: Read) -> Iterator[Place]:
    """Where the names stand that a source imports from the repository's own modules."""
    for node in ast.walk(_tree(text)):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in node.names:
                yield from _places_of(f"{node.module}.{name.name}", "", read)
                yield from _places_of(node.module, name.name, read)
        elif isinstance(node, ast.Import):
            for name in node.names:
                yield from _places_of(name.name, "", read)


def quietly(read: Read, path: str) -> str:
    """The file's text; empty where there is none that can be edited."""
    try:
        return read(path) or ""
    except PatchRefused:
        return ""


class _File:
    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.lines = [line.rstrip("\r\n") + "\n" for line in split_lines(parsable(text))]
        self.tree = _tree(text)

    def spans(self, line: int, *, with_head: bool) -> list[Span]:
        """The parts to show for a line: all of a short file, or its definition and the head."""
        if not 1 <= line <= len(self.lines):
            return []
        everything = (1, len(self.lines))
        if self.size(everything) <= WHOLE_FILE_CHARS:
            return [everything]
        around = self._definition(line) or self._window(line, everything)
        if self.size(around) > SPAN_CHARS:
            around = self._window(line, around)
        head = self._head()
        return [around, head] if with_head and head else [around]

    def size(self, span: Span) -> int:
        return sum(map(len, self.lines[span[0] - 1 : span[1]]))

    def excerpt(self, span: Span) -> Excerpt:
        text = "".join(self.lines[span[0] - 1 : span[1]])
        return Excerpt(self.path, *span, text, whole=span == (1, len(self.lines)))

    def _definition(self, line: int) -> Span | None:
        """The innermost function around a line that is no function's own function."""
        spans = [
            _span_of(node)
            for _, node in _definitions(self.tree)
            if not isinstance(node, ast.ClassDef)
        ]
        return max((s for s in spans if s[0] <= line <= s[1]), default=None)

    def _window(self, line: int, inside: Span) -> Span:
        return max(inside[0], line - WINDOW_LINES), min(inside[1], line + WINDOW_LINES)

    def _head(self) -> Span | None:
        """The lines down to the last import at the top of the module."""
        last = 0
        for node in self.tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                last = node.end_lineno or node.lineno
            elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                break
        head = (1, last)
        return head if last and self.size(head) <= SPAN_CHARS // 3 else None


def _definitions(
    tree: ast.AST, prefix: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    """Functions, classes and their methods by dotted name; nothing inside functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _definitions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _definitions(node, prefix)


def _span_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return first, node.end_lineno or node.lineno


def _places_of(module: str, name: str, read: Read, depth: int = 2) -> Iterator[Place]:
    """Where a module of the repository stands, or a name in it; where the module only passes
    the name on from another, there first."""
    stem = module.replace(".", "/")
    paths = (f"{root}{stem}{end}" for root in IMPORT_ROOTS for end in (".py", "/__init__.py"))
    path = next((path for path in paths if quietly(read, path)), None)
    if path is None:
        return
    text = quietly(read, path)
    line = definition_line(text, name) if name else None
    if name and line is None and depth:
        package = module if path.endswith("/__init__.py") else module.rpartition(".")[0]
        for source, its_name in _passed_on(text, name, package):
            yield from _places_of(source, its_name, read, depth - 1)
    yield path, line or 1


def _passed_on(text: str, name: str, package: str) -> Iterator[tuple[str, str]]:
    """From which module, and under what name there, a source imports this name."""
    for node in ast.walk(_tree(text)):
        if not isinstance(node, ast.ImportFrom):
            continue
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        parts = [*(above if node.level else []), *([node.module] if node.module else [])]
        for alias in node.names:
            if (alias.asname or alias.name) == name and parts:
                yield ".".join(parts), alias.name


def _merged(spans: Iterable[Span]) -> Sequence[Span]:
    """Spans by line; those that touch or overlap as one."""
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _tree(text: str) -> ast.Module:
    """The syntax tree; an empty one for what is not this Python's source."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the parsed code, not of ours
            return ast.parse(parsable(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])
