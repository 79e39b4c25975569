"""The index rule over what acts may bring, along failures, in many branches at once.

A branch is one way in which the step at hand may go: act k is accepted, act k is rejected, a
plan has informed, a check has passed. From each, the rule buys the act with the least κ/p, and
the next once that has failed, as deep as it looks. Whatever the step, all branches of a decision
walk side by side, since that costs little more than one walk.

A walk down failures has one choice, where to stop; so its worth is the best of the stops:

    W = max over n of  Σ_{m<n} (yes_m − reached_m·κ_m) + stop_n

with yes_m what is shown once the m-th attempt is accepted, and all in probability mass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fixit_runtime.agent.economy.belief import TINY, Array, Attempts, Belief, Worth
from fixit_runtime.agent.economy.quotes import Prices
from fixit_runtime.agent.economy.value import stop_worth, submit_value

GONE = 1e60  # κ of an attempt that is not to be had any more


class Shown(NamedTuple):
    """What showing a candidate brings if it is right, and if it is wrong: dollars, and the chance
    of ending right. Its checks are paid for; (R,) or one for all."""

    right_usd: Array
    wrong_usd: Array
    right_ends: Array
    wrong_ends: Array

    @classmethod
    def new(cls, belief: Belief, prices: Prices) -> Shown:
        """Of a candidate that an act may bring, whatever is believed when it does."""
        # A chain of checks is worth a mixture of what it is for a right and for a wrong one.
        p_pass, chance, owed_usd = belief.settle(np.array([1.0, 0.0]))
        usd = p_pass * submit_value(chance, prices) - owed_usd
        return cls(*(np.asarray(each) for each in (*usd, *(p_pass * chance))))

    def usd(self, right: Array, reached: Array) -> Array:
        """max(0, submit) where P(here) = `reached` and P(here, and it is right) = `right`."""
        worth: Array = right * self.right_usd + (reached - right) * self.wrong_usd
        return np.maximum(worth, 0.0, out=worth)

    def worth(self, right: Array, reached: Array) -> tuple[Array, Array]:
        """The same, and the chance of ending right."""
        usd = self.usd(right, reached)
        ends = right * self.right_ends + (reached - right) * self.wrong_ends
        return usd, np.where(usd > 0, ends, 0.0)

    def times(self, count: int) -> Shown:
        return Shown(*(np.full(count, each) for each in self))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What K acts could bring under one belief.

    `right` is P(the candidate at hand is right | d), (G,), and `shown` what showing it brings;
    `new` is the same of a candidate that an act brings. `stop` is what stopping now is worth.
    """

    weights: Array
    attempts: Attempts
    stop: Worth
    right: Array
    shown: Shown
    new: Shown

    @classmethod
    def of(cls, belief: Belief, attempts: Attempts, new: Shown, prices: Prices) -> Outlook:
        stop, weights = stop_worth(belief, prices), belief.weights()
        if (held := attempts.at_hand) is None:
            # Only its chance now is known: a sure thing that is worth what stopping is.
            sure = np.asarray(stop.usd), np.asarray(stop.quality)
            shown = Shown(sure[0], sure[0], sure[1], sure[1])
            return cls(weights, attempts, stop, np.ones(len(weights)), shown, new)
        right_usd = held.right_passes * submit_value(1.0, prices) - held.right_usd
        wrong_usd = held.wrong_passes * submit_value(0.0, prices) - held.wrong_usd
        brings = (right_usd, wrong_usd, held.right_passes, 0.0)
        shown = Shown(*(np.asarray(each) for each in brings))
        return cls(weights, attempts, stop, held.right, shown, new)

    def here(self) -> Branches:
        """The present."""
        mass = self.weights[None, :]
        joint = np.stack([mass, mass * self.right])
        has = self.attempts
        return Branches(
            self, joint, np.ones((1, len(has.left))), has.left[None, :], self.shown.times(1)
        )

    def one_step_on(self) -> Branches:
        """2K branches: act k was taken and accepted, for all k; then, taken and rejected."""
        has, count = self.attempts, len(self.attempts.left)
        accepted = self.weights * has.accept
        p = accepted.sum(axis=1)
        new_right = has.sensitivity[:, None] * has.right * self.weights
        old_right = accepted * self.right
        better = self.new.usd(new_right.sum(axis=1), p) > self.shown.usd(old_right.sum(axis=1), p)
        at_hand = np.where(better[:, None], new_right, old_right)
        shown = self.shown.times(2 * count)
        for each, new in zip(shown, self.new, strict=True):
            each[:count][better] = new
        rejected = self.weights - accepted
        mass = np.concatenate([accepted, rejected])
        joint = np.stack([mass, np.concatenate([at_hand, rejected * self.right])])
        taken = np.concatenate([np.eye(count)] * 2)
        scale = 1.0 - taken * (1.0 - has.decay)
        return Branches(self, joint, scale, has.left - taken, shown)


class Branches(NamedTuple):
    """R ways in which the next step may go, side by side.

    `joint` (2, R, G) is P(this way, and difficulty d), and that the candidate at hand is right
    too: sums are chances of coming this way, so nothing needs dividing while it thins out.
    `scale` and `left` (R, K) are what earlier attempts left of each act; `shown` is what showing
    the candidate at hand brings.
    """

    outlook: Outlook
    joint: Array
    scale: Array
    left: Array
    shown: Shown


