"""A run: its state, its steps and their results, and who believes, proposes and chooses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from fixit_runtime.agent.economy import Action, Belief, Prices, Quote, Scored, Verdict
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams.candidates import (
    Answered,
    Candidate,
    Proposal,
    Question,
    Revealed,
    Stage,
)
from fixit_runtime.agent.seams.suites import Suspect, TestFacts, Typed


@dataclass(frozen=True, slots=True)
class State:
    """All that a decision may look at. Replaced, never changed."""

    belief: Learner
    facts: TestFacts
    spent: Spend = field(default_factory=Spend)
    left_usd: float = float("inf")
    left_s: float = float("inf")
    left_risk: float = float("inf")
    suspects: tuple[Suspect, ...] = ()
    planned: bool = False
    candidates: tuple[Candidate, ...] = ()
    exhausted: frozenset[str] = frozenset()
    cursors: Mapping[str, str] = field(default_factory=dict)
    steps: int = 0
    broken: tuple[str, ...] = ()  # what of the environment has failed so far
    question: Question | None = None  # the latest that a proposer would ask
    answers: tuple[Answered, ...] = ()
    covering: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Passing tests that ran a line of the file, by its path, as far as a plan showed them."""
    idle: Mapping[str, int] = field(default_factory=dict)
    """How often in a row a step has changed nothing, by its option."""
    types: tuple[Typed, ...] = ()  # of functions near the suspects, as far as a plan saw them
    visited: frozenset[str] = frozenset()
    """Digests of the states that the run has been in since it last heard from the user."""
    cut: Mapping[str, Spend] = field(default_factory=dict)
    """What a step that a limit has cut short may take, at most, by its option."""
    ended: str = ""  # "", "submitted" or "deferred"

    @property
    def best(self) -> Candidate | None:
        """The candidate that is furthest along, then the likeliest; None while there is none."""
        reach = {Stage.CONFIRMED: 3, Stage.SAFE: 2, Stage.GREEN: 1, Stage.DOUBTED: 0}
        live = [c for c in self.candidates if c.stage in reach]
        return max(live, key=lambda c: (reach[c.stage], self.belief.chance_of(c.id)), default=None)

    def known(self, quote: Quote) -> Quote:
        """The quote, at what its step may take where a limit has cut it short before."""
        needs = self.cut.get(quote.option)
        if needs is None:
            return quote
        return replace(
            quote,
            latency_s=max(quote.latency_s, needs.seconds),
            cost_worst_usd=max(quote.cost_worst_usd, needs.usd),
        )

    def digest(self) -> str:
        """A short fingerprint of what was decided on; the same state gives the same digest,
        whenever in a run it comes up."""
        seen = {
            "failing": self.facts.failing,
            "planned": self.planned,
            "candidates": [(c.id, c.stage, c.checked, c.reds) for c in self.candidates],
            "answers": [a.text for a in self.answers],
            "exhausted": sorted(self.exhausted),
            "cursors": dict(sorted(self.cursors.items())),
        }
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Result:
    """What a step did: its verdict, its cost, and the facts that it changed."""

    verdict: Verdict
    spend: Spend = field(default_factory=Spend)
    candidates: tuple[Candidate, ...] = ()  # new ones, and old ones at a new stage
    suspects: tuple[Suspect, ...] | None = None
    exhausted: bool = False
    cursor: str = ""
    detail: str = ""
    broken: str = ""  # the part of the environment that failed, in words; "" while all works
    question: Question | None = None
    tried: int = 0  # candidates whose tests were run
    covering: Mapping[str, tuple[str, ...]] | None = None
    types: tuple[Typed, ...] | None = None
    agrees: str = ""  # the candidate at hand that another tier has proposed as well
    revealed: Revealed | None = None
    renewed: Mapping[str, float] = field(default_factory=dict)
    """Candidates at hand whose `prior` is another now, by id."""
    needs: Spend | None = None  # what it may take, where the deadline or the cap has cut it short


@dataclass(frozen=True, slots=True)
class Decision:
    """One comparison, whole, so that it can be replayed and scored later. `beyond` are the steps
    that made sense, but that the limits did not afford."""

    step: int
    state_digest: str
    prices: Prices
    menu: tuple[Scored, ...]
    chosen: str
    propensity: float
    reason: str
    policy: str
    estimators: tuple[str, ...] = ()
    seed: int = 0
    beyond: tuple[Quote, ...] = ()  # what made sense too, but not within the limits

    @property
    def quote(self) -> Quote:
        return next(s.quote for s in self.menu if s.quote.option == self.chosen)

    @property
    def score(self) -> float:
        return next(s.score for s in self.menu if s.quote.option == self.chosen)


@dataclass(frozen=True, slots=True)
class Booking:
    """A decision beside what came of it. `label`: was the candidate right? None = unknown."""

    step: int
    option: str
    action: Action
    tier: str
    spend: Spend
    verdict: Verdict
    p_before: float
    p_after: float
    forecast_gain: float
    forecast_usd: float
    forecast_s: float
    score: float
    detail: str = ""
    label: bool | None = None


class Learner(Belief, Protocol):
    """A belief that learns from what a step really showed, not only from its verdict."""

    def learn(self, quote: Quote, result: Result) -> Learner:
        """The belief once `quote` has been taken and brought `result`."""

    def chance_of(self, candidate: str) -> float:
        """P that the candidate of this id is right; 0 for one that is not held."""

    def p_accept(self, option: str) -> float:
        """P that this check accepts the best candidate."""

    def hear(self, answered: Answered) -> Learner:
        """The belief once the user has answered."""

    def source(self, tier: str) -> str:
        """Where the chances of this tier come from, in words with a version."""


class Step(Protocol):
    """One entry of the menu: it prices itself, and can be done."""

    @property
    def option(self) -> str:
        """Its name on the menu, as in "act:search"."""

    def quote(self, state: State) -> Quote | None:
        """What doing this now promises and costs; None where it makes no sense now."""

    def do(self, state: State, ledger: Ledger) -> Result:
        """Do it. Charges what it spends to the ledger while it spends it, so that an
        interrupted step is not free. May raise BudgetExceeded before spending, and
        EnvironmentFailed."""


class Policy(Protocol):
    """Chooses from a priced menu. `rank` of the economy is the shipped rule."""

    @property
    def name(self) -> str:
        """As --policy takes it."""

    def rank(self, state: State, menu: Sequence[Quote], prices: Prices) -> list[Scored]:
        """The menu, best first."""


@runtime_checkable
class TriesInputs(Protocol):
    """A proposer that can also try a candidate on inputs that it makes up: does it behave like
    its rivals, and like the old code where nothing was wrong?"""

    def quote_inputs(self, state: State, candidate: Candidate) -> Quote | None:
        """What trying costs (`p_accept` is left to the belief); None where there is no way."""

    def try_inputs(self, state: State, candidate: Candidate, ledger: Ledger) -> Result:
        """ACCEPT, REJECT or FAILED, with a detail in words. Charges the ledger itself."""


class Proposer(Protocol):
    """Makes candidates in slices, and prices its next slice."""

    tier: str

    def quote(self, state: State) -> Quote | None:
        """The next slice with the tests that make it worth something; None when exhausted."""

    def propose(self, state: State, ledger: Ledger) -> Proposal:
        """One slice. Charges the ledger itself."""


class Estimator(Protocol):
    """Estimates chances. `version` stands in every quote that rests on it."""

    version: str

    def belief(self, facts: TestFacts, tiers: Sequence[str]) -> Learner:
        """The belief before the first step."""
