"""The autonomy schedule as a person reads it: what each class of action needs and costs."""

from __future__ import annotations

import json

from fixit_runtime.agent.action.autonomy import (
    ActionClass,
    Need,
    Rule,
    Schedule,
    option_value,
)
from fixit_runtime.agent.action.checks import SAID_PATCH, shipped_checks
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.report.text import money

_WORDS = {
    Need.FREE: "nothing: done by itself",
    Need.CONFIRM: "a flag, or a yes at the terminal",
    Need.FLAG: "a flag",
    Need.BOTH: "a flag and a yes at the terminal",
    Need.NEVER: "never done",
}
_DOES = {
    ActionClass.READ: "read the repository's files",
    ActionClass.DRAFT: "write a patch into a file for you (--output)",
    ActionClass.RUN: "run tests and candidates in a sandbox",
    ActionClass.WRITE: "write the patch into your tree (--apply)",
    ActionClass.COMMIT: "commit it (--commit, --branch)",
    ActionClass.PUSH: "push a branch",
    ActionClass.OPEN_PR: "open a pull request",
}


def render(schedule: Schedule, prices: Prices) -> str:
    """One line a class, and what the numbers mean."""
    lines = ["What fixit may do, and what each class of action needs"]
    for what, rule in schedule.rules.items():
        lines.append(f"  {what:<15} {_WORDS[rule.need]:<33} {_DOES[what]}")
        if costs := _costs(rule, schedule, prices):
            lines.append(f"  {'':<15} {costs}")
    until = look_pays_until(schedule, prices)
    lines += [
        "",
        f"An hour of your attention is priced at {money(schedule.human_usd_per_h)}, an act that "
        f"cannot be undone at {money(prices.irreversible_usd)}.",
        f"Before such an act, a look of yours is worth its price up to P(correct) = {until:.2f}.",
        "A file of your own changes this (--autonomy-file FILE, table [autonomy]); a "
        "repository's own file can only tighten it.",
    ]
    return "\n".join(lines) + "\n"


def to_json(schedule: Schedule, prices: Prices) -> str:
    """`fixit.autonomy/1`."""
    classes = {
        what: {
            "needs": rule.need,
            "attention_s": rule.attention_s,
            "oversight_usd": _oversight(rule, schedule),
            "irreversible_events": rule.irreversible_events,
            "tail_usd": rule.tail_usd(),
        }
        for what, rule in schedule.rules.items()
    }
    told = {
        "schema": "fixit.autonomy/1",
        "human_usd_per_h": schedule.human_usd_per_h,
        "irreversible_usd": prices.irreversible_usd,
        "look_pays_until": look_pays_until(schedule, prices),
        "classes": classes,
    }
    return json.dumps(told, indent=2) + "\n"


def look_pays_until(schedule: Schedule, prices: Prices) -> float:
    """The highest P(correct) at which waiting for a person's look beats acting at once, where
    an act cannot be undone: a wrong one then costs ρ_irr."""
    final = Prices(prices.value_usd, 0.0, prices.irreversible_usd, prices.irreversible_usd)
    look = shipped_checks().of(SAID_PATCH)
    seconds = schedule.rules[ActionClass.PUSH].attention_s
    usd = seconds * schedule.human_usd_per_h / 3600.0
    pays = [i for i in range(1000) if option_value(i / 1000, final, look, usd) > 0]
    return max(pays, default=0) / 1000


def _costs(rule: Rule, schedule: Schedule, prices: Prices) -> str:
    told = []
    if rule.attention_s and rule.need is not Need.FREE:
        told.append(f"asking costs {money(_oversight(rule, schedule))} of your time")
    if rule.irreversible_events:
        usd = rule.irreversible_events * prices.irreversible_usd
        told.append(f"cannot be undone: {rule.irreversible_events:g} events, {money(usd)}")
    if rule.harms:
        told.append(f"rare harms: {money(rule.tail_usd())} in the worst 5 %")
    return "; ".join(told)


def _oversight(rule: Rule, schedule: Schedule) -> float:
    return rule.attention_s * schedule.human_usd_per_h / 3600.0
