"""What a search has learned is written down beside its cursor, and a damaged part is not there."""

from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.tools.repair import cursor
from fixit_runtime.tools.repair.memory import Memory, Passed, Seed, parse, written

FAILING = ("t.py::test_b", "t.py::test_a", "t.py::test_c")
ids = st.text("0123456789abcdef", min_size=8, max_size=8)
numbers = st.integers(0, 10**6)
places = st.tuples(ids, st.integers(1, 10**6))
passed = st.builds(
    Passed,
    st.one_of(st.tuples(places), st.tuples(places, places)),
    ids,
    numbers,
    st.none() | numbers,
    st.booleans(),
)
seeds = st.builds(
    Seed,
    places,
    ids,
    st.frozensets(st.sampled_from(FAILING)),
    numbers,
    numbers,
    st.frozensets(places, max_size=3),
)
memories = st.builds(
    Memory,
    st.lists(passed, max_size=4).map(tuple),
    st.lists(seeds, max_size=4).map(tuple),
    numbers,
)
LEARNED = Memory(
    (
        Passed((("1f2e3d4c", 7),), "0011aabb", 9, 3),
        Passed((("1f2e3d4c", 8),), "22334455", 10, None),
    ),
    (Seed(("1f2e3d4c", 5), "66778899", frozenset(FAILING[:1]), 0, 4),),
    6,
)


@given(memories)
def test_what_was_learned_survives_writing(memory: Memory) -> None:
    assert parse(written(memory, FAILING), FAILING) == memory
    assert parse(written(memory, FAILING), FAILING[::-1]) == memory


@given(st.dictionaries(ids, numbers, max_size=3), memories)
def test_a_cursor_with_it_counts_as_one_without(consumed: dict[str, int], memory: Memory) -> None:
    text = f"{cursor.written(consumed)},{written(memory, FAILING)}"
    assert cursor.parse(text) == consumed
    assert parse(text, FAILING) == memory


def test_a_cursor_without_it_tells_of_nothing() -> None:
    assert parse("1f2e3d4c:12,90ab12cd:40", FAILING) == parse("", FAILING) == Memory()
    assert written(Memory(), FAILING) == ""


@given(st.data())
def test_a_damaged_part_is_not_there_and_the_others_are(data: st.DataObject) -> None:
    parts = written(LEARNED, FAILING).split(",")
    gone = data.draw(st.integers(0, len(parts) - 2))  # the last part says what seeds are of
    damaged = [part[:1] + "?" if n == gone else part for n, part in enumerate(parts)]
    found = parse(",".join(damaged), FAILING)
    assert len(found.passed) + len(found.seeds) == 2
    assert set(found.passed) <= set(LEARNED.passed) and set(found.seeds) <= set(LEARNED.seeds)


@given(st.text(), st.text("+~!&/.,0123456789abcdef"))
def test_no_text_is_too_strange(one: str, other: str) -> None:
    for text in (one, other, f"a:{'9' * 5_000},+a.{'9' * 5_000}/0011aabb/1/"):
        parse(text, FAILING)
        cursor.parse(text)


def test_what_began_pairs_of_other_failing_tests_begins_none_of_these() -> None:
    text = written(LEARNED, FAILING)
    found = parse(text, FAILING[:2])
    assert (found.seeds, found.given) == ((), 0)
    assert found.passed == LEARNED.passed
