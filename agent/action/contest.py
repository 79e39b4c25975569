"""Who plays a contest on recorded outcomes, and what each has learned beforehand.

A player is a policy with a belief and a judge of its attempts. Everything that is fitted (the
belief, the costs, the order of a cascade, the router before the run) is fitted on a fold's
training tasks; the three wrong ways to use Eq. 1 (`literal`, a normal prior, no learning) are
players like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fixit_runtime.agent.action.beliefs import TaskBelief
from fixit_runtime.agent.action.fit import Fit, Table, admit, fit
from fixit_runtime.agent.action.fitted import FittedBelief
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.policies.recipes import Cascade, PreRunRouter
from fixit_runtime.agent.action.policies.tuning import (
    Order,
    Tuning,
    best_cascade,
    best_single,
    greedy_cascade,
    logistic,
)
from fixit_runtime.agent.action.replay import Recorded, Remembered, Task, Verifier
from fixit_runtime.agent.economy import Array, Prices
from fixit_runtime.agent.seams import Policy

FOLDS = 5
SCORER = Verifier(0.1, 0.1)  # the frugal cascade's own judge
PERFECT_VERIFIER = Verifier()
UNJUDGED = Verifier(1.0, 0.0)  # takes every patch for right


@dataclass(frozen=True, slots=True)
class Setting:
    """Who judges an attempt, and what a wrong patch costs as a multiple of V."""

    name: str
    verifier: Verifier = PERFECT_VERIFIER
    risk: float = 0.0

    def prices(self, value_usd: float) -> Prices:
        return Prices.of(value_usd, latency_usd_per_hour=0.0, risk_usd=self.risk * value_usd)

    def tuning(self, train: Table, value_usd: float, cap_usd: float = np.inf) -> Tuning:
        """What a cascade is tuned on for this setting."""
        sensitivity, specificity = 1 - self.verifier.false_reject, 1 - self.verifier.false_accept
        risk_usd = self.risk * value_usd
        return Tuning(
            train.right, train.cost, value_usd, risk_usd, sensitivity, specificity, cap_usd
        )


PERFECT = Setting("perfect verifier")
NOISY = (
    Setting("10 % / 10 % verifier", Verifier(0.1, 0.1)),
    Setting("10 % / 10 % verifier, a wrong patch costs V", Verifier(0.1, 0.1), 1.0),
    Setting("30 % / 10 % verifier, a wrong patch costs V", Verifier(0.3, 0.1), 1.0),
)


# --------------------------------------------------------------------------- what is known


@dataclass(frozen=True, slots=True)
class Fold:
    """What was fitted on some tasks, and the rows of the scored table that it is scored on."""

    train: Table
    rows: tuple[int, ...]
    known: Fit
    normal: Fit
    rasch: Fit
    router: dict[str, Array]

    @classmethod
    def of(cls, train: Table, rows: Sequence[int], fits: tuple[Fit, Fit, Fit]) -> Fold:
        return cls(train, tuple(rows), *fits, logistic(train.groups, train.right))


def fits(train: Table) -> tuple[Fit, Fit, Fit]:
    """The shipped fit, and two with a normal distribution of difficulty: with a slope for each
    tier, and with one for all."""
    return (
        fit(train, version="free"),
        fit(train, version="normal", free_prior=False),
        fit(train, version="rasch", free_prior=False, own_slopes=False),
    )


def cross_validation(table: Table, repeat: int) -> list[Fold]:
    """Five folds, stratified by how many tiers solve a task; another split for each repeat."""
    lots = np.random.default_rng([repeat, FOLDS])
    order = np.argsort(table.right.sum(axis=1) + 0.1 * lots.random(len(table.tasks)))
    fold = np.empty(len(order), dtype=int)
    for first in range(0, len(order), FOLDS):
        block = order[first : first + FOLDS]
        fold[block] = lots.permutation(FOLDS)[: len(block)]
    folds = []
    for k in range(FOLDS):
        train = table.only(fold != k)
        folds.append(Fold.of(train, np.flatnonzero(fold == k).tolist(), fits(train)))
    return folds


def held_out(train: Table, test: Table, first: int) -> tuple[Fold, Table, str]:
    """Fit on one table, to score on the other. Tiers that the first lacks are admitted from
    `first` tasks of the other, which are then not scored; with 0 they are left out.

    Returns: the fold, the table to score on, and what became of unknown tiers ("" for none).
    Raises:
        ValueError: no tier is left to score.
    """
    fitted = fits(train)
    new, note = [t for t in test.tiers if t not in train.tiers], ""
    if new and first:
        lots = np.random.default_rng(0).permutation(len(test.tasks))
        seen, test = test.only(np.sort(lots[:first])), test.only(np.sort(lots[first:]))
        for tier in new:
            free, normal, rasch = fitted
            fitted = admit(free, tier, seen), admit(normal, tier, seen), admit(rasch, tier, seen)
        note = f"admitted from {first} tasks, which are not scored: {', '.join(new)}"
        train = train.of_tiers(test.tiers).and_also(seen)
    elif new:
        note = f"not among the {len(train.tiers)} fitted ones, and left out: {', '.join(new)}"
        test = test.of_tiers([t for t in test.tiers if t not in new])
    if not test.tiers:
        raise ValueError("the two tables share no tier")
    train = fitted[0].completed(train.of_tiers(test.tiers))
    return Fold.of(train, range(len(test.tasks)), fitted), test, note


def recorded(table: Table, accepted: Array) -> list[Task]:
    """Every task with what each tier's attempt was, and whether it was accepted, (tasks, tiers)."""
    return [
        Task(
            name,
            table.groups[i],
            {
                tier: Recorded(right == 1, float(cost), verdict == 1)
                for tier, right, cost, verdict in zip(
                    table.tiers, table.right[i], table.cost[i], accepted[i], strict=True
                )
                if not np.isnan(right)
            },
        )
        for i, name in enumerate(table.tasks)
    ]


