"""Where the fault may be: statements that failing tests run and passing tests do not.

Ochiai, after R. Abreu, P. Zoeteweij and A. van Gemund, *On the Accuracy of Spectrum-based Fault
Localization* (2007): for a statement that ef of F failing tests and ep passing tests ran,

    suspiciousness = ef / sqrt(F · (ef + ep))

Two things are added, since a few tests cannot tell some statements apart:

- Traceback. The innermost frame of a failing test outside the tests is raised by half of what
  is missing to 1, the frame around it by a quarter, and so on: s + (1 − s)·2^−k.
- Imports. A statement at module level runs once, before any test. It counts as run by every
  test that ran anything else in its file, by all tests where none did, and by every test that
  failed while it was collected.
"""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fixit_runtime.agent.seams import Outcome, SuiteRun, Suspect, TestFacts, TestResult
from fixit_runtime.tools.probe_report import IMPORT
from fixit_runtime.tools.protect import is_test_file

_BLOCKS = (ast.ExceptHandler, ast.match_case)
_INERT = (ast.Pass, ast.Global, ast.Nonlocal, ast.Try, ast.TryStar)

Place = tuple[str, int]
Lines = Mapping[str, frozenset[int]]


def localise(
    facts: TestFacts, run_with_coverage: SuiteRun, read: Callable[[str], str | None]
) -> tuple[Suspect, ...]:
    """Statements outside the tests by suspiciousness, strongest first; a statement stands at its
    first line. Ties: nearer to a traceback's frame first, then by path and line.

    Args:
        run_with_coverage: a run of the whole suite. Without coverage only tracebacks count.
        read: the text of a file of the repository, None where there is none.
    """
    run = run_with_coverage
    files = _Files(read)
    failing = set(facts.failing)
    passing = set(run.with_outcome(Outcome.PASSED)) - failing - set(facts.flaky)
    spectrum = _Spectrum(run, files, failing)
    failed, passed = Counter[Place](), Counter[Place]()
    for nodeid in failing:
        failed.update(spectrum.statements(nodeid))
    for nodeid in passing:
        passed.update(spectrum.statements(nodeid))
    boosts = _boosts(_reports(facts, run), files)
    scores = {
        place: raised(ochiai(failed[place], passed[place], len(failing)), boosts.get(place, 0.0))
        for place in {*failed, *boosts}
    }
    near = _distance(boosts)
    order = sorted(scores, key=lambda place: (-scores[place], near(place), place))
    return tuple(Suspect(path, line, scores[path, line]) for path, line in order)


def ochiai(failed: int, passed: int, all_failed: int) -> float:
    """ef / sqrt(F·(ef + ep)) in [0, 1]; 0 where no failing test ran the statement."""
    if failed == 0:
        return 0.0
    return min(1.0, failed / math.sqrt(all_failed * (failed + passed)))


def raised(suspiciousness: float, share: float) -> float:
    """Moved towards 1 by a share of what is missing."""
    return suspiciousness + (1.0 - suspiciousness) * share


class _Spectrum:
    """Which statements each test ran, imports shared out as the module's docstring says."""

    def __init__(self, run: SuiteRun, files: _Files, failing: set[str]) -> None:
        self._files = files
        self._coverage = {n: _product(lines) for n, lines in run.coverage.items()}
        self._imports = self._coverage.pop(IMPORT, {})
        touched = {path for lines in self._coverage.values() for path in lines}
        self._untouched = {p: n for p, n in self._imports.items() if p not in touched}
        self._uncollected = failing & {nodeid for nodeid, _ in run.errors}

    def statements(self, nodeid: str) -> Iterator[Place]:
        """Each statement once. None for a test whose lines are not known."""
        heads = self._files.heads
        if nodeid in self._uncollected:
            own, imported = dict[str, frozenset[int]](), self._imports
        elif (known := self._coverage.get(nodeid)) is None:
            return
        else:
            beside = {p: self._imports[p] for p in known if p in self._imports}
            own, imported = known, {**self._untouched, **beside}
        for path in {**own, **imported}:
            nothing = frozenset[int]()
            ran = heads(path, own.get(path, nothing)) | heads(path, imported.get(path, nothing))
            for line in ran:
                yield path, line


