"""Candidates are told apart by what they do, in the sandbox, whatever they try."""

from collections.abc import Callable, Mapping

import pytest

from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.repair.behaviour import Behaviours, Target, compare, read, target_of
from fixit_runtime.tools.repair.edits import Source
from fixit_runtime.tools.repair.groups import groups_of, kept

Open = Callable[[Mapping[str, str]], LocalSandbox]
SHOP = """\
RATE = 2

def price(counts, name):
    total = counts[name] * RATE
    counts[name] = 0
    return total

class Till:
    def __init__(self, open_=True):
        self.open = open_

    def sum(self, counts):
        return sum(price(counts, name) for name in list(counts) if self.open)
"""
TESTS = """\
from shop import Till, price

def test_price():
    assert price({"a": 3, "b": 1}, "a") == 6

def test_sum():
    assert Till().sum({"a": 1, "b": 2}) == 7
"""
GET = "counts[name] * RATE"
VARIANTS = {
    "get": SHOP.replace(GET, "counts.get(name, 0) * RATE"),
    "or": SHOP.replace(GET, "(counts[name] if name in counts else 0) * RATE"),
    "one": SHOP.replace(GET, "counts.get(name, 1) * RATE"),
    "keeps": SHOP.replace("    counts[name] = 0\n", ""),
    "prints": SHOP.replace("    return total", "    print(total)\n    return total"),
    "rate": SHOP.replace("RATE = 2", "RATE = 3"),
    "hangs": SHOP.replace("    total =", "    while len(counts) > 1: pass\n    total ="),
    "exits": SHOP.replace("    total =", "    import os; os._exit(0)\n    total ="),
    "recurses": SHOP.replace(GET, "price(counts, name)"),
    "kills": SHOP.replace("    total =", "    import os; os.killpg(0, 9)\n    total ="),
    "deletes": SHOP.replace("    total =", "    import os; os.unlink('shop.py')\n    total ="),
}


@pytest.fixture
def behaviours(repository: Open, bare_pytest: PytestCommand) -> Behaviours:
    sandbox = repository({"shop.py": SHOP, "test_shop.py": TESTS})
    found, done = compare(
        sandbox,
        bare_pytest,
        {name: {"shop.py": text} for name, text in VARIANTS.items()},
        [target_of(Source("shop.py", SHOP), 4)],
        ["test_shop.py::test_sum"],
        ["test_shop.py::test_price"],
        record_cpu_s=5.0,
    )
    assert done is not None and done.cpu_s > 0
    return found


def test_candidates_are_grouped_by_results_prints_and_what_becomes_of_arguments(
    behaviours: Behaviours,
) -> None:
    groups = groups_of(list(VARIANTS), behaviours, 1)
    assert ("get", "or") in groups
    assert all((name,) in groups for name in ("one", "keeps", "prints", "rate", "hangs"))
    assert kept("get", behaviours).kept == kept("or", behaviours).kept == 1.0
    assert kept("keeps", behaviours).kept < 1.0
    assert kept("get", behaviours).heals > 0
    assert {seen.kind for seen in behaviours.by_id["exits"]} == {"dies"}
    assert "hangs" in {seen.kind for seen in behaviours.by_id["hangs"]}
    assert "RecursionError" in {seen.text for seen in behaviours.by_id["recurses"]}


def test_calls_are_those_of_the_tests_and_variations_of_them(behaviours: Behaviours) -> None:
    recorded = [call for call in behaviours.calls if call.recorded]
    assert "price({'a': 3, 'b': 1}, 'a')" in [call.text for call in recorded if call.passing]
    assert any(call.text.endswith(".sum({'a': 1, 'b': 2})") for call in recorded if call.entry)
    varied = [call.text for call in behaviours.calls if not call.recorded]
    assert any(text.startswith("price({") and text.endswith("'')") for text in varied)
    assert len(set(varied)) > 20


def test_a_target_is_the_outermost_function_or_the_file() -> None:
    source = Source(
        "m.py", "X = 1\n\nclass A:\n    @staticmethod\n    def f():\n        return 1\n"
    )
    assert target_of(source, 6) == Target("m.py", "f", 4)
    assert target_of(source, 5) == target_of(source, 1) == Target("m.py")


def test_what_the_probe_did_not_write_well_is_left_out() -> None:
    said = b'{"e": "inputs", "calls": [["f(1)", true]]}\nnonsense\n{"e": "behaviour", "n": "x"}\n[]'
    assert read(said, ["a"]) == Behaviours((), (), {})


TICKS = """\
def upto(limit):
    n = 0
    while n < limit:
        n = n + 1
        limit = limit - 0
        yield n

async def doubled(n):
    return n + n
"""


