"""What a user's own earlier runs tell of each tier, on top of what is known or assumed.

A tier with outcomes on twenty tasks gets a curve and costs of its own (`fit.admit`). One with
fewer keeps the curve that it had, moved along the difficulties by as much as its outcomes say:

    P(δ | outcomes) ∝ N(δ; 0, 1) · Π_task Σ_d P(d | other tiers) · Π_attempt L(outcome | d − δ)

so that failing twenty times at one task is told from failing at twenty: the task may be hard.
Nothing is known of a tier by its name. A tier that a file of the user's was fitted to stays as
the file says; there its past on this repository counts, as far as an effect was fitted for it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fixit_runtime.agent.action.costs import TierCost
from fixit_runtime.agent.action.features import PAST, of_past
from fixit_runtime.agent.action.fit import Attempted, Fit, Table, admit
from fixit_runtime.agent.action.tiers import BeliefModel, TierModel
from fixit_runtime.agent.economy import TINY, Array
from fixit_runtime.agent.seams import Tried

ADMIT_FROM = 20  # tasks on which a tier was tried
MOVE_SD = 1.0  # how far tiers differ before anything is known, in units of the grid
MOVES = np.linspace(-4.0, 4.0, 65) * MOVE_SD


def learned(known: Fit, tried: Sequence[Tried], tiers: Sequence[str], repository: str) -> Fit:
    """What is known of these tiers once these attempts have been seen. Without any it is what
    was known before."""
    news = [each for each in tried if each.tier and each.tier not in known.model.sources]
    others = sorted({each.tier for each in news})
    moved = {tier: _moved(known.model, tier, tried) for tier in others}
    model = replace(known.model, tiers={**known.model.tiers, **moved})
    rows = attempted(tried)
    enough = admissible(attempted(news))
    made, costs, sources = dict(model.tiers), dict(known.costs), dict(model.sources)
    for tier in others:
        if tier in enough and tier in tiers:
            base = Fit(_without(model, tier), known.costs)
            made[tier], costs[tier] = _own(base, tier, rows, model.tier(tier))
        sources[tier] = told(tier, news, model.version, own=tier in enough and tier in tiers)
    for tier in known.model.sources.keys() & set(tiers):
        made[tier] = _with_its_past(known.model, tier, tried, repository)
    return Fit(replace(model, tiers=made, sources=sources), costs)


def attempted(tried: Sequence[Tried]) -> list[Attempted]:
    """Settled first attempts on faults that were localised: those that a curve is fitted to. Of
    a task that was tried in several runs the latest counts."""
    return [
        Attempted(each.task, each.tier, each.right, each.cost_usd, each.repository)
        for each in tried
        if each.right is not None and each.planned and each.number == 0
    ]


def admissible(rows: Sequence[Attempted]) -> frozenset[str]:
    """The tiers that were tried on enough tasks."""
    tasks = Counter(tier for tier, _ in {(row.tier, row.task) for row in rows})
    return frozenset(tier for tier, count in tasks.items() if count >= ADMIT_FROM)


def told(tier: str, tried: Sequence[Tried], version: str, *, own: bool) -> str:
    """Where its figures come from, as quotes and receipts say it."""
    mine = [each for each in tried if each.tier == tier]
    right, tasks = sum(each.right is True for each in mine), len({each.task for each in mine})
    seen = f"{_count(len(mine), 'attempt')} on {_count(tasks, 'task')}, {right} right"
    return f"fitted/own of {seen}" if own else f"{version} moved by {seen}"


def live(base: TierModel, fitted: TierModel) -> TierModel:
    """A fitted curve in a tier whose further attempts and verdicts are as `base` has them: a fit
    knows one attempt a task, and whether it was right in the end."""
    return replace(base, table=fitted.table, spread=fitted.spread)


def _own(
    base: Fit, tier: str, rows: Sequence[Attempted], before: TierModel
) -> tuple[TierModel, TierCost]:
    made = admit(base, tier, Table.of(rows))
    return live(before, made.model.tiers[tier]), made.costs[tier]


def _without(model: BeliefModel, tier: str) -> BeliefModel:
    return replace(model, tiers={n: t for n, t in model.tiers.items() if n != tier})


def _moved(model: BeliefModel, tier: str, tried: Sequence[Tried]) -> TierModel:
    """The tier's mean curve over how far it may lie from the one that it had, and the standard
    deviation of that."""
    grid, base = model.grid, model.tier(tier)
    curves = np.array([base.harder(-by, grid).curve(grid) for by in MOVES])
    log_weights = -0.5 * (MOVES / MOVE_SD) ** 2
    by_task: dict[str, list[Tried]] = defaultdict(list)
    for each in tried:
        by_task[each.task].append(each)
    for task in by_task.values():
        own = [each for each in task if each.tier == tier]
        if not own:
            continue
        difficulty = model.prior.copy()
        for each in task:
            if each.tier != tier:
                other = model.tier(each.tier)
                difficulty = difficulty * _likelihood(other, other.curve(grid), each)
        chances = np.ones_like(curves)
        for each in own:
            chances = chances * _likelihood(base, curves, each)
        log_weights = log_weights + np.log(chances @ (difficulty / difficulty.sum()) + TINY)
    weights = np.exp(log_weights - log_weights.max())
    weights = weights / weights.sum()
    mean = weights @ curves
    spread = np.sqrt(np.maximum(weights @ curves**2 - mean**2, 0.0))
    return replace(base, table=mean, spread=spread)


def _likelihood(tier: TierModel, curve: Array, each: Tried) -> Array:
    """L(outcome | d), in the shape of the curve."""
    scale = tier.scale(each.number, each.planned)
    right = scale * curve
    if each.right is None:
        wrong = (1.0 - tier.specificity) * scale
        return tier.sensitivity * right + wrong * (1.0 - right)
    return right if each.right else 1.0 - right


def _with_its_past(
    model: BeliefModel, tier: str, tried: Sequence[Tried], repository: str
) -> TierModel:
    here = [e for e in tried if e.tier == tier and e.repository == repository]
    values = past_of(here)
    by = model.effects.shift(values) if PAST in values else 0.0
    return model.tier(tier).harder(by, model.grid) if by else model.tier(tier)


def past_of(here: Sequence[Tried]) -> Mapping[str, float]:
    """The feature of a tier's earlier attempts on one repository."""
    right = sum(each.right is True for each in here)
    return of_past(right, sum(each.right is False for each in here))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
