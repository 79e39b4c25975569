"""How far a patch that turns the failing tests green is to be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fixit_runtime.tools.repair.edits import Mutant
from fixit_runtime.tools.repair.rank import Ranked

SAME_LINE = 0.3  # what a rival counts that changes the same line: the two often do the same
RIVALRY = 0.4  # exponent of a candidate's part of all plausible weight: assumed. Below 1, since
# rivals often do the same, and since the rest of the suite settles many cases later
DOUBT_PER_TEST = 0.9  # factor on the doubt for each further failing test, up to 8: assumed


@dataclass(frozen=True, slots=True)
class Plausible:
    """A mutant that the failing tests pass on. `place` is its place in the order."""

    mutant: Mutant
    ranked: Ranked
    place: int

    @property
    def weight(self) -> float:
        """How likely it was before the tests, times how far its template is to be trusted."""
        return self.ranked.score * self.ranked.kind.trust


def priors(found: Sequence[Plausible], failing: int) -> list[float]:
    """P(right | the failing tests pass) for each, all assumptions until learned:

        (1 − (1 − trust)·0.9^(failing tests − 1)) x (its part of the plausible weight)^0.4

    A rival's weight counts 0.3 times where it changes the same line.

    Args:
        found: all plausible candidates that nothing has refused yet; equal syntax trees once.
        failing: how many failing tests pass on them.
    """
    doubts = DOUBT_PER_TEST ** (min(max(failing, 1), 8) - 1)
    return [
        (1 - (1 - each.ranked.kind.trust) * doubts) * _part(each, found) ** RIVALRY
        for each in found
    ]


def _part(one: Plausible, found: Sequence[Plausible]) -> float:
    """Its weight among all, those that change the same line counted less."""
    place = (one.mutant.path, one.ranked.line)
    rivals = sum(
        each.weight * (SAME_LINE if (each.mutant.path, each.ranked.line) == place else 1.0)
        for each in found
        if each is not one
    )
    total = one.weight + rivals
    return one.weight / total if total > 0 else 1.0
