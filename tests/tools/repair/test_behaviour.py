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
