"""How far a patch that turns the failing tests green is to be believed.

    P(right) = logistic(bias + Σ weight · feature)

over what is known of it and of its rivals: `Evidence`. The weights stand in
`confidence_weights`, and are fitted by `benchmarks/fit_confidence.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from fixit_runtime.tools.repair.confidence_weights import WEIGHTS

LEAST, MOST = 0.01, 0.98
UNSEEN = 0.02  # a change in fewer of the varied calls may be chance


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a candidate before the whole suite has run on it.

    Args:
        trust: of its template, by hand (`templates`).
        share: of its group, of the weight of all that pass; a group are those that behave the
            same.
        groups: groups, its own included.
        members: lines that the members of its group change.
        failing: tests that turned green.
        neighbours: passing tests that ran its lines, or lie near, and still pass.
        passed: of the candidates tried so far, the part that passes the failing tests.
        place: in the order, from 1.
        growth: tokens that it adds; negative where it takes away more.
        edits: one, or two at once.
        literal: whether it writes a number or a text that its file does not hold: perhaps the
            answer that a test expects.
        silences: whether its template mostly makes code run less: a guard, a deletion.
        calls: calls that could be compared.
        kept: of calls of passing tests, the part that does as before; 1 where there is none.
        changed: of the varied calls, the part that does something else than before.
        raises: of the varied calls that returned before, the part that raises or hangs now.
        heals: of the varied calls that raised before, the part that returns now.
        odd: expressions that it adds and that a reviewer would not let pass (`oddness`).
        traced: whether a line that it changes stands in a failing test's traceback.
        covering: passing tests that ran a line that it changes, as far as they are counted.
        score: how likely it was before its tests were run.
    """

    trust: float
    share: float = 1.0
    groups: int = 1
    members: int = 1
    failing: int = 1
    neighbours: int = 0
    passed: float = 0.0
    place: int = 1
    growth: int = 0
    edits: int = 1
    literal: bool = False
    silences: bool = False
    calls: int = 0
    kept: float = 1.0
    changed: float = 0.0
    raises: float = 0.0
    heals: float = 0.0
    odd: int = 0
    traced: bool = False
    covering: int = 0
    score: float = 1.0

    def features(self) -> dict[str, float]:
        """By name, each about in [-1, 1] so that weights can be compared."""
        return {
            "bias": 1.0,
            "trust": 2.0 * self.trust - 1.0,
            "share": math.log(max(self.share, 0.01)),
            "alone": float(self.groups == 1),
            "groups": math.log(self.groups),
            "members": math.log(self.members),
            "failing": math.log(max(self.failing, 1)),
            "neighbours": math.log1p(self.neighbours) / 3.0,
            "passed": math.log((self.passed * 100 + 1) / 2) / 3.0,
            "place": math.log(self.place) / 5.0,
            "grows": max(self.growth, 0) / 20.0,
            "shrinks": float(self.growth < 0),
            "edits": float(self.edits - 1),
            "literal": float(self.literal),
            "silences": float(self.silences),
            "compared": float(self.calls > 0),
            "lost": 1.0 - self.kept,
            "changed": self.changed,
            "same": float(self.calls > 0 and self.changed < UNSEEN),
            "raises": self.raises,
            "heals": self.heals,
            "odd": float(self.odd > 0),
            "traced": float(self.traced),
            "covering": math.log1p(self.covering) / 2.0,
            "score": math.log(max(self.score, 1e-9)) / 10.0,
        }


def p_right(evidence: Evidence, weights: Mapping[str, float] = WEIGHTS) -> float:
    """P(right | what is known so far), in [LEAST, MOST]."""
    features = evidence.features()
    logit = sum(weights.get(name, 0.0) * value for name, value in features.items())
    return min(max(1.0 / (1.0 + math.exp(-logit)), LEAST), MOST)
