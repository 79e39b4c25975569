"""A fit as a file: what is known of tiers, what their attempts cost, and the features' effects.

One JSON object, `"schema": "fixit.beliefs/1"`. `sources` says of each fitted tier how many
outcomes it rests on; `default_tier` is any tier that is not named. Curves are over the grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fixit_runtime.agent.action.costs import TierCost
from fixit_runtime.agent.action.features import Effect, Effects
from fixit_runtime.agent.action.fit import Fit
from fixit_runtime.agent.action.tiers import BeliefModel, TierModel
from fixit_runtime.agent.economy import Array
from fixit_runtime.agent.errors import UsageError

SCHEMA: Literal["fixit.beliefs/1"] = "fixit.beliefs/1"
Chance = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Amount = Annotated[float, Field(ge=0)]
Words = Annotated[str, Field(max_length=200, pattern=r"^[ -~]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Tier(_Part):
    ability: float
    decay: Positive = 1.0
    growth: Positive = 1.0
    later: Amount = 1.0
    unplanned: Chance = 1.0
    sensitivity: Chance
    specificity: Chance
    most: int = Field(100, ge=1)
    table: tuple[Chance, ...] | None = None
    spread: tuple[Amount, ...] | None = None


class _Cost(_Part):
    mean_usd: tuple[Amount, ...]
    log_usd: tuple[tuple[float, ...], tuple[float, ...]]
    loading: Amount
    noise: Positive
    most_usd: Amount


class _Effect(_Part):
    mean: float
    sd: Amount
    usual: float = 0.0


class _Effects(_Part):
    version: Words
    by_name: dict[str, _Effect]


class _File(_Part):
    schema_: Literal["fixit.beliefs/1"] = Field(SCHEMA, alias="schema")
    version: Words
    sources: dict[str, Words]
    grid: tuple[float, ...] = Field(min_length=2)
    prior: tuple[Amount, ...]
    tiers: dict[str, _Tier]
    default_tier: _Tier
    costs: dict[str, _Cost]
    effects: _Effects

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        steps = np.diff(self.grid)
        if not (steps > 0).all() or not np.allclose(steps, steps[0]):
            raise ValueError("grid must rise in even steps")
        if abs(sum(self.prior) - 1.0) > 1e-6:
            raise ValueError("prior must sum to 1")
        for name, curve in self._curves():
            if len(curve) != len(self.grid):
                raise ValueError(f"{name} must have a value for each of the grid's")
        return self

    def _curves(self) -> list[tuple[str, tuple[float, ...]]]:
        found = [("prior", self.prior)]
        for name, tier in (*self.tiers.items(), ("default_tier", self.default_tier)):
            found += [(f"{name}.table", tier.table)] if tier.table is not None else []
            found += [(f"{name}.spread", tier.spread)] if tier.spread is not None else []
        for name, cost in self.costs.items():
            found += [(f"{name}.cost", each) for each in (cost.mean_usd, *cost.log_usd)]
        return found


def read(path: Path) -> Fit:
    """The fit of a file. Raises UsageError where it holds none, saying what is wrong with it."""
    try:
        return from_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path} gives no beliefs: {why}", hint=_HINT) from error


_HINT = "`python benchmarks/fit_beliefs.py --runs .fixit --write FILE` writes such a file"


def from_json(text: str) -> Fit:
    """A fit as `to_json` wrote it. Raises ValueError for what it did not write."""
    try:
        held = _File.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(_explained(error)) from error
    return Fit(
        BeliefModel(
            version=held.version,
            grid=np.array(held.grid),
            prior=np.array(held.prior),
            tiers={name: _tier(tier) for name, tier in held.tiers.items()},
            default_tier=_tier(held.default_tier),
            effects=Effects(
                held.effects.version,
                {n: Effect(e.mean, e.sd, e.usual) for n, e in held.effects.by_name.items()},
            ),
            sources=held.sources,
        ),
        {name: _cost(cost) for name, cost in held.costs.items()},
    )


def to_json(known: Fit) -> str:
    """The fit as text, the same for the same fit."""
    model = known.model
    held = {
        "schema": SCHEMA,
        "version": model.version,
        "sources": dict(sorted(model.sources.items())),
        "grid": model.grid.tolist(),
        "prior": model.prior.tolist(),
        "tiers": {name: _plain(tier) for name, tier in sorted(model.tiers.items())},
        "default_tier": _plain(model.default_tier),
        "costs": {name: _plain(cost) for name, cost in sorted(known.costs.items())},
        "effects": {
            "version": model.effects.version,
            "by_name": {n: asdict(e) for n, e in sorted(model.effects.by_name.items())},
        },
    }
    return _File.model_validate(held).model_dump_json(by_alias=True, indent=1) + "\n"


def _plain(record: TierModel | TierCost) -> Mapping[str, Any]:
    values = asdict(record)
    return {n: v.tolist() if isinstance(v, np.ndarray) else v for n, v in values.items()}


def _tier(held: _Tier) -> TierModel:
    values = {**held.model_dump(), "table": _array(held.table), "spread": _array(held.spread)}
    return TierModel(**values)


def _cost(held: _Cost) -> TierCost:
    mean, logs = np.array(held.mean_usd), np.array(held.log_usd)
    return TierCost(mean, logs, held.loading, held.noise, held.most_usd)


def _array(values: tuple[float, ...] | None) -> Array | None:
    return None if values is None else np.array(values)


def _explained(error: ValidationError) -> str:
    """The first thing that is wrong, and how many more there are."""
    first, *more = error.errors()
    where = ".".join(map(str, first["loc"]))
    said = first["msg"].removeprefix("Value error, ")
    told = f"{where}: {said}" if where else said
    return f"{told} (and {len(more)} more)" if more else told
