from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.seams import Suspect
from fixit_runtime.tools.repair.cursor import fingerprint, parse, written
from fixit_runtime.tools.repair.edits import Edit, Mutant, Source
from fixit_runtime.tools.repair.rank import Ranked
from fixit_runtime.tools.repair.trust import Plausible, priors
from tests.tools.repair.samples import BY_NAME


def plausible(template: str, score: float, line: int = 0) -> Plausible:
    edit = Edit("m.py", (), template)
    ranked = Ranked(Source("m.py", ""), edit, score, BY_NAME[template], line)
    return Plausible(Mutant("m.py", "", template, edit), ranked, 1)


def test_a_patch_is_believed_less_the_more_rivals_pass_too() -> None:
    one = plausible("comparison", 0.1, line=1)
    (alone,) = priors([one], 1)
    (beside, rival) = priors([one, plausible("comparison", 0.05)], 1)
    crowded = priors([one, *[plausible("variable", 0.05)] * 5], 1)[0]
    (near, _) = priors([one, plausible("comparison", 0.05, line=1)], 1)
    assert crowded < beside < near < alone < 1
    assert rival < beside


def test_a_template_that_silences_is_believed_less_and_more_tests_help() -> None:
    (deleted,) = priors([plausible("deleted", 0.1)], 1)
    (swapped,) = priors([plausible("argument-swapped", 0.1)], 1)
    (many,) = priors([plausible("deleted", 0.1)], 5)
    assert deleted < 0.5 < swapped
    assert deleted < many < swapped


@given(st.lists(st.floats(0.0, 1.0), max_size=6), st.integers(0, 50))
def test_priors_are_probabilities(scores: list[float], failing: int) -> None:
    found = priors([plausible("guard", score) for score in scores], failing)
    assert len(found) == len(scores)
    assert all(0 <= p <= 1 for p in found)


names = st.text("0123456789abcdef", min_size=8, max_size=8)


@given(st.dictionaries(names, st.integers(0, 10**6), max_size=3))
def test_a_cursor_survives_writing(consumed: dict[str, int]) -> None:
    assert parse(written(consumed)) == consumed


def test_a_damaged_cursor_counts_as_not_begun() -> None:
    assert parse("what:ever,12:7,:3,x") == {"12": 7}


def test_other_suspects_are_another_order() -> None:
    one, two = Suspect("a.py", 1, 0.5), Suspect("a.py", 1, 0.25)
    assert fingerprint([one]) != fingerprint([two])
    assert fingerprint([one]) == fingerprint((one,))
