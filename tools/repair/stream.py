"""One order of candidates while it is consumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from fixit_runtime.tools.repair.edits import Mutant
from fixit_runtime.tools.repair.rank import Ranked


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mutant with the edit that it came from. `place` is its place in the order."""

    mutant: Mutant
    ranked: Ranked
    place: int


@dataclass(slots=True)
class Stream:
    """`place` counts the edits taken, tried or not: where the order was left."""

    name: str
    edits: Iterator[Ranked]
    place: int = 0
    exhausted: bool = False

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
