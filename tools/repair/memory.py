"""What a search has learned beside where it stands, as text that goes with its cursor: which
candidates passed the failing tests, and which edits went a part of the way.

Each is written by its place in its order, which is made again, so that no test need be run a
second time. Between the commas of a cursor stand, beside its counts,

    +90ab12cd.37/1b2c3d4e/49/3    passed: place, id, tried when found, neighbours; none where it
                                  is no rival; "/late" where it needed more time; a pair has two
                                  places, with & between
    ~90ab12cd.12/5f6a7b8c/3/0/40/ begins pairs: place, id, tests turned green (bits, hexadecimal),
                                  tests that fail later, singles reached, seeds met
    !0a1b2c3d/17                  the failing tests that these bits are of, and pairs given

A part that cannot be read counts as not there, and so does one whose id is not that of what
stands at its place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fixit_runtime.tools.repair.cursor import DIGITS, At

PASSED_MOST = 200  # candidates that passed, rivals first: what a cursor holds is bounded
ID = 8  # digits of an id that are kept: enough to tell that the order is another one
_N = rf"([0-9]{{1,{DIGITS}}})"
_ID = rf"([0-9a-f]{{{ID}}})"
_AT = rf"\w{{1,40}}\.[0-9]{{1,{DIGITS}}}"
_PASSED = re.compile(rf"\+({_AT}(?:&{_AT})?)/{_ID}/{_N}/([0-9]{{0,{DIGITS}}})(/late)?", re.ASCII)
_SEED = re.compile(rf"~({_AT})/{_ID}/([0-9a-f]+)/{_N}/{_N}/((?:{_AT}(?:&{_AT})*)?)", re.ASCII)
_GIVEN = re.compile(rf"!{_ID}/{_N}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Passed:
    """A candidate that the failing tests pass on. `at`: its edit, or both. `neighbours`: so many
    tests around it pass too; None where it is no rival of others. `late` as in `Found`."""

    at: tuple[At, ...]
    id: str
    tried: int
    neighbours: int | None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Seed:
    """An edit that goes a part of the way: `fixed` are failing tests that it turns green, `later`
    counts those that fail at a later line of theirs. It was tried together with the first
    `reached` of the single edits, and with the seeds `met`."""

    at: At
    id: str
    fixed: frozenset[str]
    later: int
    reached: int = 0
    met: frozenset[At] = frozenset()


@dataclass(frozen=True, slots=True)
class Memory:
    """All of it. `given`: pairs that were tried."""

    passed: tuple[Passed, ...] = ()
    seeds: tuple[Seed, ...] = ()
    given: int = 0


def parse(text: str, failing: Sequence[str]) -> Memory:
    """What can be read. Seeds of other failing tests tell nothing of these."""
    names = sorted(failing)
    passed: list[Passed] = []
    seeds: list[Seed] = []
    given: int | None = None
    for part in text.split(","):
        if found := _PASSED.fullmatch(part):
            at, name, tried, near, late = found.groups()
            places = tuple(map(_at, at.split("&")))
            passed.append(
                Passed(places, name, int(tried), int(near) if near else None, late is not None)
            )
        elif found := _SEED.fullmatch(part):
            at, name, bits, later, reached, met = found.groups()
            fixed = int(bits, 16)
            if fixed >> len(names) == 0:
                green = frozenset(test for n, test in enumerate(names) if fixed >> n & 1)
                others = frozenset(_at(each) for each in met.split("&") if each)
                seeds.append(Seed(_at(at), name, green, int(later), int(reached), others))
        elif (found := _GIVEN.fullmatch(part)) and found[1] == _digest(names):
            given = int(found[2])
    return Memory(tuple(passed), tuple(seeds) if given is not None else (), given or 0)


def written(memory: Memory, failing: Sequence[str]) -> str:
    """`parse` turned round; "" where there is nothing to remember."""
    return ",".join(_parts(memory, sorted(failing)))


def _parts(memory: Memory, names: Sequence[str]) -> Iterator[str]:
    for each in memory.passed[:PASSED_MOST]:
        near = "" if each.neighbours is None else each.neighbours
        late = "/late" if each.late else ""
        yield f"+{_places(each.at)}/{each.id[:ID]}/{each.tried}/{near}{late}"
    for seed in memory.seeds:
        bits = sum(1 << n for n, test in enumerate(names) if test in seed.fixed)
        met = _places(sorted(seed.met))
        yield f"~{_places([seed.at])}/{seed.id[:ID]}/{bits:x}/{seed.later}/{seed.reached}/{met}"
    if memory.seeds or memory.given:
        yield f"!{_digest(names)}/{memory.given}"


def _at(text: str) -> At:
    name, _, place = text.partition(".")
    return name, int(place)


def _places(at: Sequence[At]) -> str:
    return "&".join(f"{name}.{place}" for name, place in at)


def _digest(names: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(names).encode()).hexdigest()[:ID]
