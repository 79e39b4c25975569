"""ScriptedProposer: a proposer whose slices are written down beforehand.

Public: for tests, demonstrations, simulations and replays of recorded outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fixit_runtime.agent.economy import Action, Quote
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import Proposal, State


@dataclass(slots=True)
class ScriptedProposer:
    """Hands out `slices` one by one at a fixed price, then is exhausted.

    Each slice costs `cost_usd` of model money and `latency_s` seconds. The worst case that is
    reserved is `cost_worst_usd`, or the cost itself.
    """

    tier: str
    slices: Sequence[Proposal]
    cost_usd: float = 0.01
    latency_s: float = 1.0
    cost_worst_usd: float | None = None
    taken: int = field(default=0, init=False)

    def quote(self, state: State) -> Quote | None:
        if self.taken >= len(self.slices):
            return None
        worst = self.cost_usd if self.cost_worst_usd is None else self.cost_worst_usd
        return Quote(
            f"act:{self.tier}",
            Action.ACT,
            tier=self.tier,
            cost_usd=self.cost_usd,
            cost_worst_usd=worst,
            latency_s=self.latency_s,
            outcomes=Quote.attempt(0.0),
            sources=("script",),
        )

    def propose(self, state: State, ledger: Ledger) -> Proposal:
        proposal = self.slices[self.taken]
        worst = self.cost_usd if self.cost_worst_usd is None else self.cost_worst_usd
        with ledger.reserve(worst) as reservation:
            self.taken += 1
            reservation.settle(
                Spend(usd=self.cost_usd, seconds=self.latency_s, model_usd=self.cost_usd)
            )
        return proposal