class _Walk(NamedTuple):
    """What was met down D failures, (D, R): what the act bought cost, P(it is accepted) and P(so,
    and its candidate is right). `reached` (D + 1, 2, R) is P(coming so far), and that the
    candidate at hand is right too."""

    cost: Array
    accepted: Array
    new_right: Array
    reached: Array


@dataclass(frozen=True, slots=True)
class _Acts:
    """The acts of S outlooks, one below the other, (S·K,) and (S·K, G); and the parts of R
    branches, (R, K), that say how each act is judged."""

    slope: Array  # what being right adds to P(accept)
    floor: Array  # P(accept) of an attempt that is wrong
    sloped: Array  # (S·K, G), slope·q(d)
    reject_wrong: Array
    sensitivity: Array
    decay: Array

    @classmethod
    def of(cls, every: Sequence[Attempts], rows: Sequence[int]) -> _Acts:
        sensitivity = np.concatenate([has.sensitivity for has in every])
        specificity = np.concatenate([has.specificity for has in every])
        slope = sensitivity + specificity - 1.0
        wide = (len(every), len(every[0].left))
        return cls(
            np.repeat(slope.reshape(wide), rows, axis=0),
            np.repeat((1.0 - specificity).reshape(wide), rows, axis=0),
            slope[:, None] * np.concatenate([has.right for has in every]),
            specificity,
            sensitivity,
            np.concatenate([has.decay for has in every]),
        )


def look_ahead(ways: Sequence[Branches], cost: Array, depth: int) -> tuple[Array, Array]:
    """W and its chance of ending right in every branch of all `ways`, (R,), times the chance of
    the branch. `cost` (K,) is κ of each act; the ways' outlooks have the same acts.
    """
    rows = [way.joint.shape[1] for way in ways]
    shown = Shown(*(np.concatenate(each) for each in zip(*(w.shown for w in ways), strict=True)))
    new = Shown(*(np.repeat(x, rows) for x in zip(*(way.outlook.new for way in ways), strict=True)))
    walk = _along_failures(ways, rows, cost, depth)
    here, held = walk.reached[:, 0], walk.reached[:, 1]
    stop_usd, stop_ends = shown.worth(held, here)
    old_usd, old_ends = shown.worth(held[:-1] - held[1:], walk.accepted)
    new_usd, new_ends = new.worth(walk.new_right, walk.accepted)
    usd, ends = np.zeros((2, *stop_usd.shape))
    np.cumsum(np.maximum(old_usd, new_usd) - here[:-1] * walk.cost, axis=0, out=usd[1:])
    np.cumsum(np.where(new_usd > old_usd, new_ends, old_ends), axis=0, out=ends[1:])
    usd += stop_usd
    ends += stop_ends
    best = usd.argmax(axis=0), np.arange(usd.shape[1])
    return usd[best], ends[best]


def _along_failures(
    ways: Sequence[Branches], rows: Sequence[int], cost: Array, depth: int
) -> _Walk:
    """The act with the least κ/p, and the next once it has failed, in all branches at once."""
    joint = np.concatenate([way.joint for way in ways], axis=1)
    scale = np.concatenate([way.scale for way in ways])
    left = np.concatenate([way.left for way in ways])
    outlooks = [way.outlook.attempts for way in ways]
    acts, ends = _Acts.of(outlooks, rows), np.cumsum(rows).tolist()
    starts = [0, *ends[:-1]]
    parts = list(zip(map(slice, starts, ends), (has.right.T for has in outlooks), strict=True))
    fades = bool((acts.decay != 1.0).any())  # else no act is the worse for having failed
    ends_soon = bool((left < depth).any())  # else no act is used up on the way
    count, options = scale.shape
    first = np.repeat(np.arange(len(ways)) * options, rows)  # of a branch's acts, in `acts`
    cell = np.arange(count) * options
    bargain = np.where(left > 0, 1.0 / (cost + TINY), 0.0)
    right, price = np.empty((2, *scale.shape))
    accepted, ones = np.empty(scale.shape), np.ones(joint.shape[2])
    reached, bought = np.empty((depth + 1, 2, count)), np.empty((depth, 3, count))
    row = np.empty((depth, count), dtype=np.intp)
    failed = np.empty(joint.shape[1:])
    for n in range(depth):
        np.matmul(joint, ones, out=reached[n])
        for part, curves in parts:
            np.matmul(joint[0, part], curves, out=right[part])
        if fades:
            np.multiply(right, scale, out=right)
        # `right` is now P(coming here, and the attempt is right)
        np.multiply(right, acts.slope, out=accepted)
        accepted += np.multiply(acts.floor, reached[n, 0][:, None], out=price)
        np.multiply(accepted, bargain, out=price)
        at = price.argmax(axis=1)
        np.add(first, at, out=row[n])
        at += cell
        for each, kind in zip(bought[n], (price, accepted, right), strict=True):
            kind.take(at, out=each, mode="clip")
        acts.sloped.take(row[n], axis=0, out=failed, mode="clip")
        if fades:
            kept = scale.take(at)
            failed *= kept[:, None]
            scale.put(at, kept * acts.decay.take(row[n]))
        joint *= np.subtract(acts.reject_wrong.take(row[n])[:, None], failed, out=failed)
        if ends_soon:
            more = left.take(at) - 1.0
            left.put(at, more)
            bargain.put(at, bargain.take(at) * (more > 0))
    reached[depth] = joint @ ones
    had = bought[:, 0] > 0
    usd = np.where(had, cost.take(row % options), GONE)
    return _Walk(usd, bought[:, 1], bought[:, 2] * acts.sensitivity.take(row), reached)
