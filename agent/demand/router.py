"""Which tier answered, which were passed over, and why. Nothing is switched silently.

The choice itself is the policy's. This file keeps users' allow-lists, and says in words what a
decision did with each tier: a tier that a user named and that was not used, or not even on the
menu, is named with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fixit_runtime.agent.economy import Action, Prices, Scored, full_cost
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.seams import Decision, Proposer


@dataclass(frozen=True, slots=True)
class Routed:
    """The tier that was chosen, why, and every other allowed tier with why it was not."""

    tier: str
    why: str
    passed_over: tuple[tuple[str, str], ...] = ()

    def lines(self) -> list[str]:
        """As a receipt shows it."""
        return [f"{self.tier}: {self.why}", *(f"not {t}: {why}" for t, why in self.passed_over)]


def check_allowed(tiers: Sequence[str], allowed: Sequence[str]) -> None:
    """Raises UsageError where the list names a tier that is not there."""
    if unknown := [name for name in allowed if name not in tiers]:
        raise UsageError(
            f"there is no tier {', '.join(unknown)}", hint=f"there are: {', '.join(tiers)}"
        )


def permitted(proposers: Sequence[Proposer], allowed: Sequence[str]) -> list[Proposer]:
    """The proposers whose tier is on the list, in the list's order; all, for an empty list.

    Raises:
        UsageError: the list names a tier that is not there. It is not left out silently.
    """
    by_tier = {p.tier: p for p in proposers}
    check_allowed(list(by_tier), allowed)
    return [by_tier[name] for name in allowed] if allowed else list(proposers)


def routed(decision: Decision, allowed: Sequence[str]) -> Routed | None:
    """What this decision did with the allowed tiers; None where it did not buy an attempt."""
    chosen = decision.quote
    if chosen.action is not Action.ACT:
        return None
    priced = {s.quote.tier: s for s in decision.menu if s.quote.action is Action.ACT}
    mine = priced[chosen.tier]
    others = [t for t in dict.fromkeys((*allowed, *priced)) if t != chosen.tier]
    reasons = tuple((t, _why_not(priced.get(t), mine, decision.prices)) for t in others)
    return Routed(chosen.tier, _why(mine, decision.prices), reasons)


def routing(decisions: Sequence[Decision], allowed: Sequence[str]) -> list[str]:
    """A run in one line a tier, as a receipt shows it: each tier used, and why when first; then
    each other allowed tier, and why it was not when an attempt was last bought."""
    bought = [r for d in decisions if (r := routed(d, allowed)) is not None]
    used: dict[str, str] = {}
    for each in bought:
        used.setdefault(each.tier, each.why)
    told = [f"{tier}: {why}" for tier, why in used.items()]
    reasons = dict(bought[-1].passed_over) if bought else {}
    unused = [t for t in dict.fromkeys((*allowed, *reasons)) if t not in used]
    return told + [f"not {t}: {reasons.get(t, 'no attempt was worth its price')}" for t in unused]


def _why(scored: Scored, prices: Prices) -> str:
    quote = scored.quote
    return (
        f"chance {quote.p_accept:.2f} for ${full_cost(quote, prices):.4f}, "
        f"worth ${scored.score:.2f} with what may follow"
    )


def _why_not(other: Scored | None, chosen: Scored, prices: Prices) -> str:
    if other is None:
        return "not on the menu: exhausted, or more than the limits leave"
    quote = other.quote
    if other.score > chosen.score:
        return f"worth ${other.score:.2f}, but the policy does not choose by worth"
    return (
        f"chance {quote.p_accept:.2f} for ${full_cost(quote, prices):.4f}, "
        f"worth ${other.score:.2f}: less"
    )
