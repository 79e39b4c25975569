"""Which tier answered, which were passed over, and why. Nothing is switched silently.

The choice itself is the policy's. This file keeps users' allow-lists, and says in words what a
decision did with each tier: a tier that a user named and that was not used, or not even on the
menu, is named with its reason. It also tells whether the model that answered is the one asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fixit_runtime.agent.economy import Action, Prices, Quote, Scored, full_cost
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.seams import Decision, Proposer

OWN_NAMES = frozenset({"azure", "azure_ai", "sagemaker", "sagemaker_chat"})
_REVISION = re.compile(
    r"[-@](?:20\d{2}-?\d{2}-?\d{2}(?:-v\d+:\d+)?|\d{2}-20\d{2}|\d{2}-\d{2}|\d{4}|00\d)$"
)


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


def same_model(asked: str, served: str) -> bool:
    """Whether a provider's name for the model that answered is the one that was asked for.

    Providers leave out their own prefix and add a date, a revision or "latest". A deployment
    that the user named himself (Azure, SageMaker) cannot be compared, and counts as the same; so
    does a provider that does not say.
    """
    if not served or asked.partition("/")[0] in OWN_NAMES:
        return True
    (mine, my_revision), (theirs, their_revision) = _parts(asked), _parts(served)
    revised = my_revision and their_revision and my_revision != their_revision
    return mine == theirs and not revised


def _parts(model: str) -> tuple[str, str]:
    """The name without provider and publisher, and its revision; "" for none and for the latest."""
    name = model.casefold().rstrip("/").rpartition("/")[2].removesuffix(":latest")
    name = name.removesuffix("-latest")
    found = _REVISION.search(name)
    revision = re.sub(r"\D", "", found[0]) if found else ""
    return _REVISION.sub("", name).replace(".", "-"), revision


def routing(decisions: Sequence[Decision], allowed: Sequence[str]) -> list[str]:
    """A run in one line a tier, as a receipt shows it: each tier asked, and why when first; then
    each other allowed tier, and why it was not when a tier was last asked. A tier is asked by an
    attempt, and by a check of its own: its opinion of another's candidate."""
    asked = [d for d in decisions if d.quote.tier]
    used: dict[str, str] = {}
    for decision in asked:
        mine = next(s for s in decision.menu if s.quote.option == decision.chosen)
        used.setdefault(decision.quote.tier, _why(mine, decision.prices))
    told = [f"{tier}: {why}" for tier, why in used.items()]
    last = asked[-1] if asked else decisions[-1] if decisions else None
    if last is None:
        return [f"not {tier}: no step was taken" for tier in dict.fromkeys(allowed)]
    unused = [t for t in _tiers(last, allowed) if t not in used]
    return told + [f"not {t}: {_why_not(t, last)}" for t in unused]


def _tiers(decision: Decision, allowed: Sequence[str]) -> dict[str, None]:
    """All tiers that the decision could have been about, in order."""
    quoted = [s.quote.tier for s in decision.menu] + [q.tier for q in decision.beyond]
    return dict.fromkeys(t for t in (*allowed, *quoted) if t)


def _why(scored: Scored, prices: Prices) -> str:
    quote, usd = scored.quote, full_cost(scored.quote, prices)
    if quote.action is not Action.ACT:
        return (
            f"asked for its opinion for ${usd:.4f}, which agrees with chance "
            f"{quote.p_accept:.2f}; worth ${scored.score:.2f} with what may follow"
        )
    return (
        f"chance {quote.p_accept:.2f} for ${usd:.4f}, "
        f"worth ${scored.score:.2f} with what may follow"
    )


def _why_not(tier: str, decision: Decision) -> str:
    """Why the decision took no step of this tier."""
    mine = [s for s in decision.menu if s.quote.tier == tier]
    if not mine:
        return _off_menu([q for q in decision.beyond if q.tier == tier])
    other = max(mine, key=lambda s: (s.quote.action is Action.ACT, s.score))
    if not decision.quote.tier:
        return f"{_offered(other, decision.prices)}, not worth its price"
    if other.score > decision.score:
        return f"worth ${other.score:.2f}, but the policy does not choose by worth"
    return f"{_offered(other, decision.prices)}, worth ${other.score:.2f}: less"


def _offered(scored: Scored, prices: Prices) -> str:
    quote = scored.quote
    return f"chance {quote.p_accept:.2f} for ${full_cost(quote, prices):.4f}"


def _off_menu(beyond: Sequence[Quote]) -> str:
    if not beyond:
        return "nothing of it was left to buy"
    least = min(beyond, key=lambda q: (q.cost_worst_usd, q.latency_s))
    return (
        f"the limits do not leave what it may need, ${least.cost_worst_usd:.4f} and "
        f"{least.latency_s:.0f} s"
    )
