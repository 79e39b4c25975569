"""How telling each check is: sensitivity and specificity as Beta distributions, with their source.

The figures stand in `checks.json`. `fit_checks` makes a new table from outcomes whose truth is
known; what a check lacks in outcomes stays with the assumption, which counts as few outcomes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import TypeVar

import numpy as np

from fixit_runtime.agent.economy import TINY, Array, Prices, Quote, full_cost
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.seams import Stage

NEAR = "verify:near"
SUITE = "verify:suite"
CONFIRM = "verify:confirm"
AGAIN = "verify:again"
TYPES = "verify:types"
INPUTS = "verify:inputs"
OPINION = "verify:opinion"  # with ":TIER" behind it on a menu
SAID_BEHAVIOUR = "answer:behaviour"  # a person says what the code should do
SAID_PATCH = "answer:patch"  # a person says whether a patch is right


@dataclass(frozen=True, slots=True)
class Beta:
    """A chance that was seen `a` times against `b`; Beta(a, b). Both are above 0."""

    a: float
    b: float

    def __post_init__(self) -> None:
        if not (0 < self.a < math.inf and 0 < self.b < math.inf):
            raise ValueError(f"Beta({self.a}, {self.b}): both must be finite and above 0")

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    @property
    def sd(self) -> float:
        total = self.a + self.b
        return math.sqrt(self.a * self.b / (total + 1.0)) / total

    def and_seen(self, yes: float, no: float) -> Beta:
        return Beta(self.a + yes, self.b + no)


Number = TypeVar("Number", float, Array)
EVEN = Beta(1.0, 1.0)  # of a check that nothing is known about


@dataclass(frozen=True, slots=True)
class CheckFit:
    """P(accepted | right) and P(rejected | wrong). Two means are all that one verdict needs,
    since its likelihood is linear in them; the rest says how far they are to be believed."""

    sensitivity: Beta = EVEN
    specificity: Beta = EVEN

    def p_accept_sd(self, chance: float) -> float:
        """Standard deviation of P(accept) for a candidate that is right with this chance."""
        return math.hypot(chance * self.sensitivity.sd, (1.0 - chance) * self.specificity.sd)


@dataclass(frozen=True, slots=True)
class Rates:
    """P(a check accepts), if the candidate is right and if it is wrong."""

    right: float
    wrong: float

    def accept(self, chance: Number) -> Number:
        """P(accept) of candidates that are right with these chances."""
        return chance * self.right + (1 - chance) * self.wrong

    def if_accepted(self, chance: Array) -> Array:
        after: Array = chance * self.right / np.maximum(self.accept(chance), TINY)
        return after

    def if_rejected(self, chance: float) -> float:
        return chance * (1 - self.right) / max(1 - self.accept(chance), TINY)


@dataclass(frozen=True, slots=True)
class CheckModel:
    """A verification: from which stage to which, how telling it is, and its full cost in USD.

    Without a `target` it is not owed: it moves the chance of a candidate and leaves its stage.
    `fatal` says that what it rejects is never shown. `includes` names a check whose tests are
    part of its own, so that after that one it tells as much less. `quote` is what it costs, from
    which `usd` follows at any prices.
    """

    option: str
    source: Stage
    target: Stage | None
    sensitivity: float
    specificity: float
    usd: float = 0.0
    fatal: bool = True
    includes: str = ""
    quote: Quote | None = None
    fit: CheckFit | None = None  # the distributions of which the two are means

    @property
    def rates(self) -> Rates:
        return Rates(self.sensitivity, 1.0 - self.specificity)

    def p_sd(self, chance: float) -> float:
        """Standard deviation of P(accept), as far as it comes from these figures."""
        return self.fit.p_accept_sd(chance) if self.fit else 0.0

    def at(self, prices: Prices) -> CheckModel:
        """The same check at these prices."""
        if self.quote is None or (usd := full_cost(self.quote, prices)) == self.usd:
            return self
        return replace(self, usd=usd)


@dataclass(frozen=True, slots=True)
class CheckTable:
    """The figures of all checks. `version` stands in every quote that rests on them."""

    version: str
    source: str
    checks: Mapping[str, CheckFit] = field(default_factory=dict)

    def of(self, option: str) -> CheckFit:
        """The figures of "verify:opinion:TIER" are its own, or else those of "verify:opinion"."""
        general = OPINION if option.startswith(f"{OPINION}:") else option
        return self.checks.get(option) or self.checks.get(general) or CheckFit()

    def to_json(self) -> str:
        """As `read_checks` reads it."""
        checks = {
            name: {
                "sensitivity": [fit.sensitivity.a, fit.sensitivity.b],
                "specificity": [fit.specificity.a, fit.specificity.b],
            }
            for name, fit in self.checks.items()
        }
        told = {"version": self.version, "source": self.source, "checks": checks}
        return json.dumps(told, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Checked:
    """One verdict of a check on a candidate whose truth is known."""

    check: str
    right: bool
    accepted: bool


def fit_checks(
    rows: Iterable[Checked], *, version: str, source: str, base: CheckTable
) -> CheckTable:
    """The table once these verdicts were seen: each adds one to its Beta of `base`."""
    checks = dict(base.checks)
    for row in rows:
        fit = checks.get(row.check) or base.of(row.check)
        sensitivity, specificity = fit.sensitivity, fit.specificity
        if row.right:
            sensitivity = sensitivity.and_seen(row.accepted, not row.accepted)
        else:
            specificity = specificity.and_seen(not row.accepted, row.accepted)
        checks[row.check] = CheckFit(sensitivity, specificity)
    return CheckTable(version, source, dict(sorted(checks.items())))


def read_checks(text: str, where: str = "checks.json") -> CheckTable:
    """A table from its JSON.

    Raises:
        UsageError: it is no such table, and says where.
    """
    try:
        data = json.loads(text)
        checks = {
            str(name): CheckFit(Beta(*fit["sensitivity"]), Beta(*fit["specificity"]))
            for name, fit in data["checks"].items()
        }
        return CheckTable(str(data["version"]), str(data["source"]), checks)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{where} is no table of checks: {error!r}",
            hint="make one with `python benchmarks/fit_checks.py --rows FILE`",
        ) from error


def shipped_checks() -> CheckTable:
    """The table that comes with fixit."""
    return read_checks(files(__package__).joinpath("checks.json").read_text(encoding="utf-8"))
