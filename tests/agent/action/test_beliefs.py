"""What a belief says before a step, and how it moves after one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.action.beliefs import TaskBelief
from fixit_runtime.agent.action.checks import CheckModel
from fixit_runtime.agent.action.estimator import ASSUMED, GridEstimator
from fixit_runtime.agent.economy import Action, Quote, Verdict
from fixit_runtime.agent.seams import Candidate, Result, Stage, TestFacts

FACTS = TestFacts(failing=("t::a",), passing=("t::b",))
SUITE = CheckModel("verify:suite", Stage.GREEN, Stage.SAFE, 0.99, 0.5, 0.01)
CONFIRM = CheckModel("verify:confirm", Stage.SAFE, Stage.CONFIRMED, 0.99, 0.1, 0.02)
PLAN = Quote("plan:localise", Action.PLAN, outcomes=((Verdict.INFORMED, 1.0),))
verdicts = st.lists(st.sampled_from([Verdict.ACCEPT, Verdict.REJECT]), max_size=6)


def p_accept(belief: TaskBelief, tier: str) -> float:
    return float((belief.attempts([act(tier)]).accept @ belief.weights())[0])


def act(tier: str) -> Quote:
    return Quote(f"act:{tier}", Action.ACT, tier=tier, outcomes=Quote.attempt(0.5))


def verify(check: CheckModel) -> Quote:
    return Quote(check.option, Action.VERIFY, outcomes=Quote.attempt(0.5))


def fresh() -> TaskBelief:
    return GridEstimator((SUITE, CONFIRM)).belief(FACTS, ["search"])


def candidate(name: str, prior: float | None = None, stage: Stage = Stage.GREEN) -> Candidate:
    files: Mapping[str, str | None] = {"m.py": name}
    return Candidate(name, "search", files, prior=prior, stage=stage)


def test_a_failed_attempt_of_one_tier_lowers_the_chance_of_every_other() -> None:
    before = fresh()
    after = before.after(act("strong/model"), Verdict.REJECT)

    for tier in ("search", "strong/model", "another/model"):
        assert p_accept(after, tier) < p_accept(before, tier)


@given(verdicts)
def test_the_posterior_stays_a_distribution_and_chances_stay_chances(story: list[Verdict]) -> None:
    belief = fresh()
    for verdict in story:
        belief = belief.after(act("search"), verdict)

    assert belief.weights().sum() == pytest.approx(1.0)
    assert np.all(belief.weights() >= 0)
    assert 0 <= p_accept(belief, "m") <= 1
    assert 0 <= belief.chance() <= 1


def test_localising_raises_the_chance_of_the_search_more_than_of_a_model() -> None:
    before, after = fresh(), fresh().after(PLAN, Verdict.INFORMED)

    gain = {t: p_accept(after, t) / p_accept(before, t) for t in ("search", "m")}

    assert gain["search"] > gain["m"] > 1


def test_many_failures_move_the_belief_to_tasks_that_nobody_solves() -> None:
    belief = fresh()
    for _ in range(12):
        belief = belief.after(act("search"), Verdict.REJECT)

    assert belief.weights()[-1] > fresh().weights()[-1]
    assert belief._right_if_accepted("search") < fresh()._right_if_accepted("search")


def test_a_check_that_accepts_multiplies_the_odds_by_sens_over_one_minus_spec() -> None:
    belief = fresh().learn(act("search"), Result(Verdict.ACCEPT, candidates=(candidate("a"),)))
    before = belief.chance()

    passed = replace(candidate("a"), stage=Stage.SAFE)
    after = belief.learn(verify(SUITE), Result(Verdict.ACCEPT, candidates=(passed,))).chance()

    assert after / (1 - after) == pytest.approx(before / (1 - before) * 0.99 / 0.5)


@pytest.mark.parametrize("stage", [Stage.SAFE, Stage.DOUBTED])
def test_a_chance_that_is_renewed_is_as_if_it_had_been_so_before_the_checks(stage: Stage) -> None:
    def checked(prior: float) -> TaskBelief:
        found = Result(Verdict.ACCEPT, candidates=(candidate("a", prior),))
        passed = replace(candidate("a", prior), stage=stage)
        held = fresh().learn(act("search"), found)
        return held.learn(verify(SUITE), Result(Verdict.ACCEPT, candidates=(passed,)))

    rival = Result(Verdict.ACCEPT, candidates=(candidate("b", 0.3),), renewed={"a": 0.6})
    renewed = checked(0.9).learn(act("search"), rival)

    assert renewed.chance_of("a") == pytest.approx(checked(0.6).chance_of("a"))
    assert renewed.chance_of("b") == pytest.approx(0.3)
    assert renewed.chance_of("a") < checked(0.9).chance_of("a")


def test_a_candidate_that_breaks_a_test_is_no_longer_held() -> None:
    belief = fresh().learn(act("search"), Result(Verdict.ACCEPT, candidates=(candidate("a"),)))

    refused = replace(candidate("a"), stage=Stage.REJECTED)
    after = belief.learn(verify(SUITE), Result(Verdict.REJECT, candidates=(refused,)))

    assert after.chance() == 0
    assert after.chance_of("a") == 0
    assert after.owed() == (0, 0, 0)


def test_a_proposers_own_doubt_lowers_the_chance_of_its_candidate() -> None:
    def taken(belief: TaskBelief, prior: float | None) -> float:
        result = Result(Verdict.ACCEPT, candidates=(candidate("a", prior),))
        return belief.learn(act("search"), result).chance()

    planned = fresh().after(PLAN, Verdict.INFORMED)
    hard = planned.after(act("m"), Verdict.REJECT).after(act("m"), Verdict.REJECT)

    assert taken(planned, 0.8) == pytest.approx(0.8)
    assert taken(planned, 0.2) == pytest.approx(0.2)
    assert taken(hard, None) < taken(planned, None)
    assert taken(planned, None) == pytest.approx(planned._right_if_accepted("search"))


def test_the_likeliest_of_the_furthest_candidates_is_the_best() -> None:
    two = (candidate("a", 0.3), candidate("b", 0.7))
    belief = fresh().learn(act("search"), Result(Verdict.ACCEPT, candidates=two))
    assert belief.chance() == belief.chance_of("b") > belief.chance_of("a")

    safe = replace(candidate("a"), stage=Stage.SAFE)
    belief = belief.learn(verify(SUITE), Result(Verdict.ACCEPT, candidates=(safe,)))
    assert belief.chance() == belief.chance_of("a")


def test_what_a_candidate_owes_is_both_checks_then_one_then_none() -> None:
    belief = fresh().learn(act("search"), Result(Verdict.ACCEPT, candidates=(candidate("a"),)))
    p_suite = SUITE.rates.accept(belief.chance())
    assert belief.owed().usd == pytest.approx(0.01 + p_suite * 0.02)
    assert belief.owed().chance > belief.chance()

    for check, stage in ((SUITE, Stage.SAFE), (CONFIRM, Stage.CONFIRMED)):
        passed = replace(candidate("a"), stage=stage)
        belief = belief.learn(verify(check), Result(Verdict.ACCEPT, candidates=(passed,)))
    assert belief.owed() == (1.0, belief.chance(), 0.0)


def test_a_step_that_did_not_run_teaches_nothing() -> None:
    before = fresh()
    after = before.learn(act("search"), Result(Verdict.FAILED))

    assert p_accept(after, "search") == p_accept(before, "search")


def test_a_fifth_of_the_assumed_tasks_is_beyond_everyone() -> None:
    assert ASSUMED.prior[-1] >= 0.2
    assert ASSUMED.prior.sum() == pytest.approx(1.0)


def test_a_likely_candidate_at_hand_leaves_little_for_a_further_attempt_to_add() -> None:
    planned = fresh().after(PLAN, Verdict.INFORMED)
    held = planned.learn(act("search"), Result(Verdict.ACCEPT, candidates=(candidate("a", 0.9),)))

    def p_right(belief: TaskBelief) -> float:
        return float((belief.attempts([act("m")]).right @ belief.weights())[0])

    assert p_right(held) < 0.2 * p_right(planned)
