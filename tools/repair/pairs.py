"""Two edits at once, begun by edits that go a part of the way alone: of several failing tests
they turn some green, or the failure comes later than it did.

Most of a second edit's cost is saved by that: of n edits there are n² pairs, but few go a part
of the way. Both edits are made of the untouched text, in one file or in two.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fixit_runtime.agent.seams import TestFacts, TestResult
from fixit_runtime.tools.repair.cursor import At
from fixit_runtime.tools.repair.memory import Seed
from fixit_runtime.tools.repair.rank import Ranked
from fixit_runtime.tools.repair.stream import Drawn, drawn
from fixit_runtime.tools.repair.trial import Tried

SEEDS = 30  # edits that go a part of the way, the furthest first
SINGLES = 600  # edits that were tried, the likeliest first: one of them is the other edit
LOOKED_AT = 6_000  # pairs of one request that overlap or do not compile: host time only


@dataclass(slots=True)
class Pairs:
    """What single edits have shown of one task. Pairs come once each, the likeliest first;
    `given` counts them. What is kept of a seed says which pairs it was in, so that a search that
    was interrupted goes on with the next (`recall`)."""

    given: int = 0

    _seeds: dict[At, Seed] = field(default_factory=dict)  # the furthest first
    _singles: dict[At, int] = field(default_factory=dict)  # numbered in the order of their tries
    _edits: dict[At, Ranked] = field(default_factory=dict)

    @property
    def seeds(self) -> tuple[Seed, ...]:
        """The furthest first; they have met none that is no seed any more."""
        known = self._seeds.keys()
        return tuple(replace(each, met=each.met & known) for each in self._seeds.values())

    @property
    def furthest(self) -> int:
        """Failing tests that the best single edit so far turns green."""
        return max((len(seed.fixed) for seed in self._seeds.values()), default=0)

    def add(self, one: Drawn, tried: Tried, facts: TestFacts) -> None:
        """Keep what a single edit that does not pass has shown."""
        self.add_single(one)
        fixed = frozenset(tried.judgement.fixed)
        seed = Seed(one.at[0], one.id, fixed, _later(facts, tried.results))
        if not tried.late and (seed.fixed or seed.later):
            self._add_seeds({seed.at: one.edits[0]}, seed)

    def add_single(self, one: Drawn) -> None:
        """One that does not pass, and may be the other edit."""
        if len(self._singles) < SINGLES:
            self._singles[one.at[0]] = len(self._singles)
            self._edits[one.at[0]] = one.edits[0]

    def recall(self, seeds: Sequence[Seed], known: Mapping[At, Drawn], given: int) -> None:
        """Begin pairs with these seeds again, as far as they are known."""
        found = [s for s in seeds if s.at in known and known[s.at].id.startswith(s.id)]
        self._add_seeds({seed.at: known[seed.at].edits[0] for seed in found}, *found)
        self.given = given

    def next(self, count: int, failing: int) -> list[Drawn]:
        """At most so many pairs that were not given before."""
        found: list[Drawn] = []
        for looked_at, (one, other) in enumerate(self._ordered(failing), 1):
            pair = both((self._edits[one], one), (self._edits[other], other))
            if pair is not None:
                found.append(pair)
            if len(found) >= count or looked_at >= LOOKED_AT:
                break
        self.given += len(found)
        return found

    def _ordered(self, failing: int) -> Iterator[tuple[At, At]]:
        """What was not given before: two seeds that fix all tests between them first, then each
        seed with the likeliest other edits, a few of each in turn."""
        seeds, singles = list(self._seeds), list(self._singles)
        for one, other in itertools.combinations(seeds, 2):
            fixed = self._seeds[one].fixed | self._seeds[other].fixed
            if len(fixed) >= failing and not self._is_given(one, other):
                self._seeds[one] = replace(self._seeds[one], met=self._seeds[one].met | {other})
                yield one, other
        for depth in range(len(seeds) + len(singles)):
            for n, one in enumerate(seeds[: depth + 1]):
                m = depth - n
                if not self._seeds[one].reached <= m < len(singles):
                    continue
                known = one == singles[m] or self._is_given(one, singles[m])
                self._seeds[one] = replace(self._seeds[one], reached=m + 1)
                if not known:
                    yield one, singles[m]

    def _is_given(self, one: At, other: At) -> bool:
        return self._has_met(one, other) or self._has_met(other, one)

    def _has_met(self, seed: At, other: At) -> bool:
        known = self._seeds.get(seed)
        return known is not None and (
            other in known.met or self._singles.get(other, SINGLES) < known.reached
        )

    def _add_seeds(self, edits: Mapping[At, Ranked], *seeds: Seed) -> None:
        self._edits.update(edits)
        every = {**self._seeds, **{seed.at: seed for seed in seeds}}
        self._seeds = dict(sorted(every.items(), key=self._merit)[:SEEDS])
        for at in every.keys() - self._seeds.keys() - self._singles.keys():
            del self._edits[at]

    def _merit(self, item: tuple[At, Seed]) -> tuple[float, float, float, int, str]:
        (order, place), seed = item
        score = self._edits[seed.at].score
        return -len(seed.fixed), -seed.later, -score, place, order


def both(one: tuple[Ranked, At], other: tuple[Ranked, At]) -> Drawn | None:
    """Two edits at once; None where they overlap, or do not compile together."""
    (first, at), (second, other_at) = one, other
    places = (at, other_at)
    if first.edit.path != second.edit.path:
        made = drawn(first, at), drawn(second, other_at)
        if made[0] is None or made[1] is None:
            return None
        label = "\0".join(sorted(each.id for each in made if each))
        files = {**made[0].files, **made[1].files}
        name = hashlib.sha256(label.encode()).hexdigest()[:16]
        return Drawn(name, files, (first, second), places)
    pieces = sorted((*first.edit.replacements, *second.edit.replacements))
    if any(b.start < a.end or b.start == a.start for a, b in itertools.pairwise(pieces)):
        return None
    together = replace(first, edit=replace(first.edit, replacements=tuple(pieces)))
    made_one = drawn(together, at)
    return None if made_one is None else replace(made_one, edits=(first, second), at=places)


def _later(facts: TestFacts, results: Sequence[TestResult]) -> int:
    """Failing tests that fail now at a later line of their own file than at first."""
    before = {report.nodeid: _line(report) for report in facts.reports}
    lines = ((before.get(result.nodeid, 0), _line(result)) for result in results)
    return sum(0 < old < new for old, new in lines)


def _line(result: TestResult) -> int:
    path = result.nodeid.partition("::")[0]
    return next((line for place, line in reversed(result.frames) if place == path), 0)
