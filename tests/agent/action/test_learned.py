"""What earlier attempts tell of a tier: by how many tasks, and not by its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from fixit_runtime.agent.action.estimator import ASSUMED, NOTHING_FITTED, GridEstimator
from fixit_runtime.agent.action.features import Effect, Effects
from fixit_runtime.agent.action.fit import Fit
from fixit_runtime.agent.action.fitted import FittedBelief
from fixit_runtime.agent.action.learned import learned
from fixit_runtime.agent.action.training import trained
from fixit_runtime.agent.economy import Action, Quote, Verdict, rank
from fixit_runtime.agent.economy import Prices as Worth
from fixit_runtime.agent.seams import Candidate, Result, Stage, TestFacts, Tried

FACTS = TestFacts(("t::a",), ("t::b",))
HERE = "/repo"
VERY = 3.0


def attempt(tier: str, task: int, right: bool | None, **more: object) -> Tried:
    made = Tried(f"run-{task}", HERE, f"task-{task}", tier, right is not False, right, 0.02)
    return replace(made, **more)  # type: ignore[arg-type]


def many(tier: str, right: bool, count: int = 20, first: int = 0) -> list[Tried]:
    return [attempt(tier, first + n, right) for n in range(count)]


def chance(known: Fit, tier: str) -> float:
    belief = GridEstimator((), known.model, known.costs).belief(FACTS, [tier])
    return replace(belief, planned=True).chance_right(tier)


def seen(*tried: Iterable[Tried], known: Fit = NOTHING_FITTED) -> Fit:
    return learned(known, [each for some in tried for each in some], ["a", "b", "search"], HERE)


def test_without_outcomes_everything_is_as_assumed() -> None:
    known = seen()

    assert (known.model.version, known.model.sources, known.costs) == ("assumed/1", {}, {})
    assert known.model.tiers == NOTHING_FITTED.model.tiers
    assert chance(known, "a") == chance(known, "b") == chance(NOTHING_FITTED, "a")
    assert GridEstimator((), known.model, known.costs).sources(["a", "b"]) == ("assumed/1",)
    assert not isinstance(GridEstimator((), known.model).belief(FACTS, []), FittedBelief)


def test_names_alone_tell_nothing_and_outcomes_do_whatever_the_name() -> None:
    first = seen(many("a", True), many("b", False))
    other = seen(many("b", True), many("a", False))

    assert chance(first, "a") == pytest.approx(chance(other, "b"))
    assert chance(first, "a") > 0.8 > 0.15 > chance(first, "b")


def test_twenty_tasks_admit_a_tier_and_fewer_move_it_by_as_much_as_they_tell() -> None:
    base = chance(NOTHING_FITTED, "a")
    one, five, twenty = (chance(seen(many("a", True, n)), "a") for n in (1, 5, 20))
    belief = GridEstimator((), seen(many("a", True)).model, seen(many("a", True)).costs)

    assert base < one < five < twenty
    assert one - base < 0.12
    assert isinstance(belief.belief(FACTS, ["a"]), FittedBelief)
    assert belief.sources(["a", "b"])[1:] == ("a: fitted/own of 20 attempts on 20 tasks, 20 right",)
    assert seen(many("a", True, 5)).model.source("a") == (
        "assumed/1 moved by 5 attempts on 5 tasks, 5 right"
    )


def test_failing_twenty_times_at_one_task_is_not_failing_at_twenty() -> None:
    at_one = seen([attempt("a", 0, False, run=f"run-{n}") for n in range(20)])
    at_twenty = seen(many("a", False, 19))

    assert chance(at_one, "a") > chance(at_twenty, "a") + 0.1
    assert "on 1 task," in at_one.model.source("a")


def test_failing_where_others_succeed_tells_more_than_failing_where_all_fail() -> None:
    where_others_succeed = seen(many("a", False, 8), many("b", True, 8))
    where_all_fail = seen(many("a", False, 8), many("b", False, 8))

    assert chance(where_others_succeed, "a") < chance(where_all_fail, "a") - 0.05


def test_an_unsettled_attempt_moves_a_tier_less_than_one_that_was_right() -> None:
    unsettled = seen([attempt("a", n, None) for n in range(10)])
    right = seen(many("a", True, 10))

    assert chance(NOTHING_FITTED, "a") < chance(unsettled, "a") <= chance(right, "a")


def test_a_tier_that_others_outcomes_speak_of_stays_as_it_was() -> None:
    assert chance(seen(many("a", False)), "b") == pytest.approx(chance(NOTHING_FITTED, "b"))


def test_the_same_outcomes_give_the_same_beliefs_in_any_order() -> None:
    tried = [*many("a", True, 12), *many("b", False, 25)]
    one, other = seen(tried), seen(tried[::-1])

    for tier in ("a", "b", "search"):
        assert np.array_equal(
            one.model.tier(tier).curve(one.model.grid), other.model.tier(tier).curve(one.model.grid)
        )


def test_the_menu_prefers_the_tier_that_was_right_and_names_the_source() -> None:
    known = seen(many("a", False), many("b", True))
    belief = GridEstimator((), known.model, known.costs).belief(FACTS, ["a", "b"])
    menu = [
        Quote(f"act:{t}", Action.ACT, tier=t, cost_usd=usd, outcomes=Quote.attempt(0.0))
        for t, usd in (("a", 0.02), ("b", 0.2))
    ]

    assert rank(belief, menu, Worth())[0].quote.tier == "b"
    assert belief.source("b").startswith("fitted/own of 20 attempts")


def test_a_fitted_belief_lives_through_a_run_in_which_a_second_tier_finds_the_same_patch() -> None:
    known = seen(many("a", True), many("b", True))
    belief = GridEstimator((), known.model, known.costs).belief(FACTS, ["a", "b"])
    acts = {t: Quote(f"act:{t}", Action.ACT, tier=t, outcomes=Quote.attempt(0.0)) for t in "ab"}
    first, second = (Candidate(n, n[0], {}, stage=Stage.GREEN) for n in ("a1", "b1"))

    held = belief.learn(acts["a"], Result(Verdict.ACCEPT, candidates=(first,)))
    both = held.learn(acts["b"], Result(Verdict.ACCEPT, candidates=(second,), agrees="a1"))

    assert 0 < both.chance_of("b1") < 1
    assert held.chance_of("a1") <= both.chance_of("a1") < 1


# ------------------------------------------------------------- a fit of one's own


def world(effect: float = 0.0) -> list[Tried]:
    """120 tasks: b is right on most, a on few; a feature makes half of the tasks harder."""
    lots, made = np.random.default_rng(3), []
    for n in range(120):
        hard = n % 2
        ease = lots.normal()
        for tier, ability in (("a", -0.5), ("b", 1.5)):
            q = 1 / (1 + np.exp(-(ability + ease - effect * hard)))
            right = bool(lots.random() < q)
            made.append(attempt(tier, n, right, values={"flakiness": float(hard)}))
    return made


def test_a_fit_of_ones_own_knows_its_tiers_and_leaves_others_as_assumed() -> None:
    known = trained(world(), version="mine/1")
    rates = {t: np.mean([e.right is True for e in world() if e.tier == t]) for t in "ab"}

    for tier in "ab":
        assert chance(known, tier) / known.model.tier(tier).scale(0, True) == pytest.approx(
            rates[tier], abs=0.06
        )
    assert known.model.source("a") == "mine/1 of 120 outcomes"
    assert chance(known, "new") == pytest.approx(chance(NOTHING_FITTED, "new"), abs=0.01)
    assert chance(known, "search") == pytest.approx(chance(NOTHING_FITTED, "search"), abs=0.01)


def test_what_a_feature_tells_is_fitted_and_moves_the_next_task() -> None:
    known = trained(world(effect=2.5), version="mine/1")
    effect = known.model.effects.by_name["flakiness"]
    easy, hard = (
        GridEstimator((), known.model, known.costs, {"flakiness": f}).belief(FACTS, ["b"])
        for f in (0.0, 1.0)
    )

    assert effect.mean > 2 * effect.sd
    assert hard.chance_right("b") < easy.chance_right("b") - 0.1
    assert any("effects mine/1" in s for s in GridEstimator((), known.model).sources([]))


def test_too_few_outcomes_are_no_fit() -> None:
    with pytest.raises(ValueError, match="tried on 20 tasks whose end is known; the most is 7"):
        trained(many("a", True, 7), version="mine/1")


def test_a_fitted_tiers_past_counts_on_its_own_repository_and_for_no_other_tier() -> None:
    known = trained(world(), version="mine/1")
    effects = Effects("mine/1", {"past": Effect(1.0, 0.1)})
    known = replace(known, model=replace(known.model, effects=effects))
    bad = [replace(each, tier="a") for each in many("a", False, 9, first=500)]
    elsewhere = [replace(each, repository="/other") for each in bad]

    assert chance(seen(bad, known=known), "a") < chance(known, "a") - 0.1
    assert chance(seen(bad, known=known), "b") == chance(known, "b")
    assert chance(seen(elsewhere, known=known), "a") == chance(known, "a")
    assert ASSUMED.tiers.keys() == {"search"}
