"""Many candidates in one process are judged as each would be on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import CodeType

import pytest

from fixit_runtime.agent.seams import RunLimits, Sandbox, SuiteRun
from fixit_runtime.tools.warm import WarmCommand
from fixit_runtime.tools.worker_swap import changed_functions, same
from tests.warm import BARE, KINDS, outcomes, sandbox_on

SHORT = RunLimits(wall_s=4.0, cpu_s=1.0)
SHOP = '''
import functools, subprocess, sys
from contextlib import contextmanager

RATE = 2
NAMES = {}
MEMO = {}

def registered(function):
    NAMES[function.__name__] = function
    @functools.wraps(function)
    def call(*args):
        return function(*args)
    return call

def made_at_import():
    return [1, 2, 3]

TABLE = made_at_import()

def price(n, rate=RATE):
    """What n cost."""
    return n + rate

@registered
def listed(n):
    return n - 1

@functools.lru_cache(maxsize=None)
def cached(n):
    return n + 1

def memoised(n):
    if n not in MEMO:
        MEMO[n] = n + 1
    return MEMO[n]

def adder(step):
    def add(n):
        return n - step
    return add

ADD_TWO = adder(2)

class Basket:
    count = 0

    def __init__(self):
        self.items = []

    def put(self, item):
        Basket.count += 1
        self.items.append(item)
        return len(self.items)

    @property
    def total(self):
        return sum(self.items) - 1

    @staticmethod
    def empty():
        return True

@contextmanager
def opened():
    yield "wrong"

def elsewhere():
    code = "import shop; print(shop.price(2))"
    return int(subprocess.check_output([sys.executable, "-c", code]))
'''
TESTS = """
import pytest, unittest
import shop
def test_price(): assert shop.price(2) == 4 and shop.price(3) == 6
def test_listed(): assert shop.listed(2) == 3 and shop.NAMES["listed"](2) == 3
def test_cached(): assert shop.cached(2) == 4
def test_memoised(): assert shop.memoised(2) == 4
def test_closure(): assert shop.ADD_TWO(3) == 5
def test_table(): assert shop.TABLE == [1, 2]
def test_count():
    shop.Basket().put(1)
    assert shop.Basket.count == 1
    assert shop.Basket().put(5) == 0
@pytest.fixture
def basket(): return shop.Basket()
def test_total(basket):
    basket.put(3)
    assert basket.total == 3
def test_opened():
    with shop.opened() as it: assert it == "right"
def test_elsewhere(): assert shop.elsewhere() == 4
@pytest.mark.parametrize("n", [1, 2])
def test_parameters(n): assert shop.price(n) == 2 * n
class TestOld(unittest.TestCase):
    def test_static(self): self.assertFalse(shop.Basket.empty())
@pytest.mark.xfail
def test_expected(): assert shop.price(2) == 5
def test_skip():
    if shop.price(2) == 4: pytest.skip("cannot")
    assert 0
def test_prints(capsys):
    print(shop.price(2))
    assert capsys.readouterr().out == "4!\\n"
