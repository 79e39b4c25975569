"""Is a red test broken, or does it fail now and then? A sequential test decides, run by run.

Wald's sequential probability ratio test (1945): a test that passed before and went red with a
candidate is run again until the odds are clear,

    as before: it fails in at most `RARE` of the runs         broken: in at least `OFTEN`

so a test that is really broken costs one more run, and one that is flaky about ten. Repeats say
nothing of whether the candidate is right beyond that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

RARE, OFTEN = 0.1, 0.5  # failure rates: of a flaky test that passed before, of a broken one
CALLS_BROKEN = 0.05  # P(a flaky test is called broken)
CALLS_FLAKY = 0.01  # P(a broken test is called flaky): the dearer mistake
_UP, _DOWN = math.log(OFTEN / RARE), math.log((1 - OFTEN) / (1 - RARE))
_BROKEN_FROM = math.log((1 - CALLS_FLAKY) / CALLS_BROKEN)
_FLAKY_BELOW = math.log(CALLS_FLAKY / (1 - CALLS_BROKEN))


class Steadiness(StrEnum):
    """What the runs of a test show so far."""

    UNDECIDED = "undecided"
    FLAKY = "flaky"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Runs:
    """How often a test was red and green with a candidate. It starts with the red that raised
    the question."""

    red: int = 1
    green: int = 0

    @property
    def log_odds(self) -> float:
        """Of broken against as before."""
        return self.red * _UP + self.green * _DOWN

    @property
    def verdict(self) -> Steadiness:
        if self.log_odds >= _BROKEN_FROM:
            return Steadiness.BROKEN
        return Steadiness.FLAKY if self.log_odds <= _FLAKY_BELOW else Steadiness.UNDECIDED

    def and_seen(self, passed: bool) -> Runs:
        return Runs(self.red + (not passed), self.green + passed)


def expected_runs(p_flaky: float) -> float:
    """About how many runs more settle a test that is flaky with this chance."""
    greens = math.ceil((_FLAKY_BELOW - _UP) / _DOWN)
    reds = math.ceil((_BROKEN_FROM - _UP) / _UP)
    return p_flaky * greens + (1.0 - p_flaky) * reds


MOST_RUNS = 60  # the test ends by itself with probability 1; this is for the zero that is left
