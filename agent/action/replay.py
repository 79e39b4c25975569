"""Recorded outcomes behind the seams, so that the real loop can be run on known results.

Every tier was run once on every task, and both the verdict and the bill are known. A
`ReplayProposer` sells that attempt: quoted at what the belief expects, charged at what it
really cost. Nothing here decides anything; that is left to the loop, the belief and the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fixit_runtime.agent.action.fitted import FittedBelief
from fixit_runtime.agent.action.steps import Act, Defer, Submit
from fixit_runtime.agent.action.tiers import TierModel
from fixit_runtime.agent.economy import Action, Array, Prices, Quote, Scored
from fixit_runtime.agent.ledger import Ledger, Limits, Spend
from fixit_runtime.agent.seams import (
    Candidate,
    Event,
    Policy,
    Proposal,
    Stage,
    State,
    Step,
    TestFacts,
)


@dataclass(frozen=True, slots=True)
class Verifier:
    """How often a check is wrong, each time anew. `Verifier()` is perfect; one that accepts all
    (false_accept = 1) is the same as none."""

    false_accept: float = 0.0
    false_reject: float = 0.0

    def accepts(self, right: Array, draws: Array) -> Array:
        """Its verdicts (0 or 1) on attempts, given a uniform draw for each."""
        verdicts: Array = np.where(
            right == 1, draws >= self.false_reject, draws < self.false_accept
        ).astype(float)
        return verdicts

    def known_to(self, tier: TierModel) -> TierModel:
        """The tier as judged by this verifier."""
        return replace(
            tier, sensitivity=1.0 - self.false_reject, specificity=1.0 - self.false_accept
        )


@dataclass(frozen=True, slots=True)
class Recorded:
    """One attempt as it went: was it right, what did it cost, and did the verifier accept it."""

    right: bool
    cost_usd: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A task on which every tier's attempt is known. `group` as in `fit.Attempted`."""

    name: str
    group: str
    attempts: Mapping[str, Recorded]


@dataclass(frozen=True, slots=True)
class Played:
    """What a policy made of a task: the tier whose candidate was shown ("" for none), whether
    that was right, what was paid in all, and the tiers tried."""

    shown: str
    right: bool
    paid_usd: float
    tried: frozenset[str]

    def utility(self, value_usd: float, risk_usd: float = 0.0) -> float:
        """V for a right one shown, −ρ for a wrong one, less what was paid."""
        worth = value_usd if self.right else -risk_usd if self.shown else 0.0
        return worth - self.paid_usd


@dataclass(slots=True)
class ReplayProposer:
    """Sells one recorded attempt. Under a cap the attempt is cut where the money ends, and is
    lost: so it can always be afforded while anything is left. `stage` is how far an accepted
    candidate has come: as it is, it owes no check."""

    tier: str
    recorded: Recorded
    stage: Stage = Stage.CONFIRMED

    def quote(self, state: State) -> Quote | None:
        belief = state.belief
        if not isinstance(belief, FittedBelief) or state.left_usd <= 0:
            return None
        expected = belief.expected_usd(self.tier)
        return Quote(
            f"act:{self.tier}",
            Action.ACT,
            tier=self.tier,
            cost_usd=expected,
            cost_worst_usd=min(belief.costs[self.tier].most_usd, state.left_usd),
            outcomes=Quote.attempt(0.0),
        )

    def propose(self, state: State, ledger: Ledger) -> Proposal:
        paid = min(self.recorded.cost_usd, ledger.left_usd)
        spend = Spend(usd=paid, model_usd=paid)
        ledger.charge(spend)
        done = paid == self.recorded.cost_usd
        if not (done and self.recorded.accepted):
            return Proposal((), spend, tried=1, exhausted=True)
        candidate = Candidate(self.tier, self.tier, {}, stage=self.stage)
        return Proposal((candidate,), spend, tried=1, exhausted=True)


@dataclass(slots=True)
class Untraced:
    """A trace that keeps nothing: a replay makes millions of decisions."""

    run: str = "replay"

    def append(self, kind: str, data: Mapping[str, object], *, sync: bool = False) -> Event:
        return Event(self.run, 0, 0.0, kind, data)

    def events(self) -> Sequence[Event]:
        return ()


@dataclass(frozen=True, slots=True)
class Remembered:
    """A policy that is asked once about what it has been asked before, and whose decision keeps
    its choice only. Nothing else is looked at than what a replay's state holds: the belief, the
    menu and what is left. For menus without plan and verify steps."""

    policy: Policy
    answers: dict[object, list[Scored]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.policy.name

    def rank(self, state: State, menu: Sequence[Quote], prices: Prices) -> list[Scored]:
        belief = state.belief
        if not isinstance(belief, FittedBelief):
            return self.policy.rank(state, menu, prices)[:1]
        held = tuple((c.id, belief.chance_of(c.id)) for c in state.candidates)
        costs = tuple(q.cost_usd for q in menu)
        options = tuple(q.option for q in menu)
        key = (belief.posterior.tobytes(), tuple(belief.made), held, options, costs, prices)
        if key not in self.answers:
            self.answers[key] = self.policy.rank(state, menu, prices)[:1]
        return self.answers[key]


Run = Callable[[State, Sequence[Step], Policy, Prices, Ledger], State]


def play(
    run: Run,
    task: Task,
    belief: FittedBelief,
    policy: Policy,
    prices: Prices,
    limits: Limits | None = None,
) -> Played:
    """Give a policy one recorded task. `run` is the loop, with whatever it is controlled by."""
    ledger = Ledger(limits)
    acts = [Act(ReplayProposer(tier, known)) for tier, known in task.attempts.items()]
    facts = TestFacts(failing=(task.name,), passing=())
    state = run(State(belief, facts), [*acts, Submit(), Defer()], policy, prices, ledger)
    shown = state.best.id if state.best and state.ended == "submitted" else ""
    right = bool(shown) and task.attempts[shown].right
    return Played(shown, right, ledger.spent.usd, state.exhausted)
