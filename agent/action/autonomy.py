"""The autonomy schedule: what fixit may do by itself, what it must be told, and what that costs.

    U(a) = V·p(a) − C − R(a) − H(a)                                            (Eq. 6)

Every action belongs to a class. A class needs a person to a degree (`Need`), asks for so many
seconds of a person's attention (H), and may not be undone (irreversible events, priced at ρ_irr).
`option_value` is what waiting for one more look is worth before an act that cannot be undone.
Harms that are rare and of unknown size are counted by their tail, not by their mean (`cvar`).

A user may set any schedule; a repository's own file can only tighten it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from fixit_runtime.agent.action.checks import CheckFit
from fixit_runtime.agent.config import Settings
from fixit_runtime.agent.economy import Prices, submit_value
from fixit_runtime.agent.errors import UsageError

TAIL = 0.95  # harms are priced by the mean of the worst 5 %
TABLE = "autonomy"


class ActionClass(StrEnum):
    """What an action does, from what touches nothing to what others see."""

    READ = "read"
    DRAFT = "draft"
    RUN = "run-in-sandbox"
    WRITE = "write-tree"
    COMMIT = "commit"
    PUSH = "push"
    OPEN_PR = "open-pr"


class Need(StrEnum):
    """What a class needs, from nothing to never. `CONFIRM`: a flag, or a yes at the terminal;
    `FLAG`: a flag; `BOTH`: a flag and a yes."""

    FREE = "free"
    CONFIRM = "confirm"
    FLAG = "flag"
    BOTH = "both"
    NEVER = "never"

    @property
    def strictness(self) -> int:
        return list(Need).index(self)


@dataclass(frozen=True, slots=True)
class Harm:
    """A rare harm: what it costs, USD, and how likely one action of the class brings it."""

    usd: float
    probability: float

    def __post_init__(self) -> None:
        if not (self.usd >= 0 and 0 <= self.probability <= 1):
            raise ValueError("a harm needs a cost of at least 0 and a probability from 0 to 1")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a class needs and costs. `attention_s`: of a person, where one is asked."""

    need: Need
    attention_s: float = 0.0
    irreversible_events: float = 0.0
    harms: tuple[Harm, ...] = ()

    def tail_usd(self) -> float:
        return cvar(self.harms)


DEFAULTS: Mapping[ActionClass, Rule] = {
    ActionClass.READ: Rule(Need.FREE),
    ActionClass.DRAFT: Rule(Need.FREE),
    ActionClass.RUN: Rule(Need.FREE),
    ActionClass.WRITE: Rule(Need.CONFIRM, attention_s=20.0),
    ActionClass.COMMIT: Rule(Need.CONFIRM, attention_s=20.0),
    ActionClass.PUSH: Rule(Need.FLAG, attention_s=60.0, irreversible_events=0.01),
    ActionClass.OPEN_PR: Rule(Need.FLAG, attention_s=60.0, irreversible_events=0.01),
}


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether an action may be done, and why."""

    granted: bool
    why: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rules in force. `human_usd_per_h`: what an hour of the user's attention is worth."""

    rules: Mapping[ActionClass, Rule] = field(default_factory=lambda: dict(DEFAULTS))
    human_usd_per_h: float = 60.0

    def permit(self, what: ActionClass, *, flag: bool, person: bool, said_yes: bool) -> Permit:
        """Whether an action may be done now.

        Args:
            flag: the user asked for it on the command line or in the environment.
            person: somebody is at the terminal who can be asked; never so in CI.
            said_yes: that person was asked, and agreed.
        """
        need, yes = self.rules[what].need, person and said_yes
        granted = {
            Need.FREE: True,
            Need.CONFIRM: flag or yes,
            Need.FLAG: flag,
            Need.BOTH: flag and yes,
            Need.NEVER: False,
        }[need]
        why = "" if granted else _refusal(what, need, flag=flag, person=person)
        return Permit(granted, why)

    def asks(self, what: ActionClass, *, flag: bool) -> bool:
        """Whether a person must say yes before this can be done."""
        need = self.rules[what].need
        return (need is Need.CONFIRM and not flag) or (need is Need.BOTH and flag)

    def oversight_usd(self, what: ActionClass, *, flag: bool) -> float:
        """H: the attention that the action asks for, at its price; 0 where nobody is asked."""
        if not self.asks(what, flag=flag):
            return 0.0
        return self.rules[what].attention_s * self.human_usd_per_h / 3600.0

    def tightened(self, table: Mapping[str, Any], where: str) -> Schedule:
        """With the rules of a repository's own file, which may only ask for more.

        Raises:
            UsageError: the table is no schedule, or would loosen a rule.
        """
        theirs = self.changed(table, where)
        for what, rule in theirs.rules.items():
            mine = self.rules[what]
            looser = rule.need.strictness < mine.need.strictness
            cheaper = (
                rule.irreversible_events < mine.irreversible_events
                or rule.attention_s < mine.attention_s
                or rule.tail_usd() < mine.tail_usd()
            )
            if looser or cheaper:
                raise UsageError(
                    f"{where} loosens what `{what}` needs, which a repository may not decide",
                    hint="set it in a file of your own, and name that with --autonomy",
                )
        return replace(theirs, human_usd_per_h=self.human_usd_per_h)

    def changed(self, table: Mapping[str, Any], where: str) -> Schedule:
        """With the rules of the user's own file: `write-tree = "flag"`, or a table with `need`,
        `attention_s`, `irreversible_events` and `harms = [[usd, probability], ...]`.

        Raises:
            UsageError: an unknown class, need or field.
        """
        rules, human = dict(self.rules), self.human_usd_per_h
        for name, told in table.items():
            try:
                if name == "human_usd_per_h":
                    human = _amount(told)
                    continue
                what = ActionClass(name.replace("_", "-"))
                rules[what] = _rule(rules[what], told)
            except (ValueError, TypeError) as error:
                raise UsageError(
                    f"cannot use [{TABLE}] of {where}: {name}: {error}",
                    hint=f"classes: {', '.join(ActionClass)}; needs: {', '.join(Need)}",
                ) from error
        return replace(self, rules=rules, human_usd_per_h=human)


