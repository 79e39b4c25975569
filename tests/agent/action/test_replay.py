"""Recorded outcomes through the real loop: what is charged, shown, remembered and capped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixit_runtime.agent import loop
from fixit_runtime.agent.action.contest import (
    GREEDY,
    INDEX,
    NOISY,
    NOISY_PEERS,
    PEERS,
    PERFECT,
    SINGLE,
    UNVERIFIED,
    Fold,
    Setting,
    cross_validation,
    held_out,
    recorded,
)
from fixit_runtime.agent.action.fit import Table
from fixit_runtime.agent.action.policies import POLICIES, policy
from fixit_runtime.agent.action.replay import Played, Remembered, Task, Untraced, Verifier, play
from fixit_runtime.agent.action.simulate import PRICE_LIST, Skill, simulate
from fixit_runtime.agent.action.steps import advance
from fixit_runtime.agent.capital.trace import MemoryTrace
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.ledger import Ledger, Limits
from fixit_runtime.agent.seams import Policy, State, Step


def run(
    state: State, steps: Sequence[Step], chosen: Policy, prices: Prices, ledger: Ledger
) -> State:
    return loop.run(state, steps, advance, loop.Controls(chosen, prices), ledger, Untraced())


TIERS = {**PRICE_LIST, **{f"rival-{k}": Skill(0.3 * k, 0.3 * k + 0.3) for k in range(5)}}


@cache
def table() -> Table:
    return simulate(TIERS, 150, np.random.default_rng(3), unsolved=0.25)


@cache
def folds() -> list[Fold]:
    return cross_validation(table(), 0)


def mean_utility(name: str, value: float, setting: Setting = PERFECT) -> float:
    """Cross-validated, a task."""
    peer = {**PEERS, **NOISY_PEERS}[name]
    draws = np.random.default_rng(5).random(table().right.shape)
    total = 0.0
    for fold in folds():
        player = peer(fold, setting, value)
        tasks = recorded(table(), player.verifier.accepts(table().right, draws))
        for row in fold.rows:
            ended = play(
                run, tasks[row], player.belief, player.policy(tasks[row]), setting.prices(value)
            )
            total += ended.utility(value, setting.risk * value)
    return total / len(table().tasks)


def first_task(solved_by: str, *not_by: str) -> Task:
    t = table()
    for task in recorded(t, t.right):
        wanted = task.attempts[solved_by].right
        if wanted and not any(task.attempts[n].right for n in not_by):
            return task
    raise AssertionError("the simulated tasks hold no such one")


def test_every_attempt_is_charged_at_its_true_cost() -> None:
    task = first_task("middle", "nano", "mini")
    fold = folds()[0]

    ended = play(run, task, fold.known.belief(), policy("fixed-cascade"), PERFECT.prices(5.0))

    assert ended.shown == "middle" and ended.right
    assert ended.tried == {"nano", "mini", "middle"}
    assert ended.paid_usd == pytest.approx(sum(task.attempts[t].cost_usd for t in ended.tried))


def test_the_price_of_the_next_attempt_follows_what_this_task_has_cost() -> None:
    task, fold = first_task("frontier", "mini"), folds()[0]
    trace = MemoryTrace("run")

    def watched(
        state: State, steps: Sequence[Step], chosen: Policy, prices: Prices, ledger: Ledger
    ) -> State:
        return loop.run(state, steps, advance, loop.Controls(chosen, prices), ledger, trace)

    belief = fold.known.belief()
    play(watched, task, belief, policy("fixed-cascade"), PERFECT.prices(5.0))
    forecasts = [e.data["booking"] for e in trace.events() if e.kind == "outcome"]

    first, second = forecasts[0], forecasts[1]
    assert isinstance(first, dict) and isinstance(second, dict)
    assert first["forecast_usd"] == pytest.approx(belief.expected_usd(first["tier"]))
    assert second["forecast_usd"] != pytest.approx(belief.expected_usd(second["tier"]))


def test_an_attempt_is_cut_where_the_money_ends_and_is_lost() -> None:
    task = first_task("mini")
    half = task.attempts["mini"].cost_usd / 2

    ended = play(
        run,
        Task(task.name, task.group, {"mini": task.attempts["mini"]}),
        folds()[0].known.belief(),
        policy("index"),
        PERFECT.prices(50.0),
        Limits(cost_usd=half),
    )

    assert ended == Played("", False, half, frozenset({"mini"}))


@given(st.sampled_from(sorted(POLICIES)), st.floats(0, 1.5), st.integers(0, 149), st.floats(0, 60))
@settings(max_examples=80)
def test_no_policy_ever_spends_more_than_the_cap(
    name: str, cap: float, row: int, value: float
) -> None:
    task = recorded(table(), table().right)[row]

    ended = play(
        run, task, folds()[0].known.belief(), policy(name), PERFECT.prices(value), Limits(cap)
    )

    assert ended.paid_usd <= cap + 1e-12


@pytest.mark.parametrize("name", ["index", "literal", "fixed-cascade", "frugal"])
def test_a_remembered_policy_decides_as_the_policy_itself(name: str) -> None:
    fold, bare = folds()[0], policy(name)
    remembered = Remembered(bare)
    for task in recorded(table(), table().right)[:40]:
        one = play(run, task, fold.known.belief(), bare, PERFECT.prices(5.0))
        other = play(run, task, fold.known.belief(), remembered, PERFECT.prices(5.0))
        assert one == other


def test_verifiers_are_wrong_as_often_as_they_say() -> None:
    right = np.repeat([0.0, 1.0], 20_000)
    draws = np.random.default_rng(0).random(len(right))

    verdicts = Verifier(false_accept=0.3, false_reject=0.1).accepts(right, draws)

    assert verdicts[:20_000].mean() == pytest.approx(0.3, abs=0.02)
    assert verdicts[20_000:].mean() == pytest.approx(0.9, abs=0.02)
    np.testing.assert_array_equal(Verifier().accepts(right, draws), right)


def test_utility_counts_right_patches_wrong_ones_and_the_bill() -> None:
    assert Played("m", True, 0.5, frozenset("m")).utility(5.0, 20.0) == 4.5
    assert Played("m", False, 0.5, frozenset("m")).utility(5.0, 20.0) == -20.5
    assert Played("", False, 0.5, frozenset("m")).utility(5.0, 20.0) == -0.5


@pytest.mark.parametrize("value", [2.0, 5.0, 10.0])
def test_the_index_rule_beats_the_best_single_tier_and_the_wrong_ways(value: float) -> None:
    rule = mean_utility(INDEX, value)

    assert rule > mean_utility(SINGLE, value)
    assert rule > mean_utility("literal Eq. 1", value)
    assert rule > mean_utility("no learning", value)
    assert rule > mean_utility(GREEDY, value) - 0.02 * value


def test_where_wrong_patches_cost_something_a_gate_pays_and_the_rule_pays_more() -> None:
    setting = NOISY[1]

    unverified = mean_utility(UNVERIFIED, 5.0, setting)
    gated = mean_utility("best single + gate", 5.0, setting)

    assert gated > unverified
    assert mean_utility(INDEX, 5.0, setting) > gated


def test_the_same_seed_gives_the_same_split_fit_and_decisions() -> None:
    one, other = cross_validation(table(), 4)[0], cross_validation(table(), 4)[0]

    assert one.rows == other.rows
    tasks = recorded(table(), table().right)
    for row in one.rows[:15]:
        plays = [
            play(run, tasks[row], fold.known.belief(), policy("index"), PERFECT.prices(5.0))
            for fold in (one, other)
        ]
        assert plays[0] == plays[1]


def test_every_task_is_scored_by_exactly_one_fold() -> None:
    rows = [row for fold in folds() for row in fold.rows]

    assert sorted(rows) == list(range(len(table().tasks)))
    for fold in folds():
        scored = {table().tasks[row] for row in fold.rows}
        assert not scored & set(fold.train.tasks)


def test_unknown_tiers_are_admitted_from_the_first_tasks_or_left_out_with_a_note() -> None:
    wider = {**TIERS, "novel": Skill(1.3, 0.1)}
    test = simulate(wider, 100, np.random.default_rng(8))

    fold, scored, note = held_out(table(), test, 20)
    assert "novel" in scored.tiers and "novel" in note
    assert len(scored.tasks) == 80
    assert fold.known.model.tiers["novel"].curve(fold.known.model.grid).max() > 0.5
    assert not np.isnan(fold.train.right).any()

    fold, scored, note = held_out(table(), test, 0)
    assert scored.tiers == tuple(TIERS) and "left out" in note
    assert len(scored.tasks) == 100


def test_files_without_a_tier_in_common_are_refused() -> None:
    strangers = simulate({"alien": Skill(0.0, 1.0)}, 30, np.random.default_rng(1))

    with pytest.raises(ValueError, match="share no tier"):
        held_out(table(), strangers, 0)
