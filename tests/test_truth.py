"""When a repair counts as right by its behaviour."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from benchmarks.truth import CALLS_LEAST, REFERENCE, same_as_reference
from fixit_runtime.tools.repair.behaviour import NOTHING, Behaviours, Call, Seen, Target

MINE, OTHER = Target("m.py", "mine", 1), Target("m.py", "other", 9)
CALL = Call("mine(1)", recorded=False, passing=True, entry=False, target=0)
FAULTY, RIGHT, WRONG = (Seen("returns", text, text) for text in ("faulty", "right", "wrong"))


def judged(
    does: Sequence[Seen],
    should: Sequence[Seen],
    *,
    call: Call = CALL,
    changes: Target = MINE,
) -> bool:
    """Whether a candidate that `does` this counts as right; the faulty code does FAULTY always."""
    seen = Behaviours(
        (call,) * len(does),
        (FAULTY,) * len(does),
        {"it": tuple(does), REFERENCE: tuple(should)},
    )
    changed = {"it": frozenset({changes}), REFERENCE: frozenset({MINE})}
    return same_as_reference("it", seen, changed, (MINE, OTHER)).behaviour


SHOWN = [RIGHT, *[FAULTY] * (CALLS_LEAST - 1)]  # the fault shows in one call of enough


def test_a_repair_is_right_where_it_does_as_the_reference_on_enough_calls() -> None:
    assert judged(SHOWN, SHOWN)


@pytest.mark.parametrize("at", [0, CALLS_LEAST - 1])
def test_one_call_that_does_something_else_makes_it_wrong(at: int) -> None:
    assert not judged([*SHOWN[:at], WRONG, *SHOWN[at + 1 :]], SHOWN)


def test_too_few_calls_and_calls_that_do_not_show_the_fault_prove_nothing() -> None:
    assert not judged(SHOWN[:-1], SHOWN[:-1])
    assert not judged([FAULTY] * 20, [FAULTY] * 20)


def test_calls_of_other_functions_alone_prove_nothing() -> None:
    assert not judged(SHOWN, SHOWN, call=replace(CALL, target=1))


def test_where_another_function_is_changed_only_calls_that_tests_make_count() -> None:
    assert not judged(SHOWN, SHOWN, changes=OTHER)
    assert judged(SHOWN, SHOWN, changes=OTHER, call=replace(CALL, entry=True))


def test_what_was_not_compared_is_not_right() -> None:
    assert not same_as_reference("it", NOTHING, {}, ()).right