def in_force(settings: Settings) -> Schedule:
    """The schedule of a run: the defaults, the user's own file, then the repository's, which may
    only tighten it.

    Raises:
        UsageError: a file cannot be read, or says what it cannot.
    """
    schedule = Schedule()
    if settings.autonomy_file is not None:
        schedule = schedule.changed(_read(settings.autonomy_file), str(settings.autonomy_file))
    return schedule.tightened(settings.autonomy, "the repository's settings")


def _read(path: Path) -> Mapping[str, Any]:
    try:
        data = tomllib.loads(path.expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read {path}: {error}", hint="--autonomy-file names a TOML"
        ) from error
    table = data.get(TABLE, data)
    return table if isinstance(table, dict) else {}


def option_value(chance: float, prices: Prices, look: CheckFit, look_usd: float) -> float:
    """What waiting for one more look is worth before an act that cannot be undone, USD.

    Acting now is worth max(0, V·P − ρ·(1 − P)). After a look that accepts or rejects, the act is
    done only where it still pays; waiting is right where this is above 0.

    It is told beside the question of a deferred run and by the doctor, and is no term of submit
    against defer (Eq. 8). Showing a patch is an act that can be undone, and the look comes with
    it: whoever reads the patch looks before it takes effect, and a wrong one costs them ρ, which
    submit has paid. To score defer by this would count that look twice, and, a look being cheap
    against ρ, defer whatever is less likely right than 0.96. What cannot be undone once
    it is shown (a class with irreversible events, pushing say, which fixit does not do) has its
    price in submit as ρ_irr.
    """
    sensitivity, specificity = look.sensitivity.mean, look.specificity.mean
    accept = chance * sensitivity + (1 - chance) * (1 - specificity)
    then = 0.0
    for p, right in ((accept, chance * sensitivity), (1 - accept, chance * (1 - sensitivity))):
        if p > 0:
            then += p * max(0.0, submit_value(right / p, prices))
    return then - look_usd - max(0.0, submit_value(chance, prices))


def cvar(harms: Sequence[Harm], level: float = TAIL) -> float:
    """The mean harm in the worst 1 − `level` of cases, USD; the rest of the cases harm nothing.

    Harms of one list exclude each other. Between the mean (level 0) and the worst (level → 1).

    Raises:
        ValueError: the probabilities sum to more than 1, or the level is not in [0, 1).
    """
    if sum(h.probability for h in harms) > 1 + 1e-9 or not 0 <= level < 1:
        raise ValueError("probabilities of harms sum to 1 at most, and a level lies in [0, 1)")
    left, total = 1.0 - level, 0.0
    for harm in sorted(harms, key=lambda h: -h.usd):
        share = min(harm.probability, left)
        total += share * harm.usd
        left -= share
    return total / (1.0 - level)


def _rule(rule: Rule, told: object) -> Rule:
    if isinstance(told, str):
        return replace(rule, need=Need(told))
    if not isinstance(told, Mapping):
        raise ValueError("needs a word or a table")
    known = {"need", "attention_s", "irreversible_events", "harms"}
    if unknown := sorted(told.keys() - known):
        raise ValueError(f"unknown: {', '.join(unknown)}")
    harms = tuple(Harm(float(usd), float(p)) for usd, p in told.get("harms", ()))
    cvar(harms)
    return Rule(
        Need(told.get("need", rule.need)),
        _amount(told.get("attention_s", rule.attention_s)),
        _amount(told.get("irreversible_events", rule.irreversible_events)),
        harms or rule.harms,
    )


def _amount(told: object) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < 1e12:
        raise ValueError(f"must be a number of at least 0, not {told!r}")
    return float(told)


def _refusal(what: ActionClass, need: Need, *, flag: bool, person: bool) -> str:
    if need is Need.NEVER:
        return f"the autonomy schedule never allows {what}"
    if need is Need.BOTH and flag:
        asked = "and it was refused" if person else "and nobody is at a terminal to be asked"
        return f"{what} also needs a yes at the terminal, {asked}"
    return f"{what} needs its flag" if need is not Need.CONFIRM else f"{what} was not confirmed"
