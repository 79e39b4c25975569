"""What fixit believes about a task: how hard it is, and whether a candidate is right.

Difficulty d is hidden. A posterior over a grid of d is kept; after outcome o of tier k

    b'(d) ∝ b(d) · L(o | d),   L(accept | d) = sens·q_k(d) + (1 − spec)·(1 − q_k(d))

so every failed attempt lowers every other tier's chance, and a lump of weight at the hard end
stands for the tasks that nobody solves (a normal prior loses 12-16 points of regret on real
data). A candidate's odds are multiplied by sens/(1 − spec) when a check accepts it; a check
that rejects it removes it, since a patch that breaks a test is never shown.

The figures of `ASSUMED` are assumptions, named as such in every quote; they are there to be
replaced by fits from traces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fixit_runtime.agent.economy import Action, Owed, Quote, Verdict
from fixit_runtime.agent.seams import Candidate, Result, Stage, TestFacts

Grid = NDArray[np.float64]
HYPOTHETICAL = "?"  # the candidate that a lookahead imagines


@dataclass(frozen=True, slots=True)
class TierModel:
    """How a tier does: q(d, n) = logistic(ability − d) · decay^n for its n-th attempt.

    `unplanned` scales q while nothing has been localised. `sensitivity` and `specificity` are
    those of "its candidate passes the failing tests" as a sign of being right.
    """

    ability: float
    decay: float = 1.0
    unplanned: float = 1.0
    sensitivity: float = 0.98
    specificity: float = 0.9


@dataclass(frozen=True, slots=True)
class CheckModel:
    """A verification: from which stage to which, how telling it is, and its full cost in USD."""

    option: str
    source: Stage
    target: Stage
    sensitivity: float
    specificity: float
    usd: float = 0.0

    def p_accept(self, chance: float) -> float:
        return chance * self.sensitivity + (1 - chance) * (1 - self.specificity)

    def after_accept(self, chance: float) -> float:
        return chance * self.sensitivity / max(self.p_accept(chance), 1e-12)


@dataclass(frozen=True, slots=True)
class BeliefModel:
    """The figures behind a belief, and where they come from."""

    version: str
    grid: Grid
    prior: Grid
    tiers: Mapping[str, TierModel]
    default_tier: TierModel
    checks: tuple[CheckModel, ...] = ()

    def tier(self, name: str) -> TierModel:
        return self.tiers.get(name, self.default_tier)


@dataclass(frozen=True, slots=True)
class Held:
    """A candidate at hand: P(right) and how far it has come."""

    chance: float
    stage: Stage


@dataclass(frozen=True, slots=True, eq=False)
class TaskBelief:
    """The posterior of one task. Frozen: `after` imagines, `learn` takes facts; both copy."""

    model: BeliefModel
    weights: Grid
    attempts: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, Held] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    planned: bool = False

    # -- what the economy asks

    def chance(self) -> float:
        best = self._best()
        return self.held[best].chance if best else 0.0

    def owed(self) -> Owed:
        best = self._best()
        if best is None:
            return Owed(0.0, 0.0, 0.0)
        chance, stage = self.held[best].chance, self.held[best].stage
        p_pass, usd = 1.0, 0.0
        for check in self.model.checks:
            if check.source is stage:
                usd += p_pass * check.usd
                p_pass *= check.p_accept(chance)
                chance, stage = check.after_accept(chance), check.target
        return Owed(p_pass, chance, usd)

    def accept_chances(self, menu: Sequence[Quote]) -> Sequence[float]:
        return [self.accept_chance(quote) for quote in menu]

    def accept_chance(self, quote: Quote) -> float:
        """P(accept): of an attempt over the posterior, of a check given the candidate."""
        if quote.action is Action.ACT:
            return float(self.weights @ self._accepts(quote.tier))
        if quote.action is Action.VERIFY:
            best, check = self._best(), self._check(quote)
            if best and check and self.held[best].stage is check.source:
                return check.p_accept(self.held[best].chance)
        return 0.0

    def after(self, quote: Quote, verdict: Verdict) -> TaskBelief:
        match quote.action, verdict:
            case Action.PLAN, Verdict.INFORMED:
                return replace(self, planned=True)
            case Action.ACT, Verdict.ACCEPT:
                chance = self._right_if_accepted(quote.tier)
                return self._attempted(quote.tier, True)._hold(HYPOTHETICAL, chance, Stage.GREEN)
            case Action.ACT, Verdict.REJECT:
                return self._attempted(quote.tier, False)
            case Action.VERIFY, Verdict.ACCEPT | Verdict.REJECT:
                return self._checked(quote, self._best(), verdict is Verdict.ACCEPT)
        return self

    # -- what the loop tells

    def learn(self, quote: Quote, result: Result) -> TaskBelief:
        """Bayes with what really came: each new candidate's own prior shifts its odds, taken
        relative to the even odds that the tier's figures already assume."""
        if quote.action is not Action.ACT:
            if quote.action is Action.VERIFY and result.candidates:
                accepted = result.verdict is Verdict.ACCEPT
                return self._checked(quote, result.candidates[0].id, accepted)
            return self.after(quote, result.verdict)
        if result.verdict not in (Verdict.ACCEPT, Verdict.REJECT):
            return self
        base = self._right_if_accepted(quote.tier)
        belief = self._attempted(quote.tier, result.verdict is Verdict.ACCEPT)
        for candidate in sorted(_green(result.candidates), key=lambda c: c.rank):
            chance = _from_odds(_odds(base) * _odds(candidate.prior))
            belief = belief._hold(candidate.id, chance, candidate.stage)
        return belief

    def chance_of(self, candidate: str) -> float:
        """P that this candidate is right; 0 for one that is not held."""
        return self.held[candidate].chance if candidate in self.held else 0.0

    # -- inside

    def _best(self) -> str | None:
        """The held candidate that is furthest along, then the likeliest."""
        reach = {Stage.CONFIRMED: 2, Stage.SAFE: 1, Stage.GREEN: 0}
        return max(
            self.order, key=lambda i: (reach[self.held[i].stage], self.held[i].chance), default=None
        )

    def _check(self, quote: Quote) -> CheckModel | None:
        return next((c for c in self.model.checks if c.option == quote.option), None)

    def _right(self, tier: str) -> Grid:
        """q_k(d) of the tier's next attempt, over the grid."""
        model = self.model.tier(tier)
        scale = model.decay ** self.attempts.get(tier, 0)
        if not self.planned:
            scale *= model.unplanned
        right: Grid = scale / (1.0 + np.exp(self.model.grid - model.ability))
        return right

    def _accepts(self, tier: str) -> Grid:
        model, right = self.model.tier(tier), self._right(tier)
        accepts: Grid = model.sensitivity * right + (1 - model.specificity) * (1 - right)
        return accepts

    def _right_if_accepted(self, tier: str) -> float:
        model = self.model.tier(tier)
        right = float(self.weights @ self._right(tier)) * model.sensitivity
        return right / max(float(self.weights @ self._accepts(tier)), 1e-12)

    def _attempted(self, tier: str, accepted: bool) -> TaskBelief:
        accepts = self._accepts(tier)
        weights = self.weights * (accepts if accepted else 1.0 - accepts)
        attempts = {**self.attempts, tier: self.attempts.get(tier, 0) + 1}
        return replace(self, weights=weights / weights.sum(), attempts=attempts)

    def _hold(self, candidate: str, chance: float, stage: Stage) -> TaskBelief:
        order = self.order if candidate in self.held else (*self.order, candidate)
        return replace(self, held={**self.held, candidate: Held(chance, stage)}, order=order)

    def _checked(self, quote: Quote, candidate: str | None, accepted: bool) -> TaskBelief:
        check = self._check(quote)
        if check is None or candidate not in self.held or candidate is None:
            return self
        if accepted:
            chance = check.after_accept(self.held[candidate].chance)
            return self._hold(candidate, chance, check.target)
        held = {i: h for i, h in self.held.items() if i != candidate}
        return replace(self, held=held, order=tuple(i for i in self.order if i != candidate))


