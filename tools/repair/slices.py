"""One slice of a search: how much of the order it takes, and what it has brought so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from fixit_runtime.tools.repair.stream import Drawn

CLOSE = 0.5  # after the first that passes: all whose score is at least this part of its score
UNTRIED_LIMIT = 4_000  # edits of one slice that do not compile or are known: host time only
ENOUGH = 24  # candidates that pass: tests that weak tell no more of the next
LATE_MOST = 40  # candidates whose time was up, kept to be asked again


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate that the failing tests pass on. `tried`: the search had run the tests of so
    many, itself included. `late`: only once it was given more time."""

    drawn: Drawn
    tried: int
    late: bool = False


@dataclass(slots=True)
class Slice:
    """What one slice has brought so far.

    Args:
        size: candidates to try until one passes.
        handful: candidates to try after the first that passes, at least.
        before: candidates that slices before it have tried.
    """

    size: int
    handful: int
    before: int = 0
    tried: int = 0
    untried: int = 0
    late: list[Drawn] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)

    def room(self, score: float) -> int:
        """How many more candidates, the next of this score, still belong to the slice."""
        if self.untried >= UNTRIED_LIMIT or len(self.found) >= ENOUGH:
            return 0
        if not self.found:
            return self.size - self.tried
        first = self.found[0]
        at = first.tried - self.before
        most = at + max(self.handful, at)
        if score < CLOSE * first.drawn.score:
            most = at + self.handful
        return most - self.tried

    def add(self, drawn: Drawn, *, passes: bool, late: bool) -> None:
        """One candidate was tried."""
        self.tried += 1
        if passes:
            self.found.append(Found(drawn, self.before + self.tried))
        elif late and len(self.late) < LATE_MOST:
            self.late.append(drawn)
