"""Policies: ways to rank a priced menu. `index` is the shipped rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fixit_runtime.agent import economy
from fixit_runtime.agent.economy import Prices, Quote, Scored
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.seams import Policy, State


@dataclass(frozen=True, slots=True)
class IndexPolicy:
    """The index rule: a step is worth what it makes possible (design §4)."""

    name: str = "index"

    def rank(self, state: State, menu: Sequence[Quote], prices: Prices) -> list[Scored]:
        return economy.rank(state.belief, menu, prices)


@dataclass(frozen=True, slots=True)
class LiteralPolicy:
    """Eq. 1 to the letter, V·ΔQ − κ of the next step alone: a peer for comparisons.

    ΔQ of an attempt is what one attempt adds if nothing follows it.
    """

    name: str = "literal"

    def rank(self, state: State, menu: Sequence[Quote], prices: Prices) -> list[Scored]:
        scored = [self._score(quote, state, menu, prices) for quote in menu]
        return sorted(scored, key=lambda s: (-s.score, s.quote.option))

    def _score(self, quote: Quote, state: State, menu: Sequence[Quote], prices: Prices) -> Scored:
        scored = economy.score(quote, state.belief, [quote], prices)
        if quote.action in (economy.Action.SUBMIT, economy.Action.DEFER):
            return scored
        stop = economy.stop_worth(state.belief, prices)
        gain = -stop.quality + sum(
            p * economy.stop_worth(state.belief.after(quote, verdict), prices).quality
            for verdict, p in scored.quote.outcomes
        )
        quote = replace(scored.quote, quality_gain=gain)
        return Scored(quote, economy.marginal_surplus(quote, prices))


POLICIES: dict[str, Policy] = {p.name: p for p in (IndexPolicy(), LiteralPolicy())}


def policy(name: str) -> Policy:
    """Raises UsageError for a name that no policy has."""
    if name not in POLICIES:
        raise UsageError(
            f"there is no policy {name!r}", hint=f"--policy takes one of: {', '.join(POLICIES)}"
        )
    return POLICIES[name]