"""
EDITS = {  # test: what makes it pass
    "test_price": ("return n + rate", "return n * rate"),
    "test_listed": ("return n - 1", "return n + 1"),
    "test_cached": ("    return n + 1\n\ndef memoised", "    return n * 2\n\ndef memoised"),
    "test_memoised": ("MEMO[n] = n + 1", "MEMO[n] = n * 2"),
    "test_closure": ("return n - step", "return n + step"),
    "test_table": ("return [1, 2, 3]", "return [1, 2]"),
    "test_count": ("return len(self.items)", "return 0"),
    "test_total": ("return sum(self.items) - 1", "return sum(self.items)"),
    "test_opened": ('yield "wrong"', 'yield "right"'),
    "test_elsewhere": ("return n + rate", "return n * rate"),
    "test_parameters[1]": ("return n + rate", "\n    # twice\n    return rate * n"),
    "TestOld::test_static": ("return True", "return False"),
    "test_skip": ("return n + rate", "return n * rate"),
    "test_expected": ("return n + rate", "return 5"),
    "test_prints": ("return n + rate", "return '4!'"),
}
# what else may be changed, to no effect or to a bad one
OTHER = [
    ("RATE = 2", "RATE = 3"),
    ("rate=RATE", "rate=3"),
    ("def price(n, rate=RATE)", "def price(n, factor=RATE, rate=1)"),
    ("return n + rate", "return n +"),
    ("return n + rate", "raise SystemExit(0)"),
    ("return n + rate", "return (lambda: n * 3)()"),
    ("return n + rate", "import os; os._exit(0)"),
    ("return n + rate", "import os; os.kill(os.getppid(), 9)"),
    ("return n + rate", "return price(n)"),
    ("MEMO[n] = n + 1", "MEMO[n] = n + 3; Basket.count = 7"),
    ("    return n + 1\n\ndef memoised", "    return n * 5\n\ndef memoised"),
    ("Basket.count += 1", "Basket.count += 2"),
    ("@registered\n", ""),
    ("import functools", "import functools, nowhere_to_be_found"),
]


def edited(old: str, new: str) -> dict[str, str | None]:
    assert old in SHOP
    return {"shop.py": SHOP.replace(old, new)}


@pytest.fixture(scope="module", params=KINDS)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[WarmCommand, Sandbox]]:
    root = tmp_path_factory.mktemp("repo")
    files = {"test_shop.py": TESTS, "shop.py": SHOP}
    with sandbox_on(request.param, root, files) as sandbox, WarmCommand(BARE) as warm:
        warm.run(sandbox, limits=SHORT)
        yield warm, sandbox


ALL = [edited(*edit) for edit in dict.fromkeys([*EDITS.values(), *OTHER])]


@pytest.mark.parametrize("name", ["test_price", "test_memoised", "test_elsewhere"])
def test_a_screen_gives_each_candidate_the_outcomes_of_a_run_of_its_own(
    name: str, place: tuple[WarmCommand, Sandbox]
) -> None:
    warm, sandbox = place
    names = [f"test_shop.py::{name}"]
    right = edited(*EDITS[name])
    candidates = [right, *ALL, right]

    screened = list(warm.run_candidates(sandbox, candidates, names, limits=SHORT))

    green = [number for number, run in enumerate(screened) if "passed" in outcomes(run).values()]
    alone = [
        number
        for number, files in enumerate(candidates)
        if "passed" in outcomes(_alone(warm, sandbox, files, names)).values()
    ]
    assert green == alone
    assert {0, len(candidates) - 1} <= set(green)


def _alone(
    warm: WarmCommand,
    sandbox: Sandbox,
    files: dict[str, str | None],
    names: Sequence[str] | None,
) -> SuiteRun:
    (run,) = warm.run_candidates(sandbox, [files], names, limits=SHORT, screen=False)
    return run


def test_a_right_candidate_passes_wherever_it_stands_in_a_batch(
    place: tuple[WarmCommand, Sandbox],
) -> None:
    warm, sandbox = place
    for name in ("test_closure", "test_total", "test_opened", "TestOld::test_static", "test_table"):
        right = edited(*EDITS[name])
        wrong = [edited("return n + rate", f"return {n}") for n in range(20)]
        batch = [*wrong, right, *wrong]
        screened = warm.screened
        runs = list(warm.run_candidates(sandbox, batch, [f"test_shop.py::{name}"], limits=SHORT))
        found = [list(outcomes(run).values()) for run in runs]
        assert found == [["failed"]] * 20 + [["passed"]] + [["failed"]] * 20
        assert warm.screened == screened + 40


def test_tests_that_start_processes_are_not_screened(place: tuple[WarmCommand, Sandbox]) -> None:
    warm, sandbox = place
    screened = warm.screened
    wrong = [edited("return n + rate", f"return {n}") for n in range(3)]
    runs = warm.run_candidates(sandbox, wrong, ["test_shop.py::test_elsewhere"], limits=SHORT)
    assert [list(outcomes(run).values()) for run in runs] == [["failed"]] * 3
    assert warm.screened == screened


def test_a_rejected_candidate_has_all_its_results(place: tuple[WarmCommand, Sandbox]) -> None:
    warm, sandbox = place
    wrong = [edited("return n + rate", f"return n * {n}") for n in (3, 4)]
    first, _ = warm.run_candidates(sandbox, wrong, limits=SHORT, stop_at_first_failure=False)
    alone = _alone(warm, sandbox, wrong[0], None)
    everything = warm.cold.run(sandbox)
    assert outcomes(first).keys() == outcomes(everything).keys()
    assert first.results[0].error_type == "AssertionError"
    assert not alone.results[0].text.startswith("AssertionError")  # with source lines


def test_hangs_and_crashes_cost_their_own_candidate_only(
    place: tuple[WarmCommand, Sandbox],
) -> None:
    warm, sandbox = place
    hang = edited("return n + rate", "\n    while True: pass")
    deaf = edited(
        "return n + rate",
        "\n    while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass",
    )
    crash = edited("return n + rate", "import ctypes; ctypes.string_at(0)")
    right = edited(*EDITS["test_price"])
    batch = [hang, right, deaf, crash, right, hang, right]
    runs = list(warm.run_candidates(sandbox, batch, ["test_shop.py::test_price"], limits=SHORT))
    found = [list(outcomes(run).values()) for run in runs]
    red, green = ["failed"], ["passed"]
    assert found == [red, green, red, red, green, red, green]
    assert sandbox.get("shop.py") == SHOP.encode()


def code(text: str) -> CodeType:
    return compile(text, "x.py", "exec")


@pytest.mark.parametrize(
    "new",
    [
        "X = 2\ndef f(a, b=1):\n    return a\n",
        "X = True\ndef f(a, b=1):\n    return a\n",
        "X = 1.0\ndef f(a, b=1):\n    return a\n",
        "X = 1\ndef f(a, b=2):\n    return a\n",
        "X = 1\ndef f(a, c=1):\n    return a\n",
        "X = 1\ndef f(a, *b):\n    return a\n",
        "X = 1\ndef f(a, b=1):\n    yield a\n",
        "X = 1\nasync def f(a, b=1):\n    return a\n",
        "X = 1\n@g\ndef f(a, b=1):\n    return a\n",
        "X = 1\ndef f(a, b=1):\n    return a\nf(1)\n",
        "def f(a, b=1):\n    return a\nX = 1\n",
        "X = 1\ndef g(a, b=1):\n    return a\n",
    ],
)
def test_what_importing_would_do_differently_is_no_swap(new: str) -> None:
    base = code("X = 1\ndef f(a, b=1):\n    return a\n")
    assert changed_functions(base, code(new)) is None
    assert not same(base, code(new))


def test_lines_and_comments_are_no_change_and_bodies_are_found_at_any_depth() -> None:
    base = code("class C:\n    def f(self):\n        return [x for x in self]\n")
    moved = code(
        "# new\n\nclass C:\n\n    def f(self):\n        # why\n        return [x for x in self]\n"
    )
    assert changed_functions(base, moved) == []
    other = code("class C:\n    def f(self):\n        return [y + 1 for y in self]\n")
    assert next(old.co_name for old, _ in changed_functions(base, other) or ()) == "f"


def test_what_a_candidate_leaves_behind_decides_nothing_for_those_after_it(
    place: tuple[WarmCommand, Sandbox],
) -> None:
    warm, sandbox = place
    right = edited(*EDITS["test_memoised"])
    wrong = edited("MEMO[n] = n + 1", "MEMO[n] = n * 3")
    batch = [wrong, right, right, wrong, wrong, right] * 5
    runs = list(warm.run_candidates(sandbox, batch, ["test_shop.py::test_memoised"], limits=SHORT))
    found = ["passed" in outcomes(run).values() for run in runs]
    assert found == [files is right for files in batch]