# --------------------------------------------------------------------------- who plays


class Forgetful(FittedBelief):
    """Counts attempts and learns nothing from them: the third wrong way."""

    def _attempted(self, tier: str, accepted: bool) -> TaskBelief:
        return replace(self, made={**self.made, tier: self.made.get(tier, 0) + 1})


@dataclass(frozen=True, slots=True)
class Player:
    """A policy for each task, the belief that it starts with, and who judges its attempts."""

    policy: Callable[[Task], Policy]
    belief: FittedBelief
    verifier: Verifier


Peer = Callable[[Fold, Setting, float], Player]  # a player made for a fold, a setting and a V


def judged(belief: FittedBelief, verifier: Verifier) -> FittedBelief:
    """The belief with this verifier's error rates known."""
    fitted = Fit(belief.model, belief.costs).with_tiers(verifier.known_to)
    return replace(belief, model=fitted.model)


def plain(fold: Fold) -> FittedBelief:
    """The belief that takes every task for one of average size."""
    return fold.known.belief(sized=False)


def forgetful(fold: Fold) -> FittedBelief:
    known = plain(fold)
    return Forgetful(known.model, known.posterior, costs=known.costs)


def ruled(name: str, belief: Callable[[Fold], FittedBelief]) -> Peer:
    """A registered policy that decides on a belief."""

    def player(fold: Fold, setting: Setting, value_usd: float) -> Player:
        chosen = Remembered(policy(name))
        return Player(lambda task: chosen, judged(belief(fold), setting.verifier), setting.verifier)

    return player


def cascade(
    tune: Callable[[Tuning], Order], judge: Verifier | None = None, cap_usd: float = np.inf
) -> Peer:
    """Tiers in the order that would have earned most on the training tasks, each task capped at
    `cap_usd`. `judge` takes the place of the setting's verifier."""

    def player(fold: Fold, setting: Setting, value_usd: float) -> Player:
        own = replace(setting, verifier=judge or setting.verifier)
        order = tune(own.tuning(fold.train, value_usd, cap_usd))
        chosen = Remembered(Cascade(order=tuple(fold.train.tiers[k] for k in order)))
        return Player(lambda task: chosen, judged(plain(fold), own.verifier), own.verifier)

    return player


def recipe(name: str) -> Peer:
    """A registered recipe that needs nothing but the quotes' chances and costs."""

    def player(fold: Fold, setting: Setting, value_usd: float) -> Player:
        belief = judged(plain(fold), setting.verifier)
        return Player(lambda task: policy(name), belief, setting.verifier)

    return player


def pre_run_router(fold: Fold, setting: Setting, value_usd: float) -> Player:
    """Logistic regression on the task's group, before the run."""

    def chosen(task: Task) -> Policy:
        chances = fold.router.get(task.group, fold.router[""])
        return PreRunRouter(dict(zip(fold.train.tiers, chances.tolist(), strict=True)))

    return Player(chosen, judged(plain(fold), setting.verifier), setting.verifier)


INDEX, GREEDY, SINGLE = "index rule", "greedy cascade", "best single"
FRUGAL = "frugal cascade, noisy scorer"
UNVERIFIED = "best single, unverified"
PEERS: dict[str, Peer] = {
    INDEX: ruled("index", lambda fold: fold.known.belief()),
    "index rule, bills ignored": ruled("index", plain),
    GREEDY: cascade(greedy_cascade),
    "best-3 cascade": cascade(lambda tuning: best_cascade(tuning, 3)),
    "best-2 cascade": cascade(lambda tuning: best_cascade(tuning, 2)),
    FRUGAL: cascade(greedy_cascade, SCORER),
    "--policy fixed-cascade": ruled("fixed-cascade", plain),
    "pre-run router": pre_run_router,
    SINGLE: cascade(best_single),
    "most accurate": recipe("most-accurate"),
    "cheapest": recipe("cheapest"),
    "random": recipe("random"),
    "plan-act-verify pipeline": recipe("pipeline"),
    "literal Eq. 1": ruled("literal", lambda fold: fold.known.belief()),
    "normal prior, own slopes": ruled("index", lambda fold: fold.normal.belief()),
    "normal prior (Rasch)": ruled("index", lambda fold: fold.rasch.belief()),
    "no learning": ruled("index", forgetful),
}
NOISY_PEERS: dict[str, Peer] = {
    ("best single + gate" if name == SINGLE else name): peer
    for name, peer in PEERS.items()
    if name != FRUGAL  # its judge is its own, whatever the setting's
} | {"--policy frugal": ruled("frugal", plain), UNVERIFIED: cascade(best_single, UNJUDGED)}
AT_ANY_VALUE = frozenset({"most accurate", "cheapest", "random", "plan-act-verify pipeline"})
