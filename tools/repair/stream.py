"""One order of candidates while it is consumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from fixit_runtime.tools.repair.cursor import At
from fixit_runtime.tools.repair.edits import mutate
from fixit_runtime.tools.repair.rank import Ranked


@dataclass(frozen=True, slots=True)
class Drawn:
    """A candidate: an edit, or two at once, with the new texts, and where each edit stands in
    its order. Equal syntax trees of equal files have equal ids."""

    id: str
    files: Mapping[str, str]
    edits: tuple[Ranked, ...]
    at: tuple[At, ...]

    @property
    def place(self) -> int:
        """In the order: that of the later edit."""
        return max(place for _, place in self.at)

    @property
    def score(self) -> float:
        """How likely it was before its tests were run."""
        product = 1.0
        for ranked in self.edits:
            product *= ranked.score
        return product

    @property
    def trust(self) -> float:
        """How far its templates are to be trusted."""
        return min(ranked.kind.trust for ranked in self.edits)

    @property
    def note(self) -> str:
        """What it changes, in words."""
        return "; ".join(
            f"{r.edit.path}:{r.line}: {r.edit.note} ({r.kind.name})" for r in self.edits
        )


def drawn(ranked: Ranked, at: At) -> Drawn | None:
    """The candidate of one edit; None where that does not compile or changes nothing."""
    mutant = mutate(ranked.source, ranked.edit)
    if mutant is None:
        return None
    return Drawn(mutant.id, {mutant.path: mutant.text}, (ranked,), (at,))


@dataclass(slots=True)
class Stream:
    """`place` counts the edits taken, tried or not: where the order was left."""

    name: str
    edits: Iterator[Ranked]
    place: int = 0
    exhausted: bool = False

    @property
    def at(self) -> At:
        """Of the edit that was taken last."""
        return self.name, self.place

    def take(self) -> Ranked | None:
        """The next edit; None at the end."""
        ranked = next(self.edits, None)
        self.exhausted = ranked is None
        self.place += ranked is not None
        return ranked

    def put_back(self, taken: Sequence[Ranked]) -> None:
        """The last ones that were taken, in the order in which they came."""
        if taken:
            self.edits = chain(taken, self.edits)
            self.place -= len(taken)
            self.exhausted = False
