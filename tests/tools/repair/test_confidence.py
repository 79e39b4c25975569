"""P(correct) moves the way that the evidence points."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.seams import Question
from fixit_runtime.tools.repair.behaviour import Behaviours, Call, Seen
from fixit_runtime.tools.repair.confidence import LEAST, MOST, Evidence, p_right
from fixit_runtime.tools.repair.groups import groups_of, kept, question

SURE = Evidence(trust=0.75, neighbours=20, calls=100)


def test_rivals_that_do_something_else_make_a_patch_doubtful() -> None:
    alone, beside = p_right(SURE), p_right(replace(SURE, share=0.5, groups=2))
    crowded = p_right(replace(SURE, share=0.1, groups=8))
    assert crowded < beside < alone


def test_a_patch_that_silences_or_comes_late_is_believed_less_and_more_tests_help() -> None:
    silent = p_right(replace(SURE, trust=0.3, silences=True, growth=-6))
    assert silent < p_right(replace(SURE, place=800)) < p_right(SURE)
    assert silent < p_right(replace(SURE, trust=0.3, silences=True, growth=-6, failing=6))
    doubtful = replace(SURE, trust=0.3, share=0.4)
    assert p_right(replace(doubtful, neighbours=0)) < p_right(doubtful)


def test_an_odd_expression_makes_a_patch_doubtful() -> None:
    assert p_right(replace(SURE, odd=1)) < p_right(SURE)


@given(
    st.builds(
        Evidence,
        trust=st.floats(0, 1),
        share=st.floats(0, 1),
        groups=st.integers(1, 50),
        failing=st.integers(0, 50),
        passed=st.floats(0, 1),
        place=st.integers(1, 10**6),
        growth=st.integers(-500, 500),
        raises=st.floats(0, 1),
    )
)
def test_p_is_a_probability_that_is_never_certain(evidence: Evidence) -> None:
    assert LEAST <= p_right(evidence) <= MOST


def seen(*texts: str) -> tuple[Seen, ...]:
    return tuple(
        Seen("raises" if text.endswith("Error") else "returns", text, text) for text in texts
    )


CALLS = (
    Call("total([1])", True, True, True, 0),
    Call("total([])", False, True, True, 0),
    Call("total([1, 2, 3, 4])", False, False, True, 0),
)
BEHAVIOURS = Behaviours(
    CALLS,
    seen("1", "ValueError", "9"),
    {
        "a": seen("1", "0", "10"),
        "b": seen("1", "0", "10"),
        "c": seen("2", "TypeError", "10"),
    },
)


def test_those_that_do_the_same_are_one_group_and_the_unknown_stand_alone() -> None:
    assert groups_of(["c", "a", "x", "b"], BEHAVIOURS, 1) == [("c",), ("a", "b"), ("x",)]


def test_what_a_candidate_keeps_of_the_old_behaviour_is_counted() -> None:
    good, bad = kept("a", BEHAVIOURS), kept("c", BEHAVIOURS)
    assert (good.kept, good.raises, good.heals) == (1.0, 0.0, 1.0)
    assert (bad.kept, bad.changed, bad.heals) == (0.0, 1.0, 0.0)
    assert kept("x", BEHAVIOURS).calls == 0


def test_the_question_is_the_shortest_call_on_which_two_groups_differ() -> None:
    asked = question([("a", "b"), ("c",)], BEHAVIOURS)
    assert isinstance(asked, Question)
    assert asked.text == "What should total([]) return?"
    assert [(a.text, a.candidates) for a in asked.answers] == [
        ("0", ("a", "b")),
        ("it should raise TypeError", ("c",)),
    ]
    assert question([("a",), ("b",)], BEHAVIOURS) is None
    assert question([("a",)], BEHAVIOURS) is None
