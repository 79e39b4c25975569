"""Regret: against hindsight, and below its published bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent import loop
from fixit_runtime.agent.action.contest import recorded
from fixit_runtime.agent.action.fit import fit
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.replay import Untraced, play
from fixit_runtime.agent.action.simulate import PRICE_LIST, Skill, simulate
from fixit_runtime.agent.action.steps import advance
from fixit_runtime.agent.demand.regret import (
    Hindsight,
    Known,
    Run,
    expected_hindsight,
    expected_regret,
    hindsight,
    regret,
    regret_bound,
    share_closed,
)
from fixit_runtime.agent.economy import Action, Prices, Quote
from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import Policy, State, Step

SMALL = fit(simulate(PRICE_LIST, 60, np.random.default_rng(1)), version="test")
known = st.builds(Known, st.booleans(), st.floats(0, 5))


def run(
    state: State, steps: Sequence[Step], chosen: Policy, prices: Prices, ledger: Ledger
) -> State:
    return loop.run(state, steps, advance, loop.Controls(chosen, prices), ledger, Untraced())


def test_hindsight_takes_the_cheapest_success_or_leaves_the_task_alone() -> None:
    attempts = {"a": Known(True, 2.0), "b": Known(True, 0.5), "c": Known(False, 0.01)}

    assert hindsight(attempts, 5.0) == Hindsight("b", 4.5)
    assert hindsight(attempts, 0.4).tier == ""
    assert hindsight({}, 5.0).utility_usd == 0.0


@given(st.dictionaries(st.sampled_from("abcde"), known, min_size=1), st.floats(0, 50), st.data())
def test_no_way_of_buying_attempts_has_negative_regret(
    attempts: dict[str, Known], value: float, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(sorted(attempts)))
    tried = order[: data.draw(st.integers(0, len(order)))]
    paid = sum(attempts[t].cost_usd for t in tried)
    utility = value * any(attempts[t].right for t in tried) - paid

    assert regret(utility, attempts, value) >= -1e-9


def test_expected_hindsight_of_one_tier_is_what_its_successes_leave() -> None:
    belief = fit(simulate(PRICE_LIST, 200, np.random.default_rng(1)), version="test").belief()
    quote = Quote("act:mini", Action.ACT, tier="mini", cost_usd=0.5, outcomes=Quote.attempt(0))
    p = float((belief.attempts([quote]).right @ belief.weights())[0])
    prices = Prices.of(3.0, latency_usd_per_hour=0, risk_usd=0)

    assert expected_hindsight(belief, [quote], prices) == pytest.approx(p * 2.5)
    # One tier has no order to get wrong: regret is paying for what fails.
    assert regret_bound(belief, [quote], prices) == pytest.approx((1 - p) * 0.5)


def test_the_rules_mean_regret_stays_below_the_published_bound() -> None:
    tiers = {**PRICE_LIST, "rival": Skill(0.9, 0.3)}
    known_fit = fit(simulate(tiers, 300, np.random.default_rng(2)), version="test")
    fresh = simulate(tiers, 400, np.random.default_rng(3))
    prices, belief = Prices.of(5.0, latency_usd_per_hour=0, risk_usd=0), known_fit.belief()
    acts = [
        Quote(f"act:{t}", Action.ACT, tier=t, cost_usd=belief.expected_usd(t),
              outcomes=Quote.attempt(0))
        for t in tiers
    ]  # fmt: skip
    regrets = []
    for task in recorded(fresh, fresh.right):
        ended = play(run, task, belief, policy("index"), prices)
        outcomes = {t: Known(a.right, a.cost_usd) for t, a in task.attempts.items()}
        regrets.append(regret(ended.utility(5.0), outcomes, 5.0))

    bound = regret_bound(belief, acts, prices)
    noise = 3 * np.std(regrets) / np.sqrt(len(regrets))
    assert 0 < np.mean(regrets) < bound + noise
    assert bound < expected_hindsight(belief, acts, prices)


def test_what_a_cap_keeps_off_the_menu_is_in_the_bound() -> None:
    belief = fit(simulate(PRICE_LIST, 200, np.random.default_rng(1)), version="test").belief()
    prices = Prices.of(5.0, latency_usd_per_hour=0, risk_usd=0)
    acts = [
        Quote(f"act:{t}", Action.ACT, tier=t, cost_usd=belief.expected_usd(t)) for t in PRICE_LIST
    ]

    free = regret_bound(belief, acts, prices)
    some = regret_bound(belief, acts[:2], prices, beyond=acts[2:])
    none = regret_bound(belief, [], prices, beyond=acts)

    assert 0 < free < some < none
    assert none == pytest.approx(expected_hindsight(belief, acts, prices))
    tight = replace(prices, money=9.0)
    assert regret_bound(belief, acts[:2], prices, beyond=acts[2:], tightened=tight) > some


chances = st.floats(0.0, 1.0)


@given(chances, st.floats(0.0, 3.0), st.floats(0.0, 3.0), st.booleans(), st.floats(0.1, 20.0))
def test_the_expected_regret_of_a_run_is_never_negative_and_zero_only_if_nothing_was_wasted(
    chance: float, found: float, wasted: float, shown: bool, value: float
) -> None:
    belief, prices = SMALL.belief(), Prices.of(value, latency_usd_per_hour=0)
    menu = [Quote("act:mini", Action.ACT, tier="mini", cost_usd=0.5)]
    paid = found * (chance > 0) + wasted
    run = Run(belief.weights(), paid, {"nano": (1, wasted)}, chance, found, shown)

    usd = expected_regret(belief, menu, prices, run)

    assert usd >= wasted - 1e-9
    if not shown:
        assert usd >= chance * max(value - found, 0.0) + paid - 1e-9


def test_the_regret_expected_of_runs_is_on_average_what_it_really_was() -> None:
    """By labels that the runs never saw: the recorded end of every tier on every task."""
    known_fit = fit(simulate(PRICE_LIST, 1500, np.random.default_rng(2)), version="test")
    fresh = simulate(PRICE_LIST, 400, np.random.default_rng(3), noise=0.01, size=0.01)
    prices, belief = Prices.of(5.0, latency_usd_per_hour=0, risk_usd=0), known_fit.belief()
    costs = {t: float(np.mean(fresh.cost[:, k])) for k, t in enumerate(fresh.tiers)}
    acts = [Quote(f"act:{t}", Action.ACT, tier=t, cost_usd=usd) for t, usd in costs.items()]
    real, expected = [], []
    for task in recorded(fresh, fresh.right):
        last: list[State] = []

        def kept(*given_: Any, last: list[State] = last) -> State:
            last.append(run(*given_))
            return last[0]

        ended = play(kept, task, belief, policy("index"), prices)
        outcomes = {t: Known(a.right, a.cost_usd) for t, a in task.attempts.items()}
        real.append(regret(ended.utility(5.0), outcomes, 5.0))
        failed = {t: (1, outcomes[t].cost_usd) for t in ended.tried}
        found = outcomes[ended.shown].cost_usd if ended.shown else 0.0
        bought = Run(
            last[0].belief.weights(), ended.paid_usd, failed, float(bool(ended.shown)), found,
            bool(ended.shown),
        )  # fmt: skip
        expected.append(expected_regret(belief, acts, prices, bought))

    assert np.mean(expected) == pytest.approx(np.mean(real), rel=0.2)
    assert np.corrcoef(expected, real)[0, 1] > 0.5


def test_the_share_of_regret_closed_is_0_for_the_base_and_1_for_hindsight() -> None:
    base, best = np.array([0.0, 1.0]), np.array([2.0, 3.0])

    assert share_closed(base, base, best) == 0.0
    assert share_closed(best, base, best) == 1.0
    assert share_closed(base - 1, base, best) == -0.5
    assert np.isnan(share_closed(base, base, base))
