"""The order of candidates learns from bugs whose right edit is known."""

from itertools import islice
from textwrap import dedent

import pytest

from fixit_runtime.agent.seams import Outcome, Suspect, TestFacts, TestResult
from fixit_runtime.tools.repair.clues import Clues
from fixit_runtime.tools.repair.fitting import example, fit
from fixit_runtime.tools.repair.lessons import Lesson
from fixit_runtime.tools.repair.prior import UNTRAINED, Prior, from_json, learned, to_json
from fixit_runtime.tools.repair.rank import Order

CODE = dedent("""\
    def {name}(rows, limit, start=0):
        total = 0
        for row in rows[start:limit]:
            if row > limit:
                total += row
        return total + start
""")


def lesson(name: str) -> Lesson:
    """A bug that is always the same: the loop's slice should not stop at the limit."""
    files = {"m.py": CODE.format(name=name), "test_m.py": f"def test_it():\n    {name}([1], 2)\n"}
    right = files["m.py"].replace("[start:limit]", "[start:]")
    report = TestResult("test_m.py::test_it", Outcome.FAILED, text="E   assert 2 == 3")
    facts = TestFacts(("test_m.py::test_it",), (), reports=(report,))
    suspects = tuple(Suspect("m.py", line, 1.0) for line in range(2, 7))
    return Lesson(name, name, "", files.get, facts, suspects, {"m.py": right})


def place(one: Lesson, prior: Prior) -> int:
    assert one.target is not None
    drafts = (made for made, _ in one.order(prior).made())
    return next(at for at, made in enumerate(drafts, 1) if one.target.is_made_by(made))


def test_a_kind_of_slip_that_was_repaired_before_is_tried_earlier() -> None:
    lessons = [lesson(name) for name in ("early", "late", "most", "least")]
    fitted = fit([example(each, seed=1) for each in lessons], "test")
    unseen = lesson("other")
    assert place(unseen, fitted) < place(unseen, UNTRAINED)


def test_a_draft_that_gives_the_right_tree_is_right_however_it_is_written() -> None:
    one = lesson("early")
    assert {made.kind.name for made in one.in_reach()} == {"slice"}


def test_a_fix_of_two_files_has_no_single_right_edit() -> None:
    both = Lesson("n", "n", "", {}.get, TestFacts((), ()), (), {"a.py": "x", "b.py": "y"})
    assert list(both.in_reach()) == []


def test_the_shipped_weights_give_an_order_that_never_rises() -> None:
    suspects = [Suspect("m.py", line, 1.0) for line in range(2, 7)]
    order = Order({"m.py": CODE.format(name="f")}.get, suspects, Clues())
    scores = [each.score for each in islice(order, 300)]
    assert len(scores) == 300
    assert scores == sorted(scores, reverse=True)


def test_both_orders_make_the_same_candidates() -> None:
    suspects = [Suspect("m.py", 4, 1.0)]
    files = {"m.py": CODE.format(name="f")}
    made = [
        {(each.edit.template, each.edit.replacements) for each in order}
        for prior in (UNTRAINED, learned())
        for order in [Order(files.get, suspects, Clues(), prior=prior)]
    ]
    assert made[0] == made[1]


def test_weights_are_read_as_they_were_written() -> None:
    prior = Prior("p", {"hand kind": 1.0, "share": -0.25}, {"guard": -1.5}, 2.0)
    assert from_json(to_json(prior)) == prior
    with pytest.raises(ValueError, match="no weights"):
        from_json('{"weights": {}}')
