"""The peers: what each buys, when it stops, and what it is tuned on."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent import loop
from fixit_runtime.agent.action.estimator import ASSUMED, GridEstimator
from fixit_runtime.agent.action.policies import POLICIES, policy
from fixit_runtime.agent.action.policies.recipes import (
    Cascade,
    Pipeline,
    PreRunRouter,
    Scorer,
    Single,
)
from fixit_runtime.agent.action.policies.tuning import (
    Tuning,
    best_cascade,
    best_single,
    greedy_cascade,
    logistic,
    next_tier,
)
from fixit_runtime.agent.action.scripted import ScriptedProposer
from fixit_runtime.agent.action.steps import Act, Defer, Submit, advance
from fixit_runtime.agent.action.tiers import TierModel
from fixit_runtime.agent.capital.trace import MemoryTrace
from fixit_runtime.agent.economy import Action, Prices, Quote
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import Candidate, Policy, Proposal, Stage, State, TestFacts

MODEL = replace(
    ASSUMED,
    tiers={
        "cheap": TierModel(ability=0.0, unplanned=1.0),
        "middle": TierModel(ability=1.5, unplanned=1.0),
        "dear": TierModel(ability=2.5, unplanned=1.0),
    },
)
COSTS = {"cheap": 0.01, "middle": 0.1, "dear": 4.0}
WRONG = Proposal((), Spend(), tried=1)


def found(tier: str, prior: float = 0.9) -> Proposal:
    candidate = Candidate(f"by {tier}", tier, {}, stage=Stage.CONFIRMED, prior=prior)
    return Proposal((candidate,), Spend(), tried=1)


def bought(
    chosen: Policy,
    *,
    task: str = "t::a",
    value: float = 5.0,
    prices: Prices | None = None,
    **slices: list[Proposal],
) -> tuple[list[object], str]:
    """The options that the policy takes with these scripted tiers, and how the run ends."""
    trace = MemoryTrace("run")
    facts = TestFacts(failing=(task,), passing=())
    state = State(GridEstimator((), MODEL).belief(facts, []), facts)
    acts = [Act(ScriptedProposer(t, slices.get(t, [WRONG] * 2), COSTS[t], 0.0)) for t in COSTS]
    ended = loop.run(
        state,
        [*acts, Submit(), Defer()],
        advance,
        loop.Controls(chosen, prices or Prices.of(value)),
        Ledger(),
        trace,
    )
    taken = [e.data["chosen"] for e in trace.events() if e.kind == "decision"]
    return taken, ended.ended


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_every_named_policy_ends_a_run_of_real_quotes(name: str) -> None:
    taken, ended = bought(policy(name), middle=[found("middle")], dear=[found("dear")])

    assert ended in ("submitted", "deferred")
    assert taken[-1] in ("submit", "defer")


def test_an_unknown_policy_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(UsageError, match="best-single"):
        policy("clairvoyant")


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("cheapest", "act:cheap"),
        ("most-accurate", "act:dear"),
        ("best-single", "act:middle"),
        ("fixed-cascade", "act:middle"),  # cheap ones that pass are too often wrong at 4 V
        ("pipeline", "act:dear"),
        ("pre-run-router", "act:middle"),
    ],
)
def test_each_recipe_starts_with_its_own_tier(name: str, first: str) -> None:
    taken, _ = bought(policy(name))

    assert taken[0] == first


@pytest.mark.parametrize(
    "name", ["cheapest", "most-accurate", "best-single", "random", "pre-run-router"]
)
def test_a_single_tier_is_never_left_for_another(name: str) -> None:
    taken, ended = bought(policy(name))

    assert len(set(taken) - {"defer"}) == 1
    assert len(taken) == 3  # both of its slices, then nothing
    assert ended == "deferred"


def test_a_random_choice_is_the_same_for_the_same_task_and_not_for_all() -> None:
    first = [bought(policy("random"), task=f"t::{i}")[0][0] for i in range(12)]

    assert first == [bought(policy("random"), task=f"t::{i}")[0][0] for i in range(12)]
    assert len(set(first)) > 1


def test_a_cascade_keeps_its_order_and_shows_the_first_candidate_that_passes() -> None:
    taken, ended = bought(Cascade(order=("dear", "cheap"), tries=1), cheap=[found("cheap")])

    assert taken == ["act:dear", "act:cheap", "submit"]
    assert ended == "submitted"


def test_a_cascade_without_tiers_defers_and_one_without_an_order_is_tuned_on_the_belief() -> None:
    assert bought(Cascade(order=()))[0] == ["defer"]
    free_risk, rich = Prices.of(5.0, risk_usd=0.0), Prices.of(50.0, risk_usd=0.0)
    assert bought(Cascade(tries=1), prices=free_risk)[0] == ["act:middle", "act:cheap", "defer"]
    assert "act:dear" in bought(Cascade(tries=1), prices=rich)[0]
    assert bought(Cascade(tries=1))[0] == ["act:middle", "defer"]


def test_a_cascade_tuned_on_the_belief_earns_what_the_best_order_of_the_same_tiers_earns() -> None:
    facts = TestFacts(failing=("t::a",), passing=())
    belief = GridEstimator((), MODEL).belief(facts, [])
    acts = [Quote(f"act:{t}", Action.ACT, t, cost_usd=usd) for t, usd in COSTS.items()]
    prices = Prices.of(20.0, latency_usd_per_hour=0.0)
    taken: list[str] = []
    while chosen := next_tier(belief, [q for q in acts if q.tier not in taken], prices):
        taken.append(chosen.tier)
        belief = belief._attempted(chosen.tier, False)

    has = GridEstimator((), MODEL).belief(facts, []).attempts(acts)
    tuning = Tuning(
        has.right.T, np.tile([*COSTS.values()], (has.right.shape[1], 1)), 20.0, 80.0,
        has.sensitivity, has.specificity, weights=MODEL.prior,
    )  # fmt: skip
    mine = tuning.value(tuple([*COSTS].index(tier) for tier in taken))

    assert mine == pytest.approx(tuning.value(best_cascade(tuning, 3)), rel=0.01)


def test_a_fixed_cascade_does_not_change_its_order_for_what_an_attempt_has_shown() -> None:
    facts = TestFacts(failing=("t::a",), passing=())
    shown = State(GridEstimator((), MODEL).belief(facts, []), facts)
    hard = replace(shown, belief=shown.belief.harder({"failure:import": 1.0}))
    menu = [Quote(f"act:{t}", Action.ACT, t, cost_usd=usd) for t, usd in COSTS.items()]
    menu.append(Quote("defer", Action.DEFER))

    first = [policy("fixed-cascade").rank(s, menu, Prices())[0].quote.option for s in (shown, hard)]

    assert first[0] == first[1]


def test_a_noisy_scorer_errs_both_ways_and_the_same_way_each_time_it_is_asked() -> None:
    scorer = Scorer(1.0)
    scores = [scorer.score(0.8, f"c{i}") for i in range(400)]

    assert scores == [scorer.score(0.8, f"c{i}") for i in range(400)]
    assert np.median(scores) == pytest.approx(0.8, abs=0.03)
    assert 0.1 < np.mean(np.array(scores) < 0.6) < 0.3
    assert Scorer().score(0.8, "c") == 0.8


def test_the_frugal_cascade_shows_at_once_what_pays_to_show_and_goes_on_where_it_does_not() -> None:
    frugal = Cascade(order=("cheap", "middle"), tries=1, threshold=None)
    fair = [found("cheap", prior=0.7)]

    assert bought(frugal, cheap=fair)[0] == ["act:cheap", "act:middle", "submit"]
    cheap_risk = Prices.of(5.0, risk_usd=5.0)
    assert bought(frugal, cheap=fair, prices=cheap_risk)[0] == ["act:cheap", "submit"]


def test_a_frugal_cascade_passes_over_a_doubtful_candidate_while_there_is_another_tier() -> None:
    frugal = Cascade(order=("cheap", "middle"), tries=1, threshold=0.8)
    doubtful = [found("cheap", prior=0.3)]

    taken, _ = bought(frugal, cheap=doubtful, middle=[found("middle", prior=0.95)])
    alone, ended = bought(frugal, cheap=doubtful)

    assert taken == ["act:cheap", "act:middle", "submit"]
    assert alone == ["act:cheap", "act:middle", "submit"]  # nothing better: shown in the end
    assert ended == "submitted"


def test_a_pipeline_stops_after_its_rounds_whatever_the_task_is_worth() -> None:
    assert bought(Pipeline(rounds=2), value=1e6)[0] == ["act:dear", "act:middle", "defer"]
    assert bought(Pipeline(rounds=2), value=0.0)[0] == ["act:dear", "act:middle", "defer"]


def test_a_router_before_the_run_goes_by_its_own_chances_and_leaves_the_hopeless_alone() -> None:
    sure = PreRunRouter({"cheap": 0.01, "middle": 0.01, "dear": 0.95})
    hopeless = PreRunRouter(dict.fromkeys(COSTS, 0.0))

    assert bought(sure)[0][0] == "act:dear"
    assert bought(hopeless)[0] == ["defer"]


def test_a_named_tier_is_kept_even_where_another_is_better() -> None:
    assert set(bought(Single("mine", tier="dear"))[0]) == {"act:dear", "defer"}


# --------------------------------------------------------------------------- tuning

RNG = np.random.default_rng(11)
TUNING = Tuning(
    right=(RNG.random((60, 5)) < [0.3, 0.4, 0.5, 0.6, 0.7]).astype(float),
    cost=RNG.lognormal([-4, -3, -2, -1, 0], 0.5, (60, 5)),
    value_usd=3.0,
)


def played(tuning: Tuning, order: tuple[int, ...]) -> float:
    """What an order earns a task, one task at a time, with a perfect verifier and a cap."""
    total = 0.0
    for right, cost in zip(tuning.right, tuning.cost, strict=True):
        left = tuning.cap_usd
        for k in order:
            paid = min(cost[k], left)
            total -= paid
            left -= paid
            if cost[k] <= paid and right[k]:
                total += tuning.value_usd
                break
    return total / len(tuning.right)


@given(st.permutations(range(5)), st.integers(0, 5), st.sampled_from([np.inf, 1.0, 0.1]))
def test_an_orders_value_is_what_playing_it_earns(
    order: list[int], length: int, cap: float
) -> None:
    tuning = replace(TUNING, cap_usd=cap)

    assert tuning.value(tuple(order[:length])) == pytest.approx(
        played(tuning, tuple(order[:length]))
    )


def test_a_noisy_verifiers_false_accepts_are_paid_for() -> None:
    noisy = replace(TUNING, risk_usd=3.0, sensitivity=0.9, specificity=0.8)
    rate = TUNING.right[:, 2].mean()
    expected = 3 * 0.9 * rate - 3 * 0.2 * (1 - rate) - TUNING.cost[:, 2].mean()

    assert noisy.value((2,)) == pytest.approx(expected)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_the_best_cascade_is_the_best_of_all(length: int) -> None:
    orders = [o for n in range(1, length + 1) for o in itertools.permutations(range(5), n)]

    assert TUNING.value(best_cascade(TUNING, length)) == pytest.approx(
        max(TUNING.value(o) for o in orders)
    )


def test_the_greedy_cascade_beats_the_best_single_tier_and_stops_where_nothing_pays() -> None:
    assert TUNING.value(greedy_cascade(TUNING)) >= TUNING.value(best_single(TUNING))
    assert greedy_cascade(replace(TUNING, value_usd=0.0)) == ()


def test_longer_cascades_are_not_searched_through() -> None:
    with pytest.raises(ValueError, match="not of 4"):
        best_cascade(TUNING, 4)


def test_logistic_regression_gives_each_group_its_rate_pulled_towards_that_of_all() -> None:
    groups = ["easy"] * 200 + ["hard"] * 200 + ["rare"] * 2
    right = np.array([[1.0] * 1] * 180 + [[0.0]] * 20 + [[1.0]] * 40 + [[0.0]] * 160 + [[1.0]] * 2)

    rates = {group: float(p[0]) for group, p in logistic(groups, right).items()}

    assert rates["easy"] == pytest.approx(0.9, abs=0.03)
    assert rates["hard"] == pytest.approx(0.2, abs=0.03)
    assert 0.5 < rates["rare"] < 0.95
    assert 0.3 < rates[""] < 0.9
