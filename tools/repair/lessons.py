"""A bug whose right edit is known: what an order of candidates is fitted to and judged by.

No test is run for it: which drafts are right is seen from syntax trees. A lesson needs the test
facts, the suspects, the original texts and the right ones: what a task with a reference fix
gives after one run with coverage.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from fixit_runtime.agent.seams import Suspect, TestFacts, Typed
from fixit_runtime.tools.repair.blame import blame
from fixit_runtime.tools.repair.canonical import canonical
from fixit_runtime.tools.repair.clues import Clues, clues
from fixit_runtime.tools.repair.context import Site
from fixit_runtime.tools.repair.edits import UNREADABLE, apply
from fixit_runtime.tools.repair.features import Place
from fixit_runtime.tools.repair.module import Module
from fixit_runtime.tools.repair.package import Package, nearest
from fixit_runtime.tools.repair.prior import Prior
from fixit_runtime.tools.repair.rank import DRAFTS_LIMIT, Made, Order
from fixit_runtime.tools.repair.repetition import everywhere
from fixit_runtime.tools.repair.templates import KINDS
from fixit_runtime.tools.source import parsable, split_lines


@dataclass(frozen=True)
class Lesson:
    """One bug, localised, with its right edit.

    Args:
        group: what must not be split between training and judging: a package, a program.
        kind: of the fault, for tables; "" where unknown.
        read: the original text of a file of the repository; None where there is none.
        suspects: in product files.
        right: the whole right texts of the files that the fix changes.
    """

    name: str
    group: str
    kind: str
    read: Callable[[str], str | None]
    facts: TestFacts
    suspects: tuple[Suspect, ...]
    right: Mapping[str, str]
    types: tuple[Typed, ...] = ()

    @cached_property
    def clues(self) -> Clues:
        product = {suspect.path for suspect in self.suspects} | set(self.right)
        said = clues(self.facts, self.read, product.__contains__)
        return said.with_types(self.types)

    def order(self, prior: Prior) -> Order:
        return Order(self.read, self.suspects, self.clues, prior=prior)

    @cached_property
    def target(self) -> Target | None:
        """The one file that the fix changes; None where no single edit can make it."""
        if len(self.right) != 1:
            return None
        ((path, after),) = self.right.items()
        before = self.read(path)
        return None if before is None else Target.of(path, before, after)

    def in_reach(self) -> Iterator[Made]:
        """The right drafts among all that the templates make at the place of the fix."""
        if self.target is None or (text := self.read(self.target.path)) is None:
            return
        module = Module(self.target.path, text)
        lines = {s.line: s.suspiciousness for s in self.suspects if s.path == self.target.path}
        paths = tuple(dict.fromkeys(suspect.path for suspect in self.suspects))
        package = Package(self.read, nearest(paths, self.target.path))
        ranks = {id(s): (how, at) for at, (s, how) in enumerate(blame(module, lines))}
        for statement in module.statements:
            if id(statement) in ranks and self.target.is_near(statement):
                how, at = ranks[id(statement)]
                site = Site(module, statement, self.clues, package)
                place = Place(site, how, at, len(self.suspects))
                for kind in KINDS:
                    for count, draft in enumerate(kind.make(site)):
                        if count >= DRAFTS_LIMIT:
                            break
                        for each in (draft, *everywhere(site, draft)):
                            made = Made(0.0, place, kind, each)
                            if self.target.is_made_by(made):
                                yield made


@dataclass(frozen=True)
class Target:
    """What the right edit makes of one file, and the lines that it changes."""

    path: str
    before: str
    first: int
    last: int
    shape: str
    taken: Counter[str]
    brought: Counter[str]

    @classmethod
    def of(cls, path: str, before: str, after: str) -> Target | None:
        matcher = difflib.SequenceMatcher(None, split_lines(before), split_lines(after), False)
        changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
        shape = _shape(after)
        if not changed or shape is None:
            return None
        first, last = changed[0][1] + 1, max(changed[-1][2], changed[0][1] + 1)
        old, new = _words(before), _words(after)
        return cls(path, before, first, last, shape, old - new, new - old)

    def is_near(self, statement: ast.stmt) -> bool:
        end = statement.end_lineno or statement.lineno
        return statement.lineno <= self.last + 2 and end >= self.first - 2

    def is_made_by(self, made: Made) -> bool:
        """Whether the draft gives the right syntax tree."""
        site = made.place.site
        if site.module.path != self.path:
            return False
        source, pieces = site.module.source, made.draft.replacements
        first = source.line_of(min(piece.start for piece in pieces))
        last = source.line_of(max(piece.end for piece in pieces))
        if first > self.last + 2 or last < self.first - 2:
            return False
        old = _words(" ".join(self.before[piece.start : piece.end] for piece in pieces))
        new = _words(" ".join(piece.text for piece in pieces))
        if old - new != self.taken or new - old != self.brought:
            return False
        return _shape(apply(self.before, pieces)) == self.shape


_WORD = re.compile(r"\b(?!not\b|is\b|in\b|and\b|or\b|pass\b|raise\b)[^\W\d]\w+")


def _words(text: str) -> Counter[str]:
    """The names in a text, of two letters or more: equal trees have equal names."""
    return Counter(_WORD.findall(text))


def _shape(text: str) -> str | None:
    try:
        return ast.dump(_Loose().visit(canonical(ast.parse(parsable(text)))))
    except UNREADABLE:
        return None


class _Loose(ast.NodeTransformer):
    """What counts as the same repair: sums and products in any order, any error message."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Add | ast.Mult):
            node.left, node.right = sorted((node.left, node.right), key=ast.dump)
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        self.generic_visit(node)
        if isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            node.exc = node.exc.func
        return node