class _Files:
    """Statements of the repository's files, each file parsed once."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        self._read = read
        self._known: dict[str, _Statements] = {}
        self._heads: dict[tuple[str, frozenset[int]], frozenset[int]] = {}

    def heads(self, path: str, lines: frozenset[int]) -> frozenset[int]:
        """The first lines of the statements on these lines, without those that do nothing."""
        if (path, lines) not in self._heads:  # many tests run the same lines of a file
            known = self._of(path)
            heads = frozenset(known.head.get(line, line) for line in lines)
            self._heads[path, lines] = heads - known.inert
        return self._heads[path, lines]

    def head(self, path: str, line: int) -> int:
        return self._of(path).head.get(line, line)

    def _of(self, path: str) -> _Statements:
        if path not in self._known:
            self._known[path] = statements_of(self._read(path) or "")
        return self._known[path]


@dataclass(frozen=True, slots=True)
class _Statements:
    """`head`: line -> first line of its statement; `inert`: first lines of statements that
    cannot be at fault (docstrings, a bare def or class line, pass, try)."""

    head: Mapping[int, int]
    inert: frozenset[int]


def statements_of(source: str) -> _Statements:
    """The statements of a module; a compound statement is its header only. A text that cannot
    be parsed has none: each of its lines then stands for itself."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return _Statements({}, frozenset())
    head: dict[int, int] = {}
    inert: set[int] = set()
    live: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.stmt, *_BLOCKS)):
            first, start, last = _header(node)
            head.update(dict.fromkeys(range(start, last + 1), first))
            (inert if _is_inert(node) else live).add(first)
    return _Statements(head, frozenset(inert - live))


def _header(node: ast.stmt | ast.ExceptHandler | ast.match_case) -> tuple[int, int, int]:
    """(line that names it, first line with decorators, last line of the header)."""
    first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    start = min([first, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    if body:
        return first, start, max(first, _header(body[0])[1] - 1)
    return first, start, getattr(node, "end_lineno", None) or first


def _is_inert(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            arguments = node.args
            return not (node.decorator_list or arguments.defaults or any(arguments.kw_defaults))
        case ast.ClassDef():
            return not (node.decorator_list or node.bases or node.keywords)
    return isinstance(node, _INERT)


def _product(lines: Lines) -> dict[str, frozenset[int]]:
    return {p: n for p, n in lines.items() if p.endswith(".py") and not is_test_file(p)}


def _reports(facts: TestFacts, run: SuiteRun) -> Iterator[TestResult]:
    """A report of each failing test: this run's, or else that of the first runs."""
    now = {result.nodeid: result for result in run.results if result.frames}
    before = {report.nodeid: report for report in facts.reports}
    for nodeid in facts.failing:
        if (report := now.get(nodeid) or before.get(nodeid)) is not None:
            yield report


def _boosts(reports: Iterator[TestResult], files: _Files) -> dict[Place, float]:
    """The share by which each statement of a traceback is raised."""
    boosts: dict[Place, float] = {}
    for report in reports:
        product = [frame for frame in reversed(report.frames) if not is_test_file(frame[0])]
        places = dict.fromkeys((path, files.head(path, line)) for path, line in product)
        for depth, place in enumerate(places, start=1):
            boosts[place] = max(boosts.get(place, 0.0), 0.5**depth)
    return boosts


def _distance(places: Mapping[Place, float]) -> Callable[[Place], float]:
    """Lines from a place to the nearest of these in the same file; infinite where none is."""
    by_path: dict[str, list[int]] = {}
    for path, line in places:
        by_path.setdefault(path, []).append(line)

    def distance(place: Place) -> float:
        lines: Sequence[int] = by_path.get(place[0], ())
        return min((abs(line - place[1]) for line in lines), default=math.inf)

    return distance
