"""The estimator that ships: assumed figures, and in their place what was fitted from outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fixit_runtime.agent.action.beliefs import TaskBelief
from fixit_runtime.agent.action.checks import CheckModel
from fixit_runtime.agent.action.costs import TierCost
from fixit_runtime.agent.action.features import Values, of_facts
from fixit_runtime.agent.action.fit import Fit
from fixit_runtime.agent.action.fitted import FittedBelief
from fixit_runtime.agent.action.tiers import BeliefModel, TierModel
from fixit_runtime.agent.economy import Array
from fixit_runtime.agent.seams import TestFacts


def _assumed_prior(grid: Array) -> Array:
    """Three lumps: easy, middling, and a fifth that nobody solves."""
    easy = 0.30 * np.exp(-0.5 * ((grid + 2.0) / 0.8) ** 2)
    middling = 0.50 * np.exp(-0.5 * ((grid - 0.3) / 1.2) ** 2)
    weights = easy / easy.sum() * 0.30 + middling / middling.sum() * 0.50
    weights[-1] += 0.20
    prior: Array = weights / weights.sum()
    return prior


# The right candidate's place in the search's order is about log-uniform: the first slice covers
# log 12 of it, each later one, which doubles what was tried, log 2 at twice the cost.
SEARCH = TierModel(
    ability=-0.4,
    decay=0.97,
    growth=2.0,
    later=0.28,
    unplanned=0.35,
    sensitivity=0.98,
    specificity=0.94,
)
NAMED_MODEL = TierModel(ability=0.8, decay=0.95, unplanned=0.8, sensitivity=0.98, specificity=0.97)
_GRID = np.linspace(-4.0, 5.0, 37)
ASSUMED = BeliefModel(
    version="assumed/1",
    grid=_GRID,
    prior=_assumed_prior(_GRID),
    tiers={"search": SEARCH},
    default_tier=NAMED_MODEL,
)


NOTHING_FITTED = Fit(ASSUMED, {})


@dataclass(frozen=True, slots=True)
class GridEstimator:
    """The shipped Estimator: a model with this run's checks and their costs, moved by what can be
    seen of the task. `costs` are those that were fitted with the model's tiers, and empty where
    none were; `size` is what can be seen of the repository besides the facts of its tests."""

    checks: tuple[CheckModel, ...]
    model: BeliefModel = ASSUMED
    costs: Mapping[str, TierCost] = field(default_factory=dict)
    size: Values = field(default_factory=dict)

    @property
    def version(self) -> str:
        return self.model.version

    def sources(self, tiers: Sequence[str]) -> tuple[str, ...]:
        """What was used, for a decision to carry: the version of the whole, and of each tier
        that outcomes have told of."""
        known = self.model.sources
        own = [f"{tier}: {known[tier]}" for tier in dict.fromkeys(tiers) if tier in known]
        effects = [f"effects {self.model.effects.version}"] if self.model.effects.by_name else []
        return (self.version, *own, *effects)

    def seen(self, facts: TestFacts) -> dict[str, float]:
        """The features of a task before anything is tried."""
        return {**of_facts(facts), **self.size}

    def belief(self, facts: TestFacts, tiers: Sequence[str]) -> TaskBelief:
        del tiers  # what each does stands in the model
        model = replace(self.model, checks=self.checks)
        belief = TaskBelief(model, model.prior)
        if self.costs:
            belief = FittedBelief(model, model.prior, costs=self.costs)
        return belief.harder(self.seen(facts))
