"""A slice goes on for a while after its first find, and no longer."""

from fixit_runtime.tools.repair.edits import Edit, Source
from fixit_runtime.tools.repair.rank import Ranked
from fixit_runtime.tools.repair.slices import ENOUGH, LATE_MOST, Slice
from fixit_runtime.tools.repair.stream import Drawn
from tests.tools.repair.samples import BY_NAME

SOURCE = Source("m.py", "")


def one(score: float = 0.1) -> Drawn:
    ranked = Ranked(SOURCE, Edit("m.py", (), "guard"), score, BY_NAME["guard"], 1)
    return Drawn("id", {"m.py": ""}, (ranked,), (("order", 1),))


def test_a_slice_ends_at_its_size_where_nothing_passes() -> None:
    part = Slice(size=3, handful=2)
    for left in (3, 2, 1):
        assert part.room(0.1) == left
        part.add(one(), passes=False, late=False)
    assert part.room(0.1) == 0


def test_it_goes_on_through_what_is_ranked_close_as_far_again_and_a_handful_beyond() -> None:
    part = Slice(size=50, handful=2)
    for passes in (False, False, False, True):
        part.add(one(), passes=passes, late=False)
    assert part.room(0.1) == 4
    assert part.room(0.01) == 2


def test_it_stops_where_nearly_everything_passes_and_keeps_few_of_the_slow() -> None:
    part = Slice(size=1000, handful=2)
    for _ in range(ENOUGH):
        part.add(one(), passes=True, late=False)
    assert part.room(0.1) == 0
    for _ in range(LATE_MOST + 5):
        part.add(one(), passes=False, late=True)
    assert len(part.late) == LATE_MOST
