"""The shipped rule, and Eq. 1 to the letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fixit_runtime.agent import economy
from fixit_runtime.agent.economy import Action, Prices, Quote, Scored
from fixit_runtime.agent.seams import State


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
        alone = economy.rank(state.belief, menu, prices, depth=0)
        scored = [self._score(s, prices) for s in alone]
        return sorted(scored, key=lambda s: (-s.score, s.quote.option))

    def _score(self, alone: Scored, prices: Prices) -> Scored:
        if alone.quote.action in (Action.SUBMIT, Action.DEFER):
            return alone
        return Scored(alone.quote, economy.marginal_surplus(alone.quote, prices))
