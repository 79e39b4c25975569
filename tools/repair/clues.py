"""What the failing tests say beyond their colour: exceptions, names, literals, values."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from fixit_runtime.agent.seams import TestFacts, TestResult, Typed
from fixit_runtime.tools.asserted import Asserted, asserted, differing, parsed, said
from fixit_runtime.tools.repair.edits import UNREADABLE
from fixit_runtime.tools.repair.sorts import sort_of
from fixit_runtime.tools.repair.symptoms import symptoms

LITERALS_LIMIT = 60  # of each kind, the most telling first
_UNDEFINED = re.compile(
    r"name '(\w+)' is not defined|local variable '(\w+)'|cannot import name '(\w+)'"
)
_NO_ATTRIBUTE = re.compile(r"has no attribute '(\w+)'")
_NO_KEYWORD = re.compile(r"unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"missing \d+ required .*argument.*?: (.*)$", re.MULTILINE)
_EXPECTED_ERROR = re.compile(r"DID NOT RAISE.*?(\w+)'?>?\)?$|(\w+) not raised", re.MULTILINE)
_UNEQUAL = re.compile(
    r"(?:assert |AssertionError: (?!assert ))(.+?) (?:==|!=) (.+?)(?: : .*)?$", re.MULTILINE
)

NONE_ERROR = "NoneError"  # an AttributeError or TypeError that says that something was None
_ON_NONE = ("AttributeError", "TypeError")

Literal = str | int | float
Classes = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Clues:
    """Facts of the failing tests that templates and the order of candidates use.

    `errors` maps a failure's exception class name (or NONE_ERROR) to the statements (path, line)
    of product code where it was raised, if it was raised there. `pairs` are two unequal values
    that an assertion showed. `attributes` were not found, `on_none` on None. `mentioned` are the
    names that the failing tests' own code uses; `symptoms` say how the values differ that it
    compares (see `symptoms`), `passed` which sorts of arguments it passes, by function. `seen`
    are the classes, by name, of what names held at run time: by path, by the first line of a
    function, by name ("return" for what it gave). `asserted`: what the failing assertions called
    and saw.
    """

    errors: Mapping[str, frozenset[tuple[str, int]]] = field(default_factory=dict)
    undefined: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    on_none: bool = False
    keywords: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    expected_errors: tuple[str, ...] = ()
    numbers: tuple[int | float, ...] = ()
    strings: tuple[str, ...] = ()
    pairs: tuple[tuple[Literal, Literal], ...] = ()
    mentioned: frozenset[str] = frozenset()
    symptoms: frozenset[str] = frozenset()
    passed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seen: Mapping[str, Mapping[int, Classes]] = field(default_factory=dict)
    asserted: Asserted = field(default_factory=Asserted)

    def with_types(self, types: Iterable[Typed]) -> Clues:
        """These, and what a traced run saw of names."""
        seen: dict[str, dict[int, Classes]] = {}
        for typed in types:
            seen.setdefault(typed.path, {})[typed.line] = typed.names
        return replace(self, seen=seen)

    def raised_at(self, path: str, lines: Iterable[int]) -> frozenset[str]:
        """Exceptions that were raised on one of these lines."""
        here = {(path, line) for line in lines}
        return frozenset(name for name, places in self.errors.items() if places & here)


def clues(
    facts: TestFacts, read: Callable[[str], str | None], is_product: Callable[[str], bool]
) -> Clues:
    """Read the failing tests' reports and their sources.

    Args:
        read: the text of a file of the repository; None where there is none.
        is_product: whether a path belongs to the code that may be repaired.
    """
    reports = facts.reports
    text = "\n".join(said(report) for report in reports)
    tests = list(_tests(facts.failing, read))
    found = [value for tree in tests for value in literals(tree)]
    found += [value for pair in _pairs(text) for value in pair]
    values = [value for value, _ in Counter(found).most_common()]
    return Clues(
        errors=_errors(reports, is_product),
        undefined=_words(_UNDEFINED, text),
        attributes=_words(_NO_ATTRIBUTE, text),
        on_none="'NoneType' object" in text,
        keywords=_words(_NO_KEYWORD, text),
        missing=frozenset(re.findall(r"'(\w+)'", " ".join(_MISSING.findall(text)))),
        expected_errors=tuple(sorted(_words(_EXPECTED_ERROR, text))),
        numbers=tuple(v for v in values if isinstance(v, int | float))[:LITERALS_LIMIT],
        strings=tuple(v for v in values if isinstance(v, str))[:LITERALS_LIMIT],
        pairs=tuple(dict.fromkeys(_pairs(text))),
        mentioned=frozenset(name for tree in tests for name in _names(tree)),
        symptoms=symptoms(facts, text),
        passed=_passed(tests),
        asserted=asserted(reports, read),
    )


def _passed(tests: Iterable[ast.AST]) -> dict[str, tuple[str, ...]]:
    """The sorts of the positional arguments of each function that the tests call: of the call
    with the most that are known."""
    found: dict[str, tuple[str, ...]] = {}
    for tree in tests:
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args):
                    made = tuple(sort_of(arg, {}) for arg in args)
                    if sum(map(bool, made)) > sum(map(bool, found.get(name, ()))):
                        found[name] = made
    return found


def test_functions(tree: ast.Module, nodeid: str) -> list[ast.AST]:
    """The parts of a test file that a nodeid names: the function, or the whole file."""
    wanted = re.sub(r"\[.*", "", nodeid, flags=re.DOTALL).split("::")[-1]
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    named = [n for n in ast.walk(tree) if isinstance(n, kinds) and n.name == wanted]
    return list(named) or [tree]


def _tests(failing: Iterable[str], read: Callable[[str], str | None]) -> Iterator[ast.AST]:
    trees: dict[str, ast.Module | None] = {}
    seen: set[int] = set()
    for nodeid in failing:
        path = nodeid.partition("::")[0]
        if path not in trees:
            trees[path] = parsed(read(path))
        tree = trees[path]
        for part in test_functions(tree, nodeid) if tree else ():
            if id(part) not in seen:
                seen.add(id(part))
                yield part


def _errors(
    reports: Iterable[TestResult], is_product: Callable[[str], bool]
) -> dict[str, frozenset[tuple[str, int]]]:
    found: dict[str, set[tuple[str, int]]] = {}
    for report in reports:
        if report.error_type:
            on_none = report.error_type in _ON_NONE and "NoneType" in said(report)
            places = found.setdefault(NONE_ERROR if on_none else report.error_type, set())
            if report.frames and is_product(report.frames[-1][0]):
                places.add(report.frames[-1])
    return {name: frozenset(places) for name, places in found.items()}


def _words(pattern: re.Pattern[str], text: str) -> frozenset[str]:
    return frozenset(word for match in pattern.finditer(text) for word in match.groups() if word)


def _pairs(text: str) -> Iterator[tuple[Literal, Literal]]:
    """Two unequal values: of an assertion's two sides, or of two lines of pytest's diff."""
    for left, right in _UNEQUAL.findall(text):
        values = _literal(left), _literal(right)
        if values[0] is not None and values[1] is not None and values[0] != values[1]:
            yield values[0], values[1]
    yield from differing(text)


def _literal(text: str) -> Literal | None:
    try:
        value = ast.literal_eval(text.strip())
    except UNREADABLE:
        return None
    return value if isinstance(value, Literal) and not isinstance(value, bool) else None


def literals(tree: ast.AST) -> Iterator[Literal]:
    """Strings and numbers of a tree, free-standing strings left out."""
    free = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in free:
            value = node.value
            if isinstance(value, Literal) and not isinstance(value, bool):
                yield value


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
