"""The search tier on small repositories in a real sandbox."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.economy import Action, Prices
from fixit_runtime.agent.ledger import Ledger, Limits
from fixit_runtime.agent.seams import (
    Candidate,
    Proposal,
    Sandbox,
    Stage,
    State,
    Suspect,
    TestCommand,
    TestFacts,
)
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.tools.baseline import observe
from fixit_runtime.tools.judge import judge
from fixit_runtime.tools.localise import localise
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.repair import choice
from fixit_runtime.tools.repair.search import FIRST_SLICE, SearchProposer
from fixit_runtime.tools.warm import WarmCommand

Open = Callable[[Mapping[str, str]], LocalSandbox]


class Task:
    """A failing repository: its facts, its suspects, and proposers for it."""

    def __init__(self, sandbox: Sandbox, command: TestCommand, files: Mapping[str, str]) -> None:
        self.sandbox, self.command = sandbox, command
        self.files = {path: (sandbox.get(path) or b"").decode() for path in files}
        self.product = [path for path in files if "test" not in path]
        self.facts = observe(command, sandbox, reruns=1)

    def state(self, *, planned: bool = True) -> State:
        suspects: tuple[Suspect, ...] = ()
        if planned:
            run = self.command.run(self.sandbox, coverage=True)
            suspects = localise(self.facts, run, self.files.get)
        belief = GridEstimator(()).belief(self.facts, ("search",))
        return State(belief, self.facts, suspects=suspects, planned=planned)

    def proposer(self, slice_size: int = 40) -> SearchProposer:
        ticks = itertools.count()
        return SearchProposer(
            self.sandbox, self.command, self.files.get, self.product,
            prices=Prices(), clock=lambda: float(next(ticks)), slice_size=slice_size,
        )  # fmt: skip

    def search(self, state: State, slices: int = 4) -> list[Proposal]:
        """Slices until one finds something."""
        proposer, ledger, made = self.proposer(), Ledger(), list[Proposal]()
        for _ in range(slices):
            made.append(proposer.propose(state, ledger))
            state = replace(state, cursors={"search": made[-1].cursor})
            if made[-1].candidates:
                break
        return made

    def is_safe(self, candidate: Candidate) -> bool:
        """Whether the whole suite passes with the candidate."""
        self.sandbox.put({p: (t or "").encode() for p, t in candidate.files.items()})
        run = self.command.run(self.sandbox)
        self.sandbox.put({path: self.files[path].encode() for path in candidate.files})
        return judge(self.facts, run, scope="suite").ok


Tasks = Callable[[Mapping[str, str]], Task]


@pytest.fixture
def task(repository: Open, bare_pytest: PytestCommand) -> Iterator[Tasks]:
    with WarmCommand(bare_pytest) as command:
        yield lambda files: Task(repository(files), command, files)


WINDOWS = {
    "stats.py": '''
        def windows(values, size):
            """Sums of neighbours, é."""
            sums = []
            for start in range(len(values) - size):  # each window
                sums.append(sum(values[start : start + size]))
            return sums
    ''',
    "test_stats.py": """
        from stats import windows

        def test_two():
            assert windows([1, 2, 3], 2) == [3, 5]

        def test_whole():
            assert windows([4, 5], 2) == [9]

        def test_none():
            assert windows([], 1) == []
    """,
}
TEAM = {
    "src/team/__init__.py": "",
    "src/team/people.py": """
        from dataclasses import dataclass


        @dataclass
        class Person:
            name: str
            lead: "Person | None" = None


        def lead_name(person):
            return person.lead.name


        def title(person):
            lead = lead_name(person)
            return f"{person.name} for {lead}" if lead else person.name
    """,
    "conftest.py": "import sys; sys.path.insert(0, 'src')",
    "tests/test_people.py": """
        from team.people import Person, title

        def test_with_lead():
            assert title(Person("Bo", Person("Ann"))) == "Bo for Ann"

        def test_without():
            assert title(Person("Ann")) == "Ann"
    """,
}
STOCK = {
    "stock.py": """
        class Stock:
            unit = 12

            def __init__(self):
                self.counts = {}

            def add(self, name, boxes):
                self.counts[name] = self.counts.get(name, 0) + boxes * unit

            def missing(self, wanted):
                return [name for name in wanted if name not in self.counts]
    """,
    "test_stock.py": """
        from stock import Stock

        def test_add():
            stock = Stock()
            stock.add("nut", 2)
            assert stock.counts == {"nut": 24}

        def test_missing():
            assert Stock().missing(["nut"]) == ["nut"]
    """,
}


def test_an_off_by_one_is_repaired_as_a_person_would(task: Tasks) -> None:
    made = task(WINDOWS)
    *_, last = made.search(made.state())
    best = last.candidates[0]
    new = best.files["stats.py"]
    old = "range(len(values) - size):  # each window"
    assert new == made.files["stats.py"].replace(old, old.replace("size", "size + 1"))
    assert best.stage is Stage.GREEN
    assert "+    for start in range(len(values) - size + 1):  # each window" in best.diff
    assert best.prior is not None and 0 < best.prior < 1
    assert made.is_safe(best)


@pytest.mark.parametrize(("files", "wanted"), [(TEAM, "person.lead"), (STOCK, "self.unit")])
def test_a_crash_leads_to_a_repair_that_keeps_the_suite_green(
    task: Tasks, files: Mapping[str, str], wanted: str
) -> None:
    made = task(files)
    *_, last = made.search(made.state())
    safe = [c for c in last.candidates if made.is_safe(c)]
    assert safe
    (new,) = safe[0].files.values()
    (path,) = safe[0].files
    assert new is not None
    assert new.count(wanted) > made.files[path].count(wanted)


def test_without_a_plan_the_traceback_leads(task: Tasks) -> None:
    made = task(STOCK)
    state = made.state(planned=False)
    *_, last = made.search(state)
    assert any("self.unit" in str(c.files["stock.py"]) for c in last.candidates)
    assert sum(p.tried for p in made.search(state)) <= 60


def test_a_slice_goes_on_after_the_first_that_passes_and_charges_every_run(task: Tasks) -> None:
    made = task(WINDOWS)
    proposer, ledger = made.proposer(), Ledger()
    quote = proposer.quote(made.state())
    assert quote is not None and quote.action is Action.ACT
    assert quote.sources == ("search: start time assumed",)
    assert 0 < quote.cost_usd < quote.cost_worst_usd
    proposal = proposer.propose(made.state(), ledger)
    assert proposal.tried <= FIRST_SLICE + 6
    assert proposal.spend == ledger.spent
    assert ledger.spent.cpu_s > 0
    assert ledger.spent.usd == pytest.approx(ledger.spent.cpu_s * Prices().cpu_usd_per_s)
    again = proposer.quote(replace(made.state(), cursors={"search": proposal.cursor}))
    assert again is not None and again.sources == (f"search: mean of {proposal.tried} runs",)
    assert {path: made.sandbox.get(path) for path in made.files} == {
        path: text.encode() for path, text in made.files.items()
    }


def test_a_search_goes_on_from_its_cursor_as_if_it_had_not_been_stopped(task: Tasks) -> None:
    made = task(UNREPAIRABLE)
    state = made.state()
    whole = _tried(made, made.proposer(3), state, 3)
    first = _tried(made, made.proposer(3), state, 1)
    rest = _tried(made, made.proposer(3), replace(state, cursors=first[-1]), 2)
    assert [*first, *rest] == whole
    assert len({cursor["search"] for cursor in whole}) == 3


def _tried(made: Task, proposer: SearchProposer, state: State, slices: int) -> list[dict[str, str]]:
    """The cursor after each slice."""
    cursors: list[dict[str, str]] = []
    for _ in range(slices):
        proposal = proposer.propose(state, Ledger())
        assert proposal.tried == 3
        cursors.append({"search": proposal.cursor})
        state = replace(state, cursors=cursors[-1])
    return cursors


UNREPAIRABLE = {
    "maths.py": "def f(a, b):\n    c = a + b\n    return c\n",
    "test_maths.py": "from maths import f\ndef test_f():\n    assert f(2, 3) == 'abcde'\n",
}


def test_a_slice_that_was_lost_is_done_again(task: Tasks) -> None:
    made = task(WINDOWS)
    state, proposer = made.state(), made.proposer()
    lost = proposer.propose(state, Ledger())
    again = proposer.propose(state, Ledger())
    assert (again.cursor, again.tried) == (lost.cursor, lost.tried)
    assert [c.id for c in again.candidates] == [c.id for c in lost.candidates]


def test_a_small_space_is_exhausted_and_says_so(task: Tasks) -> None:
    made = task(
        {
            "value.py": "X = 'a'\n",
            "test_value.py": "from value import X\ndef test(): assert X is ()\n",
        }
    )
    state, proposer, exhausted = made.state(), made.proposer(), False
    for _ in range(6):
        proposal = proposer.propose(state, Ledger())
        state, exhausted = replace(state, cursors={"search": proposal.cursor}), proposal.exhausted
        if exhausted:
            break
    assert exhausted
    assert proposer.quote(state) is None


def test_a_limit_that_is_nearly_spent_stops_the_slice(task: Tasks) -> None:
    made = task(WINDOWS)
    proposal = made.proposer().propose(made.state(), Ledger(Limits(cost_usd=1e-9)))
    assert (proposal.tried, proposal.exhausted) == (0, False)


def test_a_slice_ends_at_what_it_finds_where_the_deadline_leaves_no_more_than_its_checks(
    task: Tasks,
) -> None:
    made = task(WINDOWS)
    slow = replace(made.state(), facts=replace(made.facts, suite_s=1e5))
    hurried = made.proposer().propose(slow, Ledger(Limits(deadline_s=3e5)))
    at_ease = made.proposer().propose(slow, Ledger(Limits(deadline_s=1e6)))

    assert hurried.candidates
    assert hurried.tried < at_ease.tried
    assert {each.id for each in hurried.candidates} <= {each.id for each in at_ease.candidates}


def test_the_time_of_making_candidates_counts_towards_the_deadline(task: Tasks) -> None:
    made, now, seen = task(UNREPAIRABLE), [0.0], set[str]()

    def slowly(path: str) -> str | None:
        now[0] += 0.0 if path in seen else 5.0
        seen.add(path)
        return made.files.get(path)

    proposer = SearchProposer(
        made.sandbox, made.command, slowly, made.product, prices=Prices(), clock=lambda: now[0]
    )
    made_of_it = proposer.propose(made.state(), Ledger())
    assert made_of_it.spend.seconds == now[0] > 0


def test_no_failing_test_and_no_product_file_mean_no_quote(task: Tasks) -> None:
    made = task(WINDOWS)
    state = made.state()
    nothing = replace(state, facts=TestFacts((), made.facts.passing))
    assert made.proposer().quote(nothing) is None
    made.product = ["test_stats.py", "conftest.py"]
    assert made.proposer().quote(state) is None


TWO = {
    "shape.py": "def area(width, height):\n    return width + height\n",
    "box.py": """
        from shape import area

        def volume(width, height, depth):
            return area(width, height) * depth

        def surface(width, height, depth):
            return 2 * (area(width, height) + area(width, depth) - area(height, depth))
    """,
    "test_box.py": """
        from box import surface, volume

        def test_volume():
            assert volume(2, 3, 4) == 24

        def test_surface():
            assert surface(2, 3, 4) == 52

        def test_cube():
            assert surface(3, 3, 3) == 54
    """,
}


def test_two_edits_in_two_files_are_found_where_one_goes_a_part_of_the_way(task: Tasks) -> None:
    made = task(TWO)
    proposals = made.search(made.state(), slices=6)
    assert proposals[-1].candidates
    best = proposals[-1].candidates[0]
    assert set(best.files) == {"shape.py", "box.py"}
    assert "width * height" in str(best.files["shape.py"])
    assert "+ area(height, depth)" in str(best.files["box.py"])
    assert made.is_safe(best)


PRICE = {
    "price.py": """
        def price(count, member):
            total = count * 3
            if member:
                total = total + 1
            return total
    """,
    "test_price.py": """
        from price import price

        def test_member():
            assert price(2, True) == 5

        def test_nothing():
            assert price(0, False) == 0
    """,
}


def test_what_breaks_a_neighbour_is_dropped(task: Tasks) -> None:
    tests = PRICE["test_price.py"].replace("price(0, False) == 0", "price(1, False) == 3")
    made = task({**PRICE, "test_price.py": tests})
    *_, last = made.search(made.state())
    assert "break another" in last.detail
    assert last.candidates
    assert all(made.is_safe(candidate) for candidate in last.candidates)


def test_neighbours_that_a_limit_left_no_time_for_are_not_said_to_pass(task: Tasks) -> None:
    made = task(PRICE)
    proposer, state = made.proposer(), made.state()
    while not proposer.choice.rivals:
        proposal = proposer.propose(state, Ledger())
        state = replace(state, cursors={"search": proposal.cursor})
    (best, *_) = proposal.candidates
    found = [rival.found for rival in proposer.choice.rivals.values()]

    nothing_left = Ledger(Limits(deadline_s=0.1))
    again = proposer.choice.of(made.state(), found, 1, nothing_left)

    assert best.checked
    assert [candidate.checked for candidate in again.candidates] == [()] * len(again.candidates)
    assert {rival.neighbours for rival in proposer.choice.rivals.values()} == {0}


def test_one_question_tells_apart_what_the_tests_do_not(
    task: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "CLOSE_P", 1.0)  # asked even where one is far ahead
    made = task(PRICE)
    *_, last = made.search(made.state())
    best = last.candidates[0]
    assert "total - 1" in str(best.files["price.py"])
    priors = [candidate.prior or 0.0 for candidate in last.candidates]
    assert len(priors) > 1 and priors == sorted(priors, reverse=True) and sum(priors) < 1
    assert last.question is not None and last.question.text.startswith("What should price(")
    shown = {candidate.id for candidate in last.candidates}
    assert sum(bool(shown & set(a.candidates)) for a in last.question.answers) > 1
