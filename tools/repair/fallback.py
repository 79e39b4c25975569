"""Where to look before anyone has localised: tracebacks, and what the failing tests import.

Lower quality than a plan's suspects: whole files, told apart only by which functions the
failing tests name. That is what makes a plan worth its price.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from fixit_runtime.agent.seams import Suspect, TestFacts
from fixit_runtime.tools.repair.edits import UNREADABLE
from fixit_runtime.tools.source import parsable

FRAME = 0.9  # the innermost frame in product code; each frame further out counts half
MENTIONED = 0.4  # a function that the failing tests name
IMPORTED = 0.15  # any other function of a file that they import
INDIRECT = 0.5  # of that, in files which those import in turn
FILES_LIMIT = 20
_ROOTS = ("", "src/", "lib/", "python/")
_PLACE = re.compile(r"File \"([^\"]+\.py)\", line (\d+)|^([\w./-]+\.py):(\d+)", re.MULTILINE)

Read = Callable[[str], str | None]


def suspects_without_plan(
    facts: TestFacts, read: Read, files: Sequence[str], mentioned: Iterable[str]
) -> tuple[Suspect, ...]:
    """Lines of `files` (product code only), the most suspicious first; () where nothing leads
    from the failing tests to one of them.

    Args:
        mentioned: names that the failing tests use.
    """
    found: dict[tuple[str, int], float] = {}
    for place, suspicion in _frames(facts, files):
        found[place] = max(suspicion, found.get(place, 0.0))
    imported = _imported(facts, read, files)
    whole = imported or dict.fromkeys(files[:FILES_LIMIT], INDIRECT)
    words = frozenset(mentioned)
    for path, nearness in whole.items():
        for line, suspicion in _lines(read(path), words):
            place = (path, line)
            found[place] = max(nearness * suspicion, found.get(place, 0.0))
    order = sorted(found, key=lambda place: (-found[place], place))
    return tuple(Suspect(path, line, found[path, line]) for path, line in order)


def _frames(facts: TestFacts, files: Sequence[str]) -> Iterator[tuple[tuple[str, int], float]]:
    """Traceback lines in product code; read from the text where a report has no frames."""
    known = frozenset(files)
    for report in facts.reports:
        frames = [frame for frame in reversed(report.frames) if frame[0] in known]
        frames = frames or list(reversed(list(_printed(report.text, files))))
        for depth, frame in enumerate(dict.fromkeys(frames)):
            yield frame, FRAME * 0.5**depth


def _printed(text: str, files: Sequence[str]) -> Iterator[tuple[str, int]]:
    for match in _PLACE.finditer(text):
        name, line = match[1] or match[3], int(match[2] or match[4])
        path = next((f for f in files if name == f or name.endswith(f"/{f}")), None)
        if path is not None:
            yield path, line


def _imported(facts: TestFacts, read: Read, files: Sequence[str]) -> dict[str, float]:
    """Product files that the failing tests import, and those that these import."""
    modules = _modules(files)
    tests = dict.fromkeys(nodeid.partition("::")[0] for nodeid in facts.failing)
    direct = dict.fromkeys(path for test in tests for path in _imports(test, read, modules))
    nearness = dict.fromkeys(direct, 1.0)
    for path in direct:
        for inner in _imports(path, read, modules):
            nearness.setdefault(inner, INDIRECT)
    return dict(list(nearness.items())[:FILES_LIMIT])


def _modules(files: Sequence[str]) -> dict[str, str]:
    """The product file behind each importable dotted name."""
    found: dict[str, str] = {}
    for path in files:
        for root in _ROOTS:
            if path.startswith(root):
                name = path[len(root) :].removesuffix(".py").removesuffix("/__init__")
                found.setdefault(name.replace("/", "."), path)
    return found


def _imports(path: str, read: Read, modules: Mapping[str, str]) -> Iterator[str]:
    """Product files that a file imports by name, relative imports included."""
    tree = _parsed(read(path))
    package = path.removesuffix(".py").removesuffix("/__init__").split("/")
    package = package if path.endswith("/__init__.py") else package[:-1]
    for node in ast.walk(tree) if tree else ():
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        for name in names:
            for root in ("", *(r.replace("/", ".") for r in _ROOTS if r)):
                if (target := modules.get(name.removeprefix(root))) and target != path:
                    yield target


def _lines(text: str | None, mentioned: frozenset[str]) -> Iterator[tuple[int, float]]:
    """Each statement's first line, functions that the tests mention above the rest."""
    tree = _parsed(text)
    pending: list[tuple[ast.AST, float]] = [(tree, 0.0)] if tree else []
    while pending:
        node, around = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            around = max(around, MENTIONED if node.name in mentioned else IMPORTED)
        elif isinstance(node, ast.ClassDef) and node.name in mentioned:
            around = max(around, (MENTIONED + IMPORTED) / 2)
        elif isinstance(node, ast.stmt) and around:
            yield node.lineno, around
        pending.extend((child, around) for child in ast.iter_child_nodes(node))


def _parsed(text: str | None) -> ast.Module | None:
    try:
        return None if text is None else ast.parse(parsable(text))
    except UNREADABLE:
        return None
