"""The one question: which is asked, what an answer means, and how far it moves the belief."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.action import evidence, steps, verify
from fixit_runtime.agent.action.checks import SAID_BEHAVIOUR, shipped_checks
from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.questions import answered, labels, question_for, shown
from fixit_runtime.agent.capital.records import decode, encode
from fixit_runtime.agent.economy import Action, Prices, Quote, Verdict
from fixit_runtime.agent.seams import (
    Answer,
    Answered,
    Candidate,
    Question,
    Result,
    Stage,
    State,
    TestFacts,
)

FACTS = TestFacts(failing=("t::a",), passing=("t::b",))
RIVALS = (
    Candidate("one", "search", {"m.py": "1"}, "returns None", 0.45, stage=Stage.GREEN),
    Candidate("two", "search", {"m.py": "2"}, "returns ''", 0.4, stage=Stage.GREEN),
)
WHICH = Question(
    "What should parse('') return?", (Answer("None", ("one",)), Answer("''", ("two",)))
)
ACT = Quote("act:search", Action.ACT, tier="search", outcomes=Quote.attempt(0.5))


def held(question: Question | None = WHICH) -> State:
    table = shipped_checks()
    checks = (*verify.owed(FACTS, Prices(), table), *evidence.optional(table, (), None))
    state = State(GridEstimator(checks).belief(FACTS, []), FACTS)
    result = Result(Verdict.ACCEPT, candidates=RIVALS, question=question)
    return steps.advance(state, ACT, result)


def p(state: State, name: str) -> float:
    return state.belief.chance_of(name)


def test_a_proposers_own_question_is_asked_first() -> None:
    assert question_for(held()) == WHICH
    assert shown(WHICH) == ["1) None", "2) ''"]


def test_a_question_about_candidates_that_are_gone_is_not_asked() -> None:
    state = held()
    gone = [replace(c, stage=Stage.REJECTED) if c.id == "two" else c for c in state.candidates]

    asked = question_for(replace(state, candidates=tuple(gone)))

    assert asked and asked.about == "one"
    assert "returns None" in asked.text


def test_without_a_candidate_the_user_is_asked_for_words() -> None:
    asked = question_for(replace(held(), candidates=(), question=None))

    assert asked and asked.answers == ()
    assert "t::a" in asked.text


@pytest.mark.parametrize("text", ["None", " none. ", "1", "1)", "(1)", '"None"'])
def test_a_foreseen_answer_is_known_by_its_text_or_its_number(text: str) -> None:
    said = answered(WHICH, text)

    assert (said.agreeing, said.contradicting) == (("one",), ("two",))


def test_answers_that_are_numbers_get_letters_so_that_a_number_is_an_answer() -> None:
    counts = Question("How many?", (Answer("2", ("one",)), Answer("1", ("two",))))

    assert labels(counts) == ["a", "b"]
    assert answered(counts, "1").agreeing == ("two",)
    assert answered(counts, "a").agreeing == ("one",)


@pytest.mark.parametrize(
    ("text", "agrees"),
    [("yes", True), ("Y", True), ("Yes, but mind the spaces", True), ("no", False), ("No.", False)],
)
def test_yes_and_no_are_understood_about_a_patch(text: str, agrees: bool) -> None:
    about = question_for(held(question=None))
    assert about

    said = answered(about, text)

    assert said.understood
    assert said.agreeing == (("one",) if agrees else ())
    assert said.contradicting == (() if agrees else ("one",))


@pytest.mark.parametrize("text", ["neither", "None of these"])
def test_neither_speaks_against_all(text: str) -> None:
    assert answered(WHICH, text).contradicting == ("one", "two")


@pytest.mark.parametrize("text", ["an empty list", "", "3", "noon", "yesterday"])
def test_words_that_nobody_foresaw_are_kept_and_move_nothing(text: str) -> None:
    state, said = held(), answered(WHICH, text)
    after = steps.hear(state, said)

    assert not said.understood
    assert p(after, "one") == p(state, "one")
    assert after.answers == (said,)


@given(st.sampled_from(["1", "2", "neither"]))
def test_an_answer_moves_the_odds_by_its_likelihood_ratio_and_no_further(text: str) -> None:
    before, said = held(), answered(WHICH, text)
    after, fit = steps.hear(before, said), shipped_checks().of(SAID_BEHAVIOUR)
    sens, spec = fit.sensitivity.mean, fit.specificity.mean

    for name in ("one", "two"):
        odds = [p(s, name) / (1 - p(s, name)) for s in (before, after)]
        ratio = sens / (1 - spec) if name in said.agreeing else (1 - sens) / spec
        assert odds[1] / odds[0] == pytest.approx(ratio)
        assert 0 < p(after, name) < 1


def test_after_an_answer_every_check_is_owed_again() -> None:
    state = held()
    safe = [replace(c, stage=Stage.CONFIRMED) for c in state.candidates]
    state = replace(state, candidates=tuple(safe), ended="deferred")

    after = steps.hear(state, answered(WHICH, "1"))

    assert after.ended == ""
    assert {c.stage for c in after.candidates} == {Stage.GREEN}
    assert after.belief.owed().usd > 0


def test_free_words_open_the_tiers_that_can_read_them_again() -> None:
    state = replace(held(), exhausted=frozenset({"search", "m"}))

    after = steps.hear(state, answered(WHICH, "an empty list"), frozenset({"m"}))

    assert after.exhausted == {"search"}


def test_an_answered_question_is_not_asked_again() -> None:
    after = steps.hear(held(), answered(WHICH, "1"))
    asked = question_for(after)
    assert asked and asked != WHICH

    last = steps.hear(after, answered(asked, "hm"))
    assert question_for(last) is None


def test_an_answer_comes_back_from_a_trace_as_it_was() -> None:
    said = answered(WHICH, "2")

    assert decode(Answered, encode(said)) == said
