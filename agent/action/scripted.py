"""ScriptedProposer: a proposer whose slices are written down beforehand.

Public: for tests, demonstrations, simulations and replays of recorded outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fixit_runtime.agent.economy import Action, Quote
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import Candidate, Proposal, Result, State


@dataclass(slots=True)
class ScriptedProposer:
    """Hands out `slices` one by one at a fixed price, then is exhausted.

    Each slice costs `cost_usd` of model money and `latency_s` seconds. The worst case that is
    reserved is `cost_worst_usd`, or the cost itself. `inputs` are its verdicts on candidates that
    are tried on made-up inputs, in order and at the same price.
    """

    tier: str
    slices: Sequence[Proposal]
    cost_usd: float = 0.01
    latency_s: float = 1.0
    cost_worst_usd: float | None = None
    inputs: Sequence[Result] = ()
    taken: int = field(default=0, init=False)
    tried: int = field(default=0, init=False)

    def quote(self, state: State) -> Quote | None:
        return self._quote() if self.taken < len(self.slices) else None

    def propose(self, state: State, ledger: Ledger) -> Proposal:
        proposal = self.slices[self.taken]
        self.taken += 1
        self._pay(ledger)
        return proposal

    def quote_inputs(self, state: State, candidate: Candidate) -> Quote | None:
        return self._quote() if self.tried < len(self.inputs) else None

    def try_inputs(self, state: State, candidate: Candidate, ledger: Ledger) -> Result:
        result = self.inputs[self.tried]
        self.tried += 1
        self._pay(ledger)
        return result

    def _quote(self) -> Quote:
        return Quote(
            f"act:{self.tier}",
            Action.ACT,
            tier=self.tier,
            cost_usd=self.cost_usd,
            cost_worst_usd=self._worst_usd,
            latency_s=self.latency_s,
            outcomes=Quote.attempt(0.0),
            sources=("script",),
        )

    def _pay(self, ledger: Ledger) -> None:
        with ledger.reserve(self._worst_usd) as reservation:
            spent = Spend(usd=self.cost_usd, seconds=self.latency_s, model_usd=self.cost_usd)
            reservation.settle(spent)

    @property
    def _worst_usd(self) -> float:
        return self.cost_usd if self.cost_worst_usd is None else self.cost_worst_usd
