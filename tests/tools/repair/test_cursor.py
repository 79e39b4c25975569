"""Where a search stands can be written down, and a search goes on from there."""

from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.seams import Suspect
from fixit_runtime.tools.repair.cursor import fingerprint, parse, written
from fixit_runtime.tools.repair.edits import Edit, Source
from fixit_runtime.tools.repair.rank import Ranked
from fixit_runtime.tools.repair.stream import Stream
from tests.tools.repair.samples import BY_NAME

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


@given(st.integers(0, 8), st.integers(0, 8))
def test_what_is_put_back_comes_again_in_the_same_order(size: int, back: int) -> None:
    source = Source("m.py", "")
    edits = [
        Ranked(source, Edit("m.py", (), "guard"), 1 / (n + 1), BY_NAME["guard"], n)
        for n in range(size)
    ]
    stream = Stream("order", iter(edits))
    taken = list(iter(stream.take, None))
    assert stream.exhausted and stream.place == size
    stream.put_back(taken[max(size - back, 0) :])
    assert stream.place == max(size - back, 0)
    again = list(iter(stream.take, None))
    assert taken[: max(size - back, 0)] + again == edits
