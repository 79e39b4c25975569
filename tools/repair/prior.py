"""How likely a candidate is before any test: a log-linear model over `features`.

    log weight = Σ weight · feature, over the features of statement, template and draft

That is a conditional logit over all candidates of a task (D. McFadden, *Conditional logit
analysis of qualitative choice behavior*, 1973). `learned()` was fitted to bugs whose right edit
is known, by `benchmarks/train_order.py`; `UNTRAINED` has the hand-made factors alone.

Laziness needs upper bounds: of what a draft of a template can add (`peaks`), and of what a file
can give (`summit`). They are taken a little below the largest seen; what lies above one is
clipped to it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

from fixit_runtime.agent.errors import UsageError
from fixit_runtime.tools.repair.context import Draft
from fixit_runtime.tools.repair.features import (
    HAND_DRAFT,
    HAND_KIND,
    HAND_PLACE,
    SHARPNESS,
    Feature,
    Place,
    growth,
    hand_share,
    of_draft,
    of_kind,
    of_place,
)
from fixit_runtime.tools.repair.templates import Kind

WEIGHTS_FILE = "order.json"


@dataclass(frozen=True)
class Prior:
    """Weights by feature. `name` stands in traces and tables.

    Args:
        peaks: the most that a draft's features give, by template; of one that is not named
            its hand-made peak.
        summit: the most that a statement with its template and draft gives above its suspicion;
            None: what the hand-made weights can give.
    """

    name: str
    weights: Mapping[str, float]
    peaks: Mapping[str, float] = field(default_factory=dict)
    summit: float | None = None

    def of_file(self, suspicion: float, kinds: Sequence[Kind]) -> float:
        """An upper bound for a file by its most suspicious line."""
        sharp = SHARPNESS * self.weights.get(HAND_PLACE, 0.0) * math.log(suspicion)
        if self.summit is not None:
            return sharp + self.summit
        return sharp + max(math.log(k.weight * max(k.crash.values(), default=1.0)) for k in kinds)

    def of_place(self, place: Place) -> float:
        return self._sum(of_place(place))

    def of_kind(self, place: Place, kind: Kind) -> float:
        return self._sum(of_kind(place, kind))

    def of_draft(self, place: Place, kind: Kind, draft: Draft) -> float:
        if self._by_hand:
            return self.weights[HAND_DRAFT] * hand_share(kind, draft, growth(place.site, draft))
        return min(self._sum(of_draft(place, kind, draft)), self.peak(kind))

    def peak(self, kind: Kind) -> float:
        if (known := self.peaks.get(kind.name)) is not None:
            return known
        return self.weights.get(HAND_DRAFT, 0.0) * math.log(kind.peak)

    @cached_property
    def _by_hand(self) -> bool:
        """Whether a draft's share is all that counts of it."""
        return self.weights.keys() == {HAND_PLACE, HAND_KIND, HAND_DRAFT}

    def _sum(self, features: Iterable[Feature]) -> float:
        weights = self.weights
        return sum(weights[name] * value for name, value in features if name in weights)


UNTRAINED = Prior("untrained", {HAND_PLACE: 1.0, HAND_KIND: 1.0, HAND_DRAFT: 1.0})


@cache
def learned() -> Prior:
    """The shipped weights."""
    text = files("fixit_runtime.tools.repair").joinpath(WEIGHTS_FILE).read_text("utf-8")
    return from_json(text)


def read(path: Path) -> Prior:
    """Weights of one's own. Raises UsageError where the file holds none."""
    try:
        return from_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} gives no order of candidates: {error}",
            hint="`python benchmarks/train_order.py --weights FILE` writes such a file",
        ) from error


def from_json(text: str) -> Prior:
    """A prior as `to_json` wrote it. Raises ValueError for what it did not write."""
    data = json.loads(text)
    try:
        return Prior(data["name"], data["weights"], data["peaks"], data["summit"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"these are no weights of an order: {error}") from error


def to_json(prior: Prior) -> str:
    """One line a weight, so that a retraining can be read as a diff."""
    record = {
        "name": prior.name,
        "summit": prior.summit,
        "peaks": dict(sorted(prior.peaks.items())),
        "weights": dict(sorted(prior.weights.items())),
    }
    return json.dumps(record, indent=0) + "\n"
