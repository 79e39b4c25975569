"""Policies: ways to rank a priced menu. `index` is the shipped rule, the others are its peers."""

from __future__ import annotations

from fixit_runtime.agent.action.policies.index import IndexPolicy, LiteralPolicy
from fixit_runtime.agent.action.policies.recipes import (
    Cascade,
    Pipeline,
    PreRunRouter,
    Scorer,
    Single,
    by_lot,
    least_cost,
    most_accurate,
    most_surplus,
)
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.seams import Policy

SCORER_NOISE = 1.0  # of the frugal cascade's scorer, on log odds: 0.8 is now 0.6, now 0.9
POLICIES: dict[str, Policy] = {
    p.name: p
    for p in (
        IndexPolicy(),
        LiteralPolicy(),
        Single("best-single", most_surplus),
        Single("cheapest", least_cost),
        Single("most-accurate", most_accurate),
        Single("random", by_lot),
        Cascade("fixed-cascade"),
        Cascade("frugal", threshold=None, scorer=Scorer(SCORER_NOISE)),
        PreRunRouter(),
        Pipeline(),
    )
}


def policy(name: str) -> Policy:
    """Raises UsageError for a name that no policy has."""
    if name not in POLICIES:
        raise UsageError(
            f"there is no policy {name!r}", hint=f"--policy takes one of: {', '.join(POLICIES)}"
        )
    return POLICIES[name]


__all__ = ["POLICIES", "IndexPolicy", "LiteralPolicy", "policy"]
