"""Draws bugs at random: first the kind, by how often people make it, then one place for it.

Since the kind comes first, a kind that tests rarely notice is tried as often as it takes, and the
share of each kind in the end is near its weight wherever a repository has places for it.
"""

from __future__ import annotations

import ast
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from random import Random

from fixit_runtime.tasks.make.kinds import KINDS, SLIP, SLIPS, Kind
from fixit_runtime.tasks.make.source import Change, Edit, Source, applied, overlap

_MOST_PLACES = 4  # of one edit that is repeated


class Pool:
    """All changes that could be put into the sources, each handed out at most once.

    `tests_of(path, line)` is how many tests run a line: lines of fewer tests are preferred,
    since what every test runs is what people get right first.
    """

    def __init__(
        self, sources: Mapping[str, Source], tests_of: Callable[[str, int], int], seed: int
    ) -> None:
        self.sources = sources
        self._tests_of, self._seed = tests_of, seed
        self._left: dict[str, list[tuple[float, Change]]] = {}

    def of(self, kind: Kind) -> list[tuple[float, Change]]:
        """The changes of a kind that are left, each with its weight."""
        if kind.name not in self._left:
            found = []
            for path, source in sorted(self.sources.items()):
                rng = Random(f"{self._seed} {kind.name} {path}")
                for change in kind.changes(source, rng):
                    count = max(1, self._tests_of(path, change.line))
                    found.append((change.likely / math.sqrt(count), change))
            self._left[kind.name] = found
        return self._left[kind.name]

    def take(
        self, kind: Kind, rng: Random, fits: Callable[[Change], bool] = lambda _: True
    ) -> Change | None:
        """One change of a kind, by weight; None where none is left that fits and parses."""
        left = self.of(kind)
        for _ in range(len(left)):
            at = _pick([w if w and fits(c) else 0.0 for w, c in left], rng)
            if at is None:
                return None
            _, change = left[at]
            left[at] = (0.0, change)
            if self.is_program(change.path, change.edits):
                return change
        return None

    def repeated(self, kind: Kind, rng: Random) -> Change | None:
        """One change made at several places of one function or class at once."""
        groups: dict[tuple[str, str, ast.AST | None], list[Change]] = defaultdict(list)
        for weight, change in self.of(kind):
            if weight and change.same_as:
                around = self._around(change)
                groups[change.path, change.same_as, around].append(change)
        ready = [g for group in groups.values() if len(g := _apart(group)) > 1]
        if not ready:
            return None
        chosen = rng.choice(ready)[:_MOST_PLACES]
        gone = {id(change) for change in chosen}
        self._left[kind.name] = [(0.0 if id(c) in gone else w, c) for w, c in self.of(kind)]
        edits = tuple(edit for change in chosen for edit in change.edits)
        first = chosen[0]
        whole = Change(kind.name, first.path, first.line, edits, first.same_as)
        return whole if self.is_program(whole.path, edits) else None

    def is_program(self, path: str, edits: Sequence[Edit]) -> bool:
        """Whether the changed text still parses, and to another program."""
        source = self.sources[path]
        if overlap(edits):
            return False
        try:
            tree = ast.parse(applied(source.text, edits))
            compile(tree, path, "exec")
        except (SyntaxError, ValueError, RecursionError):
            return False
        return ast.dump(tree) != source.kept("dump", lambda: ast.dump(source.tree))

    def function_around(self, change: Change) -> ast.AST | None:
        """The innermost function that holds the change's line."""
        found: ast.AST | None = None
        for node in ast.walk(self.sources[change.path].tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
                node.lineno <= change.line <= (node.end_lineno or 0)
            ):
                found = node
        return found

    def _around(self, change: Change) -> ast.AST | None:
        """The class, or else the function, that holds it."""
        for node in self.sources[change.path].tree.body:
            if node.lineno <= change.line <= (node.end_lineno or 0):
                return node
        return None


def draw_kind(rng: Random, *, of_several: bool = False) -> Kind:
    """A kind, as often as people make it: alone, or as one of several edits."""
    if not of_several and rng.random() < SLIPS:
        return SLIP
    at = _pick([kind.seen if of_several else kind.sole for kind in KINDS], rng)
    assert at is not None
    return KINDS[at]


def _apart(changes: Sequence[Change]) -> list[Change]:
    """Those that do not overlap, in the order of the text."""
    kept: list[Change] = []
    for change in sorted(changes, key=lambda c: c.edits[0].start):
        if not overlap([e for c in (*kept, change) for e in c.edits]):
            kept.append(change)
    return kept


def _pick(weights: Sequence[float], rng: Random) -> int | None:
    """A place in the list, by weight; None where all are zero."""
    sums = list(accumulate(weights))
    if not sums or not sums[-1]:
        return None
    mark = rng.random() * sums[-1]
    return next(place for place, total in enumerate(sums) if total > mark)
