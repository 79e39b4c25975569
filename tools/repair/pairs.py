"""Two edits at once, begun by edits that go a part of the way alone: of several failing tests
they turn some green, or the failure comes later than it did.

Most of a second edit's cost is saved by that: of n edits there are n² pairs, but few go a part
of the way. Both edits are made of the untouched text, in one file or in two.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from fixit_runtime.agent.seams import TestFacts, TestResult
from fixit_runtime.tools.repair.rank import Ranked
from fixit_runtime.tools.repair.stream import Drawn, drawn
from fixit_runtime.tools.repair.trial import Tried

SEEDS = 30  # edits that go a part of the way, the furthest first
SINGLES = 600  # edits that were tried, the likeliest first: one of them is the other edit
LOOKED_AT = 6_000  # pairs of one request that overlap or do not compile: host time only


@dataclass(frozen=True, slots=True)
class _Seed:
    ranked: Ranked
    place: int
    fixed: frozenset[str]
    later: int  # failing tests that fail at a later line of theirs

    @property
    def merit(self) -> tuple[float, ...]:
        return (-len(self.fixed), -self.later, -self.ranked.score, self.place)


@dataclass(slots=True)
class Pairs:
    """What single edits have shown of one task. Pairs come once each, the likeliest first;
    `given` counts them."""

    given: int = 0

    _seeds: list[_Seed] = field(default_factory=list)
    _singles: list[tuple[Ranked, int]] = field(default_factory=list)
    _seen: set[tuple[int, int]] = field(default_factory=set)

    @property
    def furthest(self) -> int:
        """Failing tests that the best single edit so far turns green."""
        return len(self._seeds[0].fixed) if self._seeds else 0

    def add(self, one: Drawn, tried: Tried, facts: TestFacts) -> None:
        """Keep what a single edit that does not pass has shown."""
        ranked = one.edits[0]
        if len(self._singles) < SINGLES:
            self._singles.append((ranked, one.place))
        fixed = frozenset(tried.judgement.fixed)
        seed = _Seed(ranked, one.place, fixed, _later(facts, tried.results))
        if not tried.late and (seed.fixed or seed.later):
            self._seeds = sorted([*self._seeds, seed], key=lambda each: each.merit)[:SEEDS]

    def next(self, count: int, failing: int) -> list[Drawn]:
        """At most so many pairs that were not given before."""
        found: list[Drawn] = []
        for looked_at, (one, other) in enumerate(self._ordered(failing)):
            if len(found) >= count or looked_at >= LOOKED_AT:
                break
            key = (one[1], other[1]) if one[1] < other[1] else (other[1], one[1])
            if key in self._seen:
                continue
            self._seen.add(key)
            if (pair := both(*one, *other)) is not None:
                found.append(pair)
        self.given += len(found)
        return found

    def _ordered(self, failing: int) -> Iterator[tuple[tuple[Ranked, int], tuple[Ranked, int]]]:
        """Two seeds that fix all tests between them first, then each seed with the likeliest
        other edits, a few of each in turn."""
        seeds = [(seed.ranked, seed.place) for seed in self._seeds]
        for n, one in enumerate(self._seeds):
            for m in range(n + 1, len(self._seeds)):
                if len(one.fixed | self._seeds[m].fixed) >= failing:
                    yield seeds[n], seeds[m]
        for depth in range(len(seeds) + len(self._singles)):
            for n in range(min(depth + 1, len(seeds))):
                if (m := depth - n) < len(self._singles) and seeds[n] != self._singles[m]:
                    yield seeds[n], self._singles[m]


def both(one: Ranked, place: int, other: Ranked, other_place: int) -> Drawn | None:
    """Two edits at once; None where they overlap, or do not compile together."""
    at = max(place, other_place)
    if one.edit.path != other.edit.path:
        made = drawn(one, at), drawn(other, at)
        if made[0] is None or made[1] is None:
            return None
        label = "\0".join(sorted(each.id for each in made if each))
        files = {**made[0].files, **made[1].files}
        name = hashlib.sha256(label.encode()).hexdigest()[:16]
        return Drawn(name, files, (one, other), at)
    pieces = sorted((*one.edit.replacements, *other.edit.replacements))
    if any(b.start < a.end or b.start == a.start for a, b in itertools.pairwise(pieces)):
        return None
    together = replace(one, edit=replace(one.edit, replacements=tuple(pieces)))
    made_one = drawn(together, at)
    return None if made_one is None else replace(made_one, edits=(one, other))


def _later(facts: TestFacts, results: Sequence[TestResult]) -> int:
    """Failing tests that fail now at a later line of their own file than at first."""
    before = {report.nodeid: _line(report) for report in facts.reports}
    lines = ((before.get(result.nodeid, 0), _line(result)) for result in results)
    return sum(0 < old < new for old, new in lines)


def _line(result: TestResult) -> int:
    path = result.nodeid.partition("::")[0]
    return next((line for place, line in reversed(result.frames) if place == path), 0)
