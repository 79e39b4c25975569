"""What the economy asks a belief: how hard the task may be, and what attempts could bring.

Arrays are over a grid of G difficulties; the belief itself is `agent/action`'s.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fixit_runtime.agent.economy.quotes import Quote, Verdict

Array = NDArray[np.float64]
TINY = 1e-12


class Owed(NamedTuple):
    """Checks still owed by a candidate: the chance that it passes them all, its chance of being
    right once it has, and their expected full cost in USD."""

    p_pass: float
    chance: float
    usd: float


class AtHand(NamedTuple):
    """The best candidate: P(right | d), (G,), and the checks that it owes. If it is right it
    passes them with P = `right_passes` for `right_usd`; if it is wrong, with `wrong_passes`."""

    right: Array
    right_passes: float = 1.0
    right_usd: float = 0.0
    wrong_passes: float = 1.0
    wrong_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Attempts:
    """What K acts could bring, over a grid of G difficulties. Arrays of (K, G) or (K,).

    `right` is P(the next attempt is right | d), `decay` what a further attempt of the same act
    keeps of it, `left` how many more can be bought. An attempt that is right is accepted with
    P = sensitivity, one that is wrong with P = 1 − specificity. `spread` is the standard error
    of `right` where it was estimated from few outcomes; None says that it is not known.
    `at_hand` lets what attempts show move the candidate at hand too; where it is None, a
    candidate keeps the chance that `owed` gives it.
    """

    right: Array
    decay: Array
    left: Array
    sensitivity: Array
    specificity: Array
    spread: Array | None = None
    at_hand: AtHand | None = None

    @property
    def accept(self) -> Array:
        """L(accept | d) = sens·q(d) + (1 − spec)·(1 − q(d)), (K, G)."""
        slope = (self.sensitivity + self.specificity - 1.0)[:, None]
        return (1.0 - self.specificity)[:, None] + slope * self.right


class Belief(Protocol):
    """What is believed about the task; the economy asks it, and never looks inside."""

    def weights(self) -> Array:
        """The posterior over the grid of difficulties, (G,), summing to 1."""

    def attempts(self, menu: Sequence[Quote]) -> Attempts:
        """The acts among these quotes, in the menu's order."""

    def owed(self) -> Owed:
        """Of the best candidate at hand; (0, 0, 0) while there is none."""

    def settle(self, chance: Array) -> tuple[Array, Array, Array]:
        """Owed, as three arrays, of a new candidate that an act accepted with these chances: the
        same whatever steps have been taken. A likelier candidate is worth no less than one that
        is not worth showing."""

    def after(self, quote: Quote, verdict: Verdict) -> Belief:
        """The belief once `quote` has been taken and has shown `verdict`."""

    def tells(self, quote: Quote) -> Hashable:
        """What a plan or a check may show: those that may show the same, as likely, leave beliefs
        of the same worth behind, and are looked into once."""


class Worth(NamedTuple):
    """W of a belief: expected dollars, and the chance that the task then ends right."""

    usd: float
    quality: float


NOTHING = Worth(0.0, 0.0)


def bayes(weights: Array, likelihood: Array) -> Array:
    """b'(d) ∝ b(d)·L(o | d), over the last axis. Where an outcome was impossible, b stays."""
    joint = weights * likelihood
    total = joint.sum(axis=-1, keepdims=True)
    return np.where(total > 0, joint / np.where(total > 0, total, 1.0), weights)