def test_generators_and_coroutines_are_run_to_their_end(
    repository: Open, bare_pytest: PytestCommand
) -> None:
    tests = """
        import asyncio
        from ticks import doubled, upto

        def test_upto():
            assert list(upto(3)) == [1, 2, 3]

        def test_doubled():
            assert asyncio.run(doubled(2)) == 4
    """
    sandbox = repository({"ticks.py": TICKS, "test_ticks.py": tests})
    found, _ = compare(
        sandbox,
        bare_pytest,
        {
            "same": {"ticks.py": TICKS.replace("n + n", "2 * n").replace("- 0", "- 0 * n")},
            "other": {"ticks.py": TICKS.replace("n + n", "n * n")},
        },
        [Target("ticks.py")],
        [],
        ["test_ticks.py::test_upto", "test_ticks.py::test_doubled"],
        record_cpu_s=5.0,
    )
    texts = [call.text for call in found.calls if call.recorded]
    assert texts == ["upto(3)", "doubled(2)"]
    assert [seen.text for seen in found.original[:2]] == ["['generator', 1, 2, 3]", "4"]
    assert kept("same", found).changed == 0.0
    assert kept("other", found).kept == 1.0 and kept("other", found).changed > 0.0


@pytest.fixture
def told(repository: Open, bare_pytest: PytestCommand) -> Callable[..., Behaviours]:
    """What is seen of a file and of other versions of it, by the tests that are given."""

    def compared(text: str, tests: str, others: Mapping[str, str], *names: str) -> Behaviours:
        sandbox = repository({"box.py": text, "test_box.py": tests})
        found, _ = compare(
            sandbox,
            bare_pytest,
            {name: {"box.py": other} for name, other in others.items()},
            [Target("box.py", name, _line_of(text, name)) for name in names] or [Target("box.py")],
            [],
            ["test_box.py"],
            record_cpu_s=5.0,
        )
        return found

    return compared


def _line_of(text: str, name: str) -> int:
    lines = text.splitlines()
    return 1 + next(n for n, line in enumerate(lines) if line.strip().startswith(f"def {name}("))


HOARD = """\
class Nut:
    __slots__ = ("name", "buried", "asked", "__mark")

    def __init__(self, name, at):
        self.name, self.buried, self.asked, self.__mark = name, at, at, 0

    def mark(self):
        self.__mark = self.__mark + 1

class Shelf:
    def __init__(self):
        self.rows = {}

class Hoard:
    def __init__(self):
        self.shelves = [Shelf()]
        self.now = 0

    def put(self, name):
        self.now += 1
        self.shelves[0].rows[name] = {"nut": Nut(name, self.now)}

    def ask(self, name):
        self.now += 1
        self.shelves[0].rows[name]["nut"].asked = self.now

    def drop(self):
        rows = self.shelves[0].rows
        del rows[min(rows, key=lambda name: rows[name]["nut"].buried)]
"""
HOARD_TESTS = """\
from box import Hoard

def hoard():
    made = Hoard()
    for name in "abc":
        made.put(name)
    return made

def test_the_oldest_goes():
    made = hoard()
    made.drop()
    assert len(made.shelves[0].rows) == 2

def test_after_a_question():
    made = hoard()
    made.ask("a")
    made.drop()
    assert len(made.shelves[0].rows) == 2

def test_marks():
    made = hoard()
    made.shelves[0].rows["a"]["nut"].mark()
"""


def test_what_a_method_changes_deep_in_self_is_seen(told: Callable[..., Behaviours]) -> None:
    found = told(
        HOARD,
        HOARD_TESTS,
        {
            "used": HOARD.replace('["nut"].buried)]', '["nut"].asked)]'),
            "same": HOARD.replace('["nut"].buried)]', '["nut"].buried + 0)]'),
            "marks": HOARD.replace("self.__mark + 1", "self.__mark + 2"),
        },
        "drop",
        "mark",
    )
    assert kept("used", found).kept < 1.0 and kept("used", found).changed > 0.0
    assert kept("marks", found).kept < 1.0
    assert kept("same", found).kept == 1.0 and kept("same", found).changed == 0.0


ORDERS = """\
from collections import deque

class Recent(dict):
    def __init__(self):
        self.hits = 0

    def get(self, key):
        self.hits = self.hits + 1
        self[key] = self.pop(key)

class Line:
    def __init__(self):
        self.waiting = deque([1, 2, 3])

    def turn(self):
        self.waiting.rotate(1)
"""
ORDERS_TESTS = """\
from box import Line, Recent

def test_recent():
    made = Recent()
    made.update(a=1, b=2, c=3)
    made.get("a")
    assert made == {"a": 1, "b": 2, "c": 3}

def test_line():
    Line().turn()
"""


def test_the_order_of_what_is_kept_and_attributes_of_collections_are_seen(
    told: Callable[..., Behaviours],
) -> None:
    found = told(
        ORDERS,
        ORDERS_TESTS,
        {
            "order": ORDERS.replace("self[key] = self.pop(key)", "self[key] = self[key]"),
            "hits": ORDERS.replace("self.hits + 1", "self.hits + 2"),
            "turn": ORDERS.replace("rotate(1)", "rotate(-1)"),
            "same": ORDERS.replace("self.hits + 1", "1 + self.hits"),
        },
        "get",
        "turn",
    )
    assert all(kept(name, found).kept < 1.0 for name in ("order", "hits", "turn"))
    assert kept("same", found).kept == 1.0