def _green(candidates: Sequence[Candidate]) -> list[Candidate]:
    return [c for c in candidates if c.stage in (Stage.GREEN, Stage.SAFE, Stage.CONFIRMED)]


def _odds(chance: float) -> float:
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return chance / (1 - chance)


def _from_odds(odds: float) -> float:
    return odds / (1 + odds)


def _assumed_prior(grid: Grid) -> Grid:
    """Three lumps: easy, middling, and a fifth that nobody solves."""
    easy = 0.30 * np.exp(-0.5 * ((grid + 2.0) / 0.8) ** 2)
    middling = 0.50 * np.exp(-0.5 * ((grid - 0.3) / 1.2) ** 2)
    weights = easy / easy.sum() * 0.30 + middling / middling.sum() * 0.50
    weights[-1] += 0.20
    prior: Grid = weights / weights.sum()
    return prior


SEARCH = TierModel(ability=0.2, decay=0.8, unplanned=0.35, sensitivity=0.98, specificity=0.75)
NAMED_MODEL = TierModel(ability=0.8, decay=0.95, unplanned=0.8, sensitivity=0.98, specificity=0.9)
_GRID = np.linspace(-4.0, 5.0, 37)
ASSUMED = BeliefModel(
    version="assumed/1",
    grid=_GRID,
    prior=_assumed_prior(_GRID),
    tiers={"search": SEARCH},
    default_tier=NAMED_MODEL,
)


@dataclass(frozen=True, slots=True)
class GridEstimator:
    """The shipped Estimator: the assumed figures, with this run's checks and their costs."""

    checks: tuple[CheckModel, ...]
    model: BeliefModel = ASSUMED

    @property
    def version(self) -> str:
        return self.model.version

    def belief(self, facts: TestFacts, tiers: Sequence[str]) -> TaskBelief:
        del facts, tiers  # features that shift difficulty are fitted from traces, later
        model = replace(self.model, checks=self.checks)
        return TaskBelief(model, model.prior)
