"""A fit from what became of many attempts: tiers, costs, and what features of a task tell."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from fixit_runtime.agent.action.beliefs import TaskBelief
from fixit_runtime.agent.action.estimator import ASSUMED
from fixit_runtime.agent.action.features import (
    Effects,
    Seen,
    fit_effects,
    of_attempt,
    of_suspects,
)
from fixit_runtime.agent.action.fit import EDGE, Fit, Table, fit
from fixit_runtime.agent.action.learned import ADMIT_FROM, admissible, attempted, live, past_of
from fixit_runtime.agent.action.tiers import BeliefModel, TierModel
from fixit_runtime.agent.economy import Action, Array, Quote, Verdict
from fixit_runtime.agent.seams import Result, Tried


def trained(tried: Sequence[Tried], *, version: str) -> Fit:
    """Fit difficulty, tiers, costs and effects to attempts.

    A tier needs outcomes on twenty tasks; others stay with what is assumed of any tier.

    Raises:
        ValueError: no tier has as many, in words that say which has most.
    """
    rows = attempted(tried)
    enough = admissible(rows)
    if not enough:
        tasks = [len({r.task for r in rows if r.tier == tier}) for tier in {r.tier for r in rows}]
        raise ValueError(
            f"no tier was tried on {ADMIT_FROM} tasks whose end is known; the most is "
            f"{max(tasks, default=0)}"
        )
    rows = [row for row in rows if row.tier in enough]
    known = fit(Table.of(rows), version=version)
    model = _lived(known.model, sources={tier: _source(tried, tier, version) for tier in enough})
    return Fit(replace(model, effects=effects_of(tried, model, version=version)), known.costs)


def effects_of(tried: Sequence[Tried], model: BeliefModel, *, version: str) -> Effects:
    """What features tell beyond a model's figures, from attempts whose features are known."""
    return fit_effects(_seen(tried, replace(model, effects=Effects())), version=version)


def _seen(tried: Sequence[Tried], model: BeliefModel) -> Iterator[Seen]:
    """Every settled attempt, with what was believed of it and what could be seen by then."""
    runs: dict[str, TaskBelief] = {}
    before: dict[tuple[str, str], list[Tried]] = defaultdict(list)
    for each in tried:
        belief = runs.get(each.run, TaskBelief(model, model.prior))
        belief = replace(belief, planned=each.planned)
        quote = Quote(f"act:{each.tier}", Action.ACT, tier=each.tier, outcomes=Quote.attempt(0.0))
        here = before[each.tier, each.repository]
        if each.values and each.right is not None:
            values = {**each.values, **past_of(here)}
            if each.suspects is not None:
                values |= of_suspects(each.suspects)
            for revealed in each.revealed:
                values |= {n: values.get(n, 0.0) + v for n, v in of_attempt(revealed).items()}
            yield Seen(values, _logit(belief.chance_right(each.tier)), each.right)
        here.append(each)
        verdict = Verdict.ACCEPT if each.accepted else Verdict.REJECT
        runs[each.run] = belief.learn(quote, Result(verdict))


def _logit(chance: float) -> float:
    chance = min(max(chance, EDGE), 1.0 - EDGE)
    return math.log(chance / (1.0 - chance))


def _source(tried: Sequence[Tried], tier: str, version: str) -> str:
    tasks = {row.task for row in attempted(tried) if row.tier == tier}
    return f"{version} of {len(tasks)} outcomes"


def _lived(model: BeliefModel, sources: dict[str, str]) -> BeliefModel:
    """Tiers as they behave in a run: judged by tests, which err, and tried more than once. A tier
    that was not fitted does as well, on the average task, as is assumed of it."""
    tiers = {name: live(ASSUMED.tier(name), tier) for name, tier in model.tiers.items()}
    for name in ASSUMED.tiers.keys() - tiers.keys():
        tiers[name] = _as_assumed(ASSUMED.tiers[name], model.grid, model.prior)
    other = _as_assumed(ASSUMED.default_tier, model.grid, model.prior)
    return replace(model, tiers=tiers, default_tier=other, sources=sources)


def _as_assumed(tier: TierModel, grid: Array, prior: Array) -> TierModel:
    """The ability at which it is right as often under this prior as under the assumed one."""
    aim = float(ASSUMED.prior @ tier.curve(ASSUMED.grid))
    abilities = np.linspace(-12.0, 12.0, 2401)
    mean = np.array([prior @ replace(tier, ability=float(a)).curve(grid) for a in abilities])
    return replace(tier, ability=float(abilities[np.abs(mean - aim).argmin()]))
