"""Peers: what others do instead of comparing the whole menu at every step.

Each is a recipe: show what may be shown, make the checks that a candidate owes, localise first
where that is on offer, then the recipe's own next attempt, else stop. What a candidate does not
owe (another tier's opinion, made-up inputs, the type checker) no recipe buys. They read tiers,
prices and chances from the quotes, so they run on any menu; a benchmark gives them the order or
the chances that it has fitted. The scores that they report are those of Eq. 1 for one step alone.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fixit_runtime.agent import economy
from fixit_runtime.agent.action.beliefs import TaskBelief
from fixit_runtime.agent.action.policies.tuning import next_tier
from fixit_runtime.agent.economy import Action, Prices, Quote, Scored, chance_needed, full_cost
from fixit_runtime.agent.seams import State

TRIES = 20  # attempts, or slices, that a recipe buys of one tier at most
Pick = Callable[[State, Sequence[Quote], Prices], Quote | None]


def most_surplus(state: State, acts: Sequence[Quote], prices: Prices) -> Quote:
    """argmax p·V − κ: the best single tier."""
    return max(acts, key=lambda q: q.p_accept * prices.value_usd - full_cost(q, prices))


def least_cost(state: State, acts: Sequence[Quote], prices: Prices) -> Quote:
    return min(acts, key=lambda q: full_cost(q, prices))


def most_accurate(state: State, acts: Sequence[Quote], prices: Prices) -> Quote:
    return max(acts, key=lambda q: q.p_accept)


def by_lot(state: State, acts: Sequence[Quote], prices: Prices) -> Quote:
    """Any tier, the same for the same task."""
    return random.Random(" ".join(state.facts.failing)).choice(list(acts))


@dataclass(frozen=True, slots=True)
class Single:
    """One tier, chosen before the first attempt and never left. `tier` names it; without a
    name, `pick` chooses it from the first quotes."""

    name: str
    pick: Pick = most_surplus
    tier: str = ""
    tries: int = TRIES

    def rank(self, state: State, menu: Sequence[Quote], prices: Prices) -> list[Scored]:
        return _follow(state, menu, prices, self._next)

    def _next(self, state: State, acts: Sequence[Quote], prices: Prices) -> Quote | None:
        made = _made(state)
        chosen = self.tier or max(made, key=lambda t: made[t], default="")
        if not chosen:
            return self.pick(state, acts, prices)
        return next(
            (q for q in acts if q.tier == chosen and made.get(chosen, 0) < self.tries), None
        )


@dataclass(frozen=True, slots=True)
class PreRunRouter:
    """A router that looks at the task once: argmax V·q̂ − κ with its own estimates q̂, no attempt
    where that is negative, and nothing after. `chances` are q̂ by tier; without them, the
    quotes' own."""

    chances: Mapping[str, float] = field(default_factory=dict)
    name: str = "pre-run-router"
    tries: int = TRIES

    def rank(self, state: State, menu: Sequence[Quote], prices: Prices) -> list[Scored]:
        return Single(self.name, self._pick, tries=self.tries).rank(state, menu, prices)

    def _pick(self, state: State, acts: Sequence[Quote], prices: Prices) -> Quote | None:
        def surplus(quote: Quote) -> float:
            chance = self.chances.get(quote.tier, quote.p_accept)
            return chance * prices.value_usd - full_cost(quote, prices)

        best = max(acts, key=surplus)
        return best if surplus(best) > 0 else None


@dataclass(frozen=True, slots=True)
class Scorer:
    """Judges a candidate as a learned scorer does: by P(right), with an error of its own. The
    error is normal on log odds, and the same whenever the same candidate is asked about."""

    noise: float = 0.0

    def score(self, chance: float, candidate: str) -> float:
        if not self.noise or not 0.0 < chance < 1.0:
            return chance
        odds = math.log(chance / (1.0 - chance))
        return 1.0 / (1.0 + math.exp(-odds - random.Random(candidate).gauss(0.0, self.noise)))


@dataclass(frozen=True, slots=True)
class Cascade:
    """Tiers in a fixed order, each `tries` times, until a candidate passes.

    With None for an `order`, the one that the belief expects to earn most beforehand: it is the
    same for every task with the same menu, whatever an attempt shows beyond having failed. The
    score from which a candidate is shown at once is `threshold`, or with None the one from which
    showing it pays; one below it is shown only when nothing is left to try.
    """

    name: str = "fixed-cascade"
    order: tuple[str, ...] | None = None
    tries: int = TRIES
    threshold: float | None = 0.0
    scorer: Scorer = Scorer()

    def rank(self, state: State, menu: Sequence[Quote], prices: Prices) -> list[Scored]:
        return _follow(state, menu, prices, self._next, show=self._sure(state, prices))

    def _sure(self, state: State, prices: Prices) -> bool:
        best, needed = state.best, self.threshold
        if best is None:
            return False
        if needed is None:
            needed = chance_needed(prices)
        return self.scorer.score(state.belief.chance_of(best.id), best.id) >= needed

    def _next(self, state: State, acts: Sequence[Quote], prices: Prices) -> Quote | None:
        made = _made(state)
        fresh = {q.tier: q for q in acts if made.get(q.tier, 0) < self.tries}
        if self.order is not None:
            return next((fresh[tier] for tier in self.order if tier in fresh), None)
        if isinstance(state.belief, TaskBelief):
            return next_tier(state.belief, list(fresh.values()), prices)
        return min(fresh.values(), key=lambda q: full_cost(q, prices), default=None)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Plan, act with the strongest tier, verify; again with the next strongest, `rounds` times,
    whatever it costs."""

    rounds: int = 3
    name: str = "pipeline"

    def rank(self, state: State, menu: Sequence[Quote], prices: Prices) -> list[Scored]:
        return _follow(state, menu, prices, self._next)

    def _next(self, state: State, acts: Sequence[Quote], prices: Prices) -> Quote | None:
        made = _made(state)
        if sum(made.values()) >= self.rounds:
            return None
        return max(acts, key=lambda q: (-made.get(q.tier, 0), q.p_accept))


def _follow(
    state: State,
    menu: Sequence[Quote],
    prices: Prices,
    act: Pick,
    *,
    show: bool = True,
) -> list[Scored]:
    """The menu with the recipe's step first, and the rest by what each is worth alone."""
    alone = economy.rank(state.belief, menu, prices, depth=0)
    by_action = {kind: [s.quote for s in alone if s.quote.action is kind] for kind in Action}
    ready = by_action[Action.SUBMIT] + _owed(state, by_action[Action.VERIFY])
    chosen = ready[0] if ready and show else None
    if chosen is None and by_action[Action.PLAN]:
        chosen = by_action[Action.PLAN][0]
    if chosen is None and by_action[Action.ACT]:
        chosen = act(state, by_action[Action.ACT], prices)
    if chosen is None:
        chosen = (ready or by_action[Action.DEFER])[0]
    return sorted(alone, key=lambda s: s.quote.option != chosen.option)


def _owed(state: State, checks: Sequence[Quote]) -> list[Quote]:
    """Those checks that the candidate must pass before it is shown; never another tier."""
    belief = state.belief
    if not isinstance(belief, TaskBelief):
        return [q for q in checks if not q.tier]
    owed = {check.option for check in belief.model.checks if check.target is not None}
    return [q for q in checks if q.option in owed]


def _made(state: State) -> Mapping[str, int]:
    """Attempts by tier, as far as the belief counts them."""
    return state.belief.made if isinstance(state.belief, TaskBelief) else {}
