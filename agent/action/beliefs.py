"""What fixit believes about a task: how hard it is, and whether a candidate is right.

Difficulty d is hidden. A posterior over a grid of d is kept; after outcome o of tier k

    b'(d) ∝ b(d) · L(o | d),   L(accept | d) = sens·q_k(d) + (1 − spec)·(1 − q_k(d))

so every failed attempt lowers every other tier's chance, and a lump of weight at the hard end
stands for the tasks that nobody solves (a normal prior loses 12-16 points of regret on real
data). A candidate's odds are multiplied by sens/(1 − spec) when a check accepts it and by
(1 − sens)/spec when one rejects it; a check that it owes removes it then, since a patch that
breaks a test is never shown. The same check again tells of flakiness only, and moves nothing.

The figures come from a `BeliefModel`: the shipped one (`estimator`) is assumed, what earlier runs
tell is in `learned`, and every quote names its source.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from fixit_runtime.agent.action.checks import (
    OPINION,
    SAID_BEHAVIOUR,
    SAID_PATCH,
    CheckModel,
    Rates,
)
from fixit_runtime.agent.action.features import (
    Values,
    of_attempt,
    of_suspects,
    shifted,
)
from fixit_runtime.agent.action.tiers import BeliefModel, Lineup
from fixit_runtime.agent.economy import (
    TINY,
    Action,
    Array,
    Attempts,
    Owed,
    Prices,
    Quote,
    Verdict,
    bayes,
)
from fixit_runtime.agent.seams import Answered, Candidate, Result, Stage

Number = TypeVar("Number", float, Array)
HYPOTHETICAL = "?"  # the candidate that a lookahead imagines


@dataclass(frozen=True, slots=True)
class Held:
    """A candidate at hand: P(right), how far it has come, the checks that were made, and P(right)
    before any of them."""

    chance: float
    stage: Stage
    checked: frozenset[str] = frozenset()
    prior: float | None = None

    def factor(self, prior: float) -> float:
        """What its odds would be multiplied by, had this been its prior."""
        return 1.0 if self.prior is None else _odds(prior) / _odds(self.prior)

    def renewed(self, prior: float) -> Held:
        """Had this been its prior: what checks have made of its odds stands."""
        return replace(self, chance=times(self.chance, self.factor(prior)), prior=prior)


@dataclass(frozen=True, slots=True, eq=False)
class TaskBelief:
    """The posterior of one task. Frozen: `after` imagines, `learn` takes facts; both copy."""

    model: BeliefModel
    posterior: Array
    made: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, Held] = field(default_factory=dict)
    planned: bool = False

    # -- what the economy asks

    def weights(self) -> Array:
        return self.posterior

    def attempts(self, menu: Sequence[Quote]) -> Attempts:
        names = tuple(q.tier for q in menu if q.action is Action.ACT)
        tiers, made = self.model.lineup(names), np.array([self.made.get(n, 0) for n in names])
        scale = self.scales(tiers, made)
        return Attempts(
            right=self.room() * scale[:, None] * tiers.curves,
            decay=tiers.decay / tiers.growth * np.where(made > 0, 1.0, tiers.later),
            left=tiers.most - made,
            sensitivity=tiers.sensitivity,
            specificity=1.0 - scale * (1.0 - tiers.specificity),
            spread=tiers.spread,
        )

    def owed(self) -> Owed:
        best = self._best()
        if best is None:
            return Owed(0.0, 0.0, 0.0)
        p_pass, chance, usd = self._owed(np.array(best.chance), best.stage, best.checked)
        return Owed(float(p_pass), float(chance), float(usd))

    def settle(self, chance: Array) -> tuple[Array, Array, Array]:
        return self._owed(chance, Stage.GREEN)

    def after(self, quote: Quote, verdict: Verdict) -> TaskBelief:
        match quote.action, verdict:
            case Action.PLAN, Verdict.INFORMED:
                return replace(self, planned=True)
            case Action.ACT, Verdict.ACCEPT:
                chance = self._right_if_accepted(quote.tier, self.room())
                return self._attempted(quote.tier, True)._hold(HYPOTHETICAL, chance, Stage.GREEN)
            case Action.ACT, Verdict.REJECT:
                return self._attempted(quote.tier, False)
            case Action.VERIFY, Verdict.ACCEPT | Verdict.REJECT:
                best = self._best_id()
                return self._checked(quote, best, verdict is Verdict.ACCEPT)
        return self

    def at(self, prices: Prices) -> TaskBelief:
        """The same belief, with what checks cost at these prices."""
        model = self.model.at(prices)
        return self if model is self.model else replace(self, model=model)

    def tells(self, quote: Quote) -> Hashable:
        check = self._named(quote.option) if quote.action is Action.VERIFY else None
        if check is None or self._matters(check):
            return quote.option
        return (check.rates, check.source, check.fatal)

    def p_accept(self, option: str) -> float:
        """P(this check accepts the best candidate)."""
        check, best = self._named(option), self._best()
        if check is None or best is None:
            return 0.0
        return self._rates(check, best.checked).accept(best.chance)

    def usual(self) -> TaskBelief:
        """What would be believed of any task on which as many attempts of each tier have failed:
        nothing that this one has shown beyond that, and no candidate at hand."""
        belief = TaskBelief(self.model, self.model.prior, planned=self.planned)
        for tier, made in self.made.items():
            for _ in range(made):
                belief = belief._attempted(tier, False)
        return belief

    # -- what the loop tells

    def learn(self, quote: Quote, result: Result) -> TaskBelief:
        """Bayes with what really came.

        A candidate's own prior stands where its proposer gave one, since that knows the patch
        and its rivals; else the tier's chance of being right, given that its candidate passes.
        An attempt is as much of a success as its best candidate is believed in. One at hand whose
        prior is another now, since it has more rivals, is believed in as if it had been from the
        first.
        """
        return self._renewed(result.renewed)._learned(quote, result)

    def _learned(self, quote: Quote, result: Result) -> TaskBelief:
        if result.verdict not in (Verdict.ACCEPT, Verdict.REJECT):
            seen = {} if result.suspects is None else of_suspects(result.suspects)
            return self.after(quote, result.verdict).harder(seen)
        accepted = result.verdict is Verdict.ACCEPT
        if quote.action is Action.VERIFY and result.candidates:
            mine, *others = result.candidates
            belief = self._checked(quote, mine.id, accepted, mine.stage)
            return belief._found(quote.tier, others) if quote.tier else belief
        if quote.action is not Action.ACT:
            return self.after(quote, result.verdict)
        priors = [c.prior for c in _green(result.candidates) if c.prior is not None]
        if priors:
            belief = self._weighed(quote.tier, max(priors))
        else:
            belief = self._attempted(quote.tier, accepted)
        if result.revealed and not accepted:
            belief = belief.harder(of_attempt(result.revealed))
        belief = belief._holding(result.candidates, self._right_if_accepted(quote.tier))
        return belief._agreed(quote.tier, result.agrees) if result.agrees else belief

    def hear(self, answered: Answered) -> TaskBelief:
        """Bayes with what a person said, who may err, as every check does. Much may have changed
        since, so that every check is owed again; what they tell is not counted twice."""
        held = {
            name: each if each.stage is Stage.DOUBTED else replace(each, stage=Stage.GREEN)
            for name, each in self.held.items()
        }
        about = SAID_PATCH if answered.question.about else SAID_BEHAVIOUR
        said = self._named(about)
        rates = said.rates if said else Rates(0.5, 0.5)
        for name in answered.agreeing:
            if name in held:
                chance = float(rates.if_accepted(np.array(held[name].chance)))
                held[name] = replace(held[name], chance=chance)
        for name in answered.contradicting:
            if name in held:
                held[name] = replace(held[name], chance=rates.if_rejected(held[name].chance))
        return replace(self, held=held)

    def chance_of(self, candidate: str) -> float:
        """P that this candidate is right; 0 for one that is not held."""
        return self.held[candidate].chance if candidate in self.held else 0.0

    def chance_right(self, tier: str) -> float:
        """P that the tier's next attempt is right."""
        return float(self.posterior @ self._right(tier))

    def source(self, tier: str) -> str:
        """Where the figures of this tier come from."""
        return self.model.source(tier)

    # -- inside

    def scales(self, tiers: Lineup, made: Array) -> Array:
        """s(n) of each tier's next attempt, (K,), after `made` of them."""
        scale: Array = tiers.decay**made * np.where(made > 0, tiers.later, 1.0)
        return scale if self.planned else scale * tiers.unplanned

    def owing(
        self, stage: Stage, checked: frozenset[str] = frozenset()
    ) -> Iterator[tuple[CheckModel, Rates]]:
        """The checks that a candidate owes from this stage on, one after another."""
        for check in self.model.checks:
            if check.target is not None and check.source is stage:
                yield check, self._rates(check, checked)
                stage = check.target

    def _matters(self, check: CheckModel) -> bool:
        """Whether it counts for the checks owed that this one was made, beyond what it shows."""
        best = self._best()
        made = best is not None and check.option in best.checked
        owed = check.target is not None or any(
            c.includes == check.option for c in self.model.checks
        )
        return made or owed or bool(check.includes)

    def best_under(self, posterior: Array) -> Held | None:
        """The best candidate at hand, if this were what is believed of the difficulty."""
        return self._best()

    def chance(self) -> float:
        """P that the best candidate at hand is right; 0 while there is none."""
        best = self._best()
        return best.chance if best else 0.0

    def _best_id(self) -> str:
        """The held candidate that is furthest along, then the likeliest; "" for none."""
        reach = {Stage.CONFIRMED: 3, Stage.SAFE: 2, Stage.GREEN: 1, Stage.DOUBTED: 0}
        return max(
            self.held, key=lambda i: (reach[self.held[i].stage], self.held[i].chance), default=""
        )

    def _best(self) -> Held | None:
        return self.held.get(self._best_id())

    def _owed(
        self, chance: Array, stage: Stage, checked: frozenset[str] = frozenset()
    ) -> tuple[Array, Array, Array]:
        p_pass, usd = np.ones_like(chance), np.zeros_like(chance)
        for check, rates in self.owing(stage, checked):
            usd = usd + p_pass * check.usd
            p_pass = p_pass * rates.accept(chance)
            chance = rates.if_accepted(chance)
        return p_pass, chance, usd

    def _named(self, option: str) -> CheckModel | None:
        return next((c for c in self.model.checks if c.option == option), None)

    def _rates(self, check: CheckModel, checked: frozenset[str]) -> Rates:
        """Of this check, given those that have accepted the candidate already."""
        rates = check.rates
        if check.option in checked:
            return Rates(rates.right, rates.right)
        if (part_of := self._named(check.includes)) and part_of.option in checked:
            part = part_of.rates
            wrong = min(rates.wrong / max(part.wrong, TINY), 1.0)
            return Rates(min(rates.right / max(part.right, TINY), 1.0), wrong)
        return rates

    def _right(self, tier: str) -> Array:
        """q_k(d) of the tier's next attempt, over the grid."""
        model = self.model.tier(tier)
        return self._scale(tier) * model.curve(self.model.grid)

    def _scale(self, tier: str) -> float:
        """s(n) of the tier's next attempt."""
        return self.model.tier(tier).scale(self.made.get(tier, 0), self.planned)

    def _accept(self, tier: str, right: Number) -> Number:
        """L(accept) of an attempt that is right with these chances."""
        model = self.model.tier(tier)
        wrong = (1 - model.specificity) * self._scale(tier)
        return model.sensitivity * right + wrong * (1 - right)

    def room(self) -> float:
        """What a further attempt could add: nothing where the candidate at hand is right already.

        Where the candidate at hand is right, any other that passes is the same again or wrong; to
        take it as an independent chance buys too much after an accept.
        """
        return 1.0 - self.chance()

    def _right_if_accepted(self, tier: str, room: float = 1.0) -> float:
        model = self.model.tier(tier)
        right = float(self.posterior @ self._right(tier)) * room
        return right * model.sensitivity / max(float(self._accept(tier, right)), TINY)

    def _attempted(self, tier: str, accepted: bool) -> TaskBelief:
        accept = self._accept(tier, self._right(tier))
        posterior = bayes(self.posterior, accept if accepted else 1.0 - accept)
        made = {**self.made, tier: self.made.get(tier, 0) + 1}
        return replace(self, posterior=posterior, made=made)

    def _weighed(self, tier: str, chance: float) -> TaskBelief:
        """After an attempt that is right with this chance, by its proposer's own word (Jeffrey's
        rule): one that its own maker hardly believes in counts as a failure, nearly."""
        right, made = self._right(tier), {**self.made, tier: self.made.get(tier, 0) + 1}
        if_right, if_wrong = bayes(self.posterior, right), bayes(self.posterior, 1.0 - right)
        return replace(self, posterior=chance * if_right + (1.0 - chance) * if_wrong, made=made)

    def harder(self, values: Values) -> TaskBelief:
        """With what these features tell of the difficulty."""
        by = self.model.effects.shift(values)
        if not by:
            return self
        return replace(self, posterior=shifted(self.posterior, self.model.grid, by))

    def _hold(
        self, candidate: str, chance: float, stage: Stage, checked: Sequence[str] = ()
    ) -> TaskBelief:
        held = Held(chance, stage, frozenset(checked), chance)
        return replace(self, held={**self.held, candidate: held})

    def _holding(self, candidates: Sequence[Candidate], base: float) -> TaskBelief:
        """With these candidates; `base` is the chance of one without a prior of its own. What
        its proposer has checked already is in the prior, and is not counted again."""
        belief = self
        for candidate in sorted(_green(candidates), key=lambda c: c.rank):
            chance = base if candidate.prior is None else candidate.prior
            belief = belief._hold(candidate.id, chance, candidate.stage, candidate.checked)
        return belief

    def _renewed(self, priors: Mapping[str, float]) -> TaskBelief:
        """With other priors of candidates at hand."""
        new = {name: self.held[name].renewed(p) for name, p in priors.items() if name in self.held}
        return replace(self, held={**self.held, **new}) if new else self

    def _found(self, tier: str, others: Sequence[Candidate]) -> TaskBelief:
        """After a tier was asked for its opinion, which is an attempt too."""
        attempted = self._attempted(tier, bool(_green(others)))
        return attempted._holding(others, self._right_if_accepted(tier))

    def _agreed(self, tier: str, candidate: str) -> TaskBelief:
        """Another tier has made the same patch by itself."""
        quote = Quote(f"{OPINION}:{tier}", Action.VERIFY)
        return self._checked(quote, candidate, True)

    def _checked(
        self, quote: Quote, candidate: str, accepted: bool, stage: Stage | None = None
    ) -> TaskBelief:
        """Bayes on one candidate. `stage`: where it really stands now; else what the check says."""
        check, held = self._named(quote.option), self.held.get(candidate)
        if check is None or held is None:
            return self
        rates, checked = self._rates(check, held.checked), held.checked | {check.option}
        if accepted:
            chance = float(rates.if_accepted(np.array(held.chance)))
            stage = stage or check.target or held.stage
        else:
            chance = rates.if_rejected(held.chance)
            ended = check.fatal and stage is not Stage.DOUBTED
            stage = Stage.REJECTED if ended else stage or held.stage
        if stage is Stage.REJECTED:
            return replace(self, held={i: h for i, h in self.held.items() if i != candidate})
        made = replace(held, chance=chance, stage=stage, checked=checked)
        return replace(self, held={**self.held, candidate: made})


def _odds(chance: float) -> float:
    return max(chance, TINY) / max(1.0 - chance, TINY)


def times(chance: Number, by: float) -> Number:
    """The chance whose odds are so many times those of this one."""
    return chance * by / (chance * by + 1.0 - chance)  # by > 0


def _green(candidates: Sequence[Candidate]) -> list[Candidate]:
    return [c for c in candidates if c.stage in (Stage.GREEN, Stage.SAFE, Stage.CONFIRMED)]
