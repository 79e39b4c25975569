"""A search that is interrupted after any slice goes on as if it had not been."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import Proposal, State
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.repair import cursor
from fixit_runtime.tools.warm import WarmCommand
from tests.tools.repair.test_search import TWO, Task

Open = Callable[[Mapping[str, str]], LocalSandbox]
Tasks = Callable[[Mapping[str, str]], Task]
PICK = {
    "pick.py": """
        def pick(values, limit):
            best = None
            for value in values:
                if value > limit and (best is None or value < best):
                    best = value
            return best
    """,
    "test_pick.py": """
        from pick import pick

        def test_equal():
            assert pick([3, 4], 3) == 3

        def test_none():
            assert pick([], 1) is None
    """,
}


@pytest.fixture
def task(repository: Open, bare_pytest: PytestCommand) -> Iterator[Tasks]:
    with WarmCommand(bare_pytest) as command:
        yield lambda files: Task(repository(files), command, files)


@dataclass(frozen=True)
class Told:
    """What a slice tells, costs aside."""

    tried: int
    cursor: str
    chances: Mapping[str, float | None]
    renewed: Mapping[str, float]

    @classmethod
    def of(cls, made: Proposal) -> "Told":
        chances = {each.id: each.prior for each in made.candidates}
        return cls(made.tried, made.cursor, chances, made.renewed)


def after(state: State, made: Proposal) -> State:
    """The state that the next slice sees."""
    candidates = (*state.candidates, *made.candidates, *made.refused)
    return replace(state, cursors={"search": made.cursor}, candidates=candidates)


def slices(task: Task, state: State, size: int, count: int, *, anew: bool) -> list[Told]:
    """So many slices of one search, or each of a new one that goes on with the one before."""
    proposer, told = task.proposer(size), list[Told]()
    for _ in range(count):
        if anew:
            proposer = task.proposer(size)
        made = proposer.propose(state, Ledger())
        told.append(Told.of(made))
        state = after(state, made)
    return told


def test_the_pair_that_an_earlier_edit_begins_is_found_and_nothing_is_tried_again(
    task: Tasks,
) -> None:
    made = task(TWO)
    state = made.state()

    whole = slices(made, state, 24, 3, anew=False)
    resumed = slices(made, state, 24, 3, anew=True)

    assert resumed == whole
    assert not whole[0].chances and whole[1].chances
    counts = cursor.written(cursor.parse(whole[0].cursor))
    bare = replace(state, cursors={"search": counts})  # as a cursor once was
    assert not slices(made, bare, 24, 1, anew=True)[0].chances


def test_rivals_of_before_hold_a_chance_down_and_an_earlier_chance_falls_when_one_turns_up(
    task: Tasks,
) -> None:
    made = task(PICK)
    state = made.state()

    whole = slices(made, state, 4, 4, anew=False)
    resumed = slices(made, state, 4, 4, anew=True)

    assert resumed == whole
    (first, chance), *_ = whole[0].chances.items()
    assert chance is not None and whole[2].chances
    assert whole[2].renewed[first] < chance
    (later,) = whole[2].chances.values()
    counts = cursor.written(cursor.parse(whole[1].cursor))
    alone = slices(made, replace(state, cursors={"search": counts}), 4, 1, anew=True)
    (unrivalled,) = alone[0].chances.values()
    assert later is not None and unrivalled is not None and later < unrivalled


def test_a_damaged_cursor_costs_what_it_told_and_never_the_search(task: Tasks) -> None:
    made, rng = task(PICK), random.Random(7)
    state = made.state()
    told = slices(made, state, 4, 3, anew=False)[-1].cursor

    for _ in range(4):
        place = rng.randrange(told.index("+"), len(told))
        torn = told[:place] + rng.choice("0a.&/,+~!:") + told[place + 1 :]
        again = replace(state, cursors={"search": torn})
        assert slices(made, again, 4, 1, anew=True)[0].tried > 0


def test_what_stands_elsewhere_in_the_order_is_no_rival(task: Tasks) -> None:
    made = task(PICK)
    state = made.state()
    first = slices(made, state, 4, 2, anew=False)[-1].cursor
    elsewhere = first.replace(".1/", ".2/")  # an id that is not that of the place

    found = slices(made, replace(state, cursors={"search": elsewhere}), 4, 1, anew=True)
    rivals = slices(made, replace(state, cursors={"search": first}), 4, 1, anew=True)

    assert elsewhere != first
    assert len(found[0].chances) == 1
    assert found[0].chances.keys() < rivals[0].chances.keys()
