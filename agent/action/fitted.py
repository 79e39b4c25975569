"""A belief whose figures were fitted from outcomes, and that uses all that an attempt shows.

Beyond `TaskBelief` it learns two things. From every bill, how dear the task is (`costs`). And
from every verdict, what the candidate at hand is worth: P(right) is kept for each difficulty,

    P(right | d, accepted) = sens·q_k(d) / L(accept | d),

so a failure of another tier makes the task look harder and the candidate more doubtful, and a
second acceptance makes both look better. A second candidate is thus never taken for an
independent chance, and a second opinion has its price and its worth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fixit_runtime.agent.action.beliefs import HYPOTHETICAL, Held, TaskBelief, times
from fixit_runtime.agent.action.costs import AVERAGE, Size, TierCost
from fixit_runtime.agent.action.features import Values
from fixit_runtime.agent.economy import (
    TINY,
    Action,
    Array,
    AtHand,
    Attempts,
    Quote,
    Verdict,
    bayes,
)
from fixit_runtime.agent.seams import Answered, Result, Stage


@dataclass(frozen=True, slots=True, eq=False)
class FittedBelief(TaskBelief):
    """See the module. `right` is P(right | d) of every candidate held, (G,) each."""

    costs: Mapping[str, TierCost] = field(default_factory=dict)
    size: Size = AVERAGE
    right: Mapping[str, Array] = field(default_factory=dict)

    def expected_usd(self, tier: str) -> float:
        """What the tier's next attempt costs. Raises KeyError for a tier without known costs."""
        cost = self.costs[tier]
        return float(self.posterior @ cost.mean_usd) * self.size.factor(cost)

    def attempts(self, menu: Sequence[Quote]) -> Attempts:
        return replace(TaskBelief.attempts(self, menu), at_hand=self._at_hand())

    def after(self, quote: Quote, verdict: Verdict) -> TaskBelief:
        imagined = TaskBelief.after(self, quote, verdict)
        if quote.action is Action.ACT and verdict is Verdict.ACCEPT:
            return self._knowing(imagined, {HYPOTHETICAL: self._right_if(quote.tier)})
        return imagined

    def learn(self, quote: Quote, result: Result) -> FittedBelief:
        known = {
            c.id: self._right_if(quote.tier) if c.prior is None else self._always(c.prior)
            for c in result.candidates
            if quote.tier and (quote.action is Action.ACT or c.id not in self.right)
        }
        after = self._knowing(TaskBelief.learn(self, quote, result), known)
        cost, paid = self.costs.get(quote.tier), result.spend.usd
        if quote.action is not Action.ACT or cost is None or paid <= 0:
            return after
        outcome = int(result.verdict is Verdict.ACCEPT)
        surprise = math.log(paid) - float(after.posterior @ cost.log_usd[outcome])
        return replace(after, size=self.size.after(cost, surprise))

    def hear(self, answered: Answered) -> FittedBelief:
        """As `TaskBelief`; what was said of a candidate holds at every difficulty."""
        heard = TaskBelief.hear(self, answered)
        said = [n for n in (*answered.agreeing, *answered.contradicting) if n in heard.held]
        return self._knowing(heard, {n: self._always(heard.held[n].chance) for n in said})

    def _knowing(self, belief: TaskBelief, right: Mapping[str, Array]) -> FittedBelief:
        """That belief, told how likely its new candidates are right at each difficulty."""
        assert isinstance(belief, FittedBelief)  # `replace` keeps the class
        return replace(belief, right={**belief.right, **right})

    def _always(self, chance: float) -> Array:
        return np.full(len(self.posterior), chance)

    def _right_if(self, tier: str) -> Array:
        """P(right | d) of the tier's next candidate once it is accepted."""
        right = self._right(tier)
        accept = np.maximum(self._accept(tier, right), TINY)
        likely: Array = self.model.tier(tier).sensitivity * right / accept
        return likely

    def room(self) -> float:
        """All of it: what attempts have in common is in `right`."""
        return 1.0

    def best_under(self, posterior: Array) -> Held | None:
        if not self.held:
            return None
        return replace(self, held=self._reweighed(posterior))._best()

    def _at_hand(self) -> AtHand | None:
        best = self._best()
        if best is None:
            return None
        p_pass, _, usd = self._owed(np.array([1.0, 0.0]), best.stage, best.checked)
        return AtHand(
            self.right[self._best_id()], *(float(x[i]) for i in (0, 1) for x in (p_pass, usd))
        )

    def _attempted(self, tier: str, accepted: bool) -> TaskBelief:
        after = TaskBelief._attempted(self, tier, accepted)
        return replace(after, held=self._reweighed(after.posterior))

    def harder(self, values: Values) -> TaskBelief:
        after = TaskBelief.harder(self, values)
        return replace(after, held=self._reweighed(after.posterior))

    def _weighed(self, tier: str, chance: float) -> TaskBelief:
        after = TaskBelief._weighed(self, tier, chance)
        return replace(after, held=self._reweighed(after.posterior))

    def _checked(
        self, quote: Quote, candidate: str, accepted: bool, stage: Stage | None = None
    ) -> TaskBelief:
        """Bayes on both: whether the candidate is right, and how hard the task is."""
        check, right = self._named(quote.option), self.right.get(candidate)
        after = TaskBelief._checked(self, quote, candidate, accepted, stage)
        if check is None or right is None or candidate not in self.held:
            return after
        rates = self._rates(check, self.held[candidate].checked)
        accept = rates.accept(right)
        posterior = bayes(self.posterior, accept if accepted else 1.0 - accept)
        chances = rates.right if accepted else 1.0 - rates.right
        right = right * chances / np.maximum(accept if accepted else 1.0 - accept, TINY)
        known = replace(self, held=after.held, right={**self.right, candidate: right})
        return replace(known, posterior=posterior, held=known._reweighed(posterior))

    def _renewed(self, priors: Mapping[str, float]) -> TaskBelief:
        by = {n: self.held[n].factor(prior) for n, prior in priors.items() if n in self.held}
        right = {name: times(self.right[name], factor) for name, factor in by.items()}
        after = self._knowing(TaskBelief._renewed(self, priors), right)
        return replace(after, held=after._reweighed(self.posterior)) if right else after

    def _reweighed(self, posterior: Array) -> dict[str, Held]:
        """The candidates held, under another posterior. One that came up just now is not in
        `right` yet, and keeps its chance."""
        return {
            name: replace(each, chance=float(posterior @ self.right[name]))
            if name in self.right
            else each
            for name, each in self.held.items()
        }