GUARDED = """\
import threading

class Link:
    def __init__(self, after):
        self.after = after
        self.seen = 0

class Counter:
    def __init__(self, kind):
        self.lock = threading.RLock()
        self.ticks = (n for n in range(3))
        self.kind = kind
        self.first = None
        for _ in range(300):
            self.first = Link(self.first)
        self.last = self.first
        while self.last.after:
            self.last = self.last.after

    def count(self, by):
        with self.lock:
            self.last.seen += by
"""
GUARDED_TESTS = """\
import math
from box import Counter

def test_count():
    Counter(math).count(2)
"""


def test_a_lock_a_module_or_a_long_chain_costs_no_call(told: Callable[..., Behaviours]) -> None:
    found = told(GUARDED, GUARDED_TESTS, {"twice": GUARDED.replace("+= by", "+= 2 * by")}, "count")
    assert [call.text for call in found.calls if call.recorded] == ["<Counter>.count(2)"]
    assert kept("twice", found).kept == 0.0


ASKED = """\
def remembers(room):
    def decorate(function):
        answers = {}

        def asked(n):
            if n not in answers:
                answers[n] = function(n)
            if len(answers) > room:
                answers.pop(next(iter(answers)))
            return answers[n]

        return asked

    return decorate
"""
ASKED_TESTS = """\
from box import remembers

def test_asked():
    square = remembers(2)(lambda n: n * n)
    assert [square(1), square(2), square(3)] == [1, 4, 9]

def test_another():
    cube = remembers(2)(lambda n: n ** 3)
    assert cube(2) == 8
"""


def test_what_a_function_made_by_another_holds_on_to_is_seen(
    told: Callable[..., Behaviours],
) -> None:
    found = told(
        ASKED,
        ASKED_TESTS,
        {
            "last": ASKED.replace("next(iter(answers))", "list(answers)[-2]"),
            "same": ASKED.replace("n not in answers", "not (n in answers)"),
        },
        "remembers",
    )
    asked = [call for call in found.calls if call.recorded and "asked" in call.text]
    assert len(asked) == 4 and all(call.target == 0 for call in asked)
    assert kept("last", found).kept < 1.0
    assert kept("same", found).kept == 1.0 and kept("same", found).changed == 0.0


GATE = """\
from enum import Enum

class State(Enum):
    SHUT = 1
    OPEN = 2

class Base:
    def name(self):
        return "gate"

class Gate(Base):
    AFTER = {State.SHUT: State.OPEN, State.OPEN: State.OPEN}

    def __init__(self):
        self.state = State.SHUT

    def push(self, state=None):
        self.state = self.AFTER[state or self.state]
        return super().name(), self.state is State.OPEN
"""
GATE_TESTS = """\
from box import Gate, State

def test_push():
    assert Gate().push()[1]

def test_again():
    gate = Gate()
    gate.push()
    gate.push(State.OPEN)
"""


def test_objects_made_before_see_a_changed_table_and_members_stay_what_they_are(
    told: Callable[..., Behaviours],
) -> None:
    found = told(
        GATE,
        GATE_TESTS,
        {
            "shuts": GATE.replace("State.OPEN: State.OPEN", "State.OPEN: State.SHUT"),
            "same": GATE.replace("AFTER = {", "AFTER = {**{}, ").replace('"gate"', "'gate'"),
            "default": GATE.replace("state=None", "state=State.OPEN"),
        },
        "push",
    )
    assert kept("same", found).kept == 1.0 and kept("same", found).changed == 0.0
    assert kept("shuts", found).kept < 1.0
    assert any("State.SHUT: 1>" in call.text for call in found.calls if not call.recorded)
    assert not any("AttributeError" in seen.text for seen in found.original)


MANY = "".join(f"def f{n}(x):\n    return x\n\n" for n in range(20)) + (
    "def last(x):\n    return inner(x) + 1\n\ndef inner(x):\n    return 2 * x\n"
)
MANY_TESTS = """\
import box

def test_all():
    for n in range(20):
        getattr(box, f"f{n}")(n)
    assert box.last(1) == 3
"""


def test_functions_that_lead_nowhere_take_no_room_from_those_that_do(
    told: Callable[..., Behaviours],
) -> None:
    found = told(MANY, MANY_TESTS, {"other": MANY.replace("2 * x", "3 * x")}, "inner")
    assert [call.text for call in found.calls if call.recorded] == ["last(1)", "inner(1)"]
    assert kept("other", found).kept == 0.0


def test_functions_made_before_do_as_a_module_that_is_run_anew_says(
    told: Callable[..., Behaviours],
) -> None:
    text = ASKED + "\nmade = remembers(1)(abs)\n"  # called while imported: cannot be swapped
    found = told(
        text, ASKED_TESTS, {"one": text.replace("= function(n)", "= function(n) + 1")}, "remembers"
    )
    assert kept("one", found).kept < 1.0
