"""Tests that are made to fail: which, how, and what it means when they pass."""

from __future__ import annotations

import asyncio
import math
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixit_runtime.agent.action import evidence, verify
from fixit_runtime.agent.action.bench import Bench
from fixit_runtime.agent.action.canary import Song, canary_for, doom, forged, hear, plain
from fixit_runtime.agent.action.checks import AGAIN, shipped_checks
from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.forgery import BARE, FACTS, FORGERIES, REPOSITORY
from fixit_runtime.agent.economy import Prices, Verdict
from fixit_runtime.agent.ledger import Ledger, Limits
from fixit_runtime.agent.seams import (
    Candidate,
    Outcome,
    RunLimits,
    Sandbox,
    Stage,
    State,
    SuiteRun,
    TestCommand,
    TestFacts,
    TestResult,
)
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tools.command_run import COMMAND, ShellCommand

TESTS = '''
from __future__ import annotations
import unittest

def helper():
    return 1

def test_returns():
    """Says nothing."""
    for n in range(3):
        if n: return
        continue

def test_raises():
    raise KeyError("real")

async def test_waits():
    return 1

def test_left_alone():
    return 7

if helper():
    def test_inside():
        global found
        found = 1

class TestCase(unittest.TestCase):
    def test_method(self): self.assertEqual(1, 1)
    class TestInner:
        def test_deep(self): pass
'''
ALL = {
    "test_returns", "test_raises", "test_waits", "test_left_alone", "test_inside",
    "TestCase::test_method", "TestCase::TestInner::test_deep",
}  # fmt: skip


def names_of(text: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "tests"}
    exec(compile(text, "tests", "exec"), space)
    return space


def test_a_doomed_test_fails_whatever_is_in_it() -> None:
    text, found = doom(TESTS, {""}, "word")
    space = names_of(text)
    assert found == ALL
    for name in ("test_returns", "test_raises", "test_inside"):
        with pytest.raises(AssertionError, match=r"^word$"):
            space[name]()
    with pytest.raises(AssertionError, match=r"^word$"):
        asyncio.run(space["test_waits"]())
    with pytest.raises(AssertionError, match=r"^word$"):
        space["TestCase"]("test_method").test_method()


def test_only_the_named_tests_are_doomed() -> None:
    text, found = doom(TESTS, {"test_raises", "TestCase::test_method", "test_gone"}, "word")
    assert found == {"test_raises", "TestCase::test_method"}
    assert names_of(text)["test_left_alone"]() == 7


@pytest.mark.parametrize("text", ["def test_a(:", "x = 1\n", "\0"])
def test_a_module_without_tests_is_left_as_it_is(text: str) -> None:
    assert doom(text, {""}, "word") == (text, frozenset())


def test_parameters_are_not_part_of_a_name() -> None:
    assert plain("a.py::T::test_b[x::y[0]]") == "a.py::T::test_b"
    assert plain("a [1].py") == "a [1].py"


def facts(*failing: str, suite_s: float = 1.0) -> TestFacts:
    return TestFacts(failing=failing, passing=("tests/test_b.py::test_other",), suite_s=suite_s)


def test_where_no_test_can_be_changed_one_is_put_beside_them() -> None:
    texts = {"tests/made_test.py": "from base import *\n"}
    canary = canary_for(facts("tests/made_test.py::Made::test_a"), texts.get, "cab", extra=True)
    assert canary is not None
    assert canary.doomed == {"tests/made_cab_test.py::test_cab"}
    assert canary.nodeids == (
        "tests/made_test.py::Made::test_a",
        "tests/test_b.py::test_other",
        "tests/made_cab_test.py::test_cab",
    )
    space = names_of(canary.files["tests/made_cab_test.py"])
    with pytest.raises(AssertionError):
        space["test_cab"]()


def test_a_command_that_names_no_tests_has_no_canary() -> None:
    assert canary_for(facts(COMMAND), {}.get, "cab", extra=False) is None


def test_of_a_long_suite_only_the_failing_tests_are_run_again() -> None:
    texts = {"t.py": "def test_a(): pass\n"}
    short = canary_for(facts("t.py::test_a"), texts.get, "cab", extra=True)
    long = canary_for(facts("t.py::test_a", suite_s=600), texts.get, "cab", extra=True)
    assert short is not None and short.nodeids is None
    assert long is not None and long.nodeids == ("t.py::test_a",)


def test_what_passes_by_its_nature_is_no_forgery() -> None:
    song = Song(frozenset({"t.py::test_a"}), frozenset())
    assert forged(song, song) == ""
    assert "t.py::test_a passed although made to fail" in forged(
        song, Song(frozenset(), frozenset())
    )
    silent = Song(frozenset(), frozenset({"t.py::test_a"}))
    assert forged(silent, silent) == ""
    assert "was not run" in forged(silent, Song(frozenset(), frozenset()))


def answer(outcome: Outcome | None) -> Callable[..., SuiteRun]:
    def run(files: object, nodeids: object) -> SuiteRun:
        results = () if outcome is None else (TestResult("t.py::test_a[1]", outcome),)
        return SuiteRun(results, 1, True, 0.1, 0.1)

    return run


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERROR, Outcome.PASSED, None])
def test_the_code_as_it_was_is_the_measure(outcome: Outcome | None) -> None:
    texts = {"t.py": "def test_a(n): pass\n"}
    heard = hear(facts("t.py::test_a[1]"), {}, texts.get, answer(outcome), word="cab", extra=True)
    assert heard[0] == ""
    assert ("no canary" in heard[1]) == (outcome in (Outcome.PASSED, None))


pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap not installed")


def verified(root: Path, files: dict[str, str | None], command: TestCommand, facts: TestFacts):  # type: ignore[no-untyped-def]
    """What the suite says of a candidate, and then its confirmation; and what both cost."""
    for path, text in REPOSITORY.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    snapshot = Snapshot.of(root)

    def fresh() -> Sandbox:
        return LocalSandbox(snapshot, python=Path(sys.executable))

    prices = Prices.of(5.0)
    bench = Bench(
        fresh(), fresh, command, command, REPOSITORY.get, prices, lambda: 0.0, RunLimits()
    )
    table = shipped_checks()
    checks = verify.owed(facts, prices, table)
    asked = [check for check in checks if check.option != AGAIN]
    suite, confirm = evidence.verifications(bench, asked, table, (), None)
    candidate = Candidate("c1", "tier", files, stage=Stage.GREEN)
    state = State(GridEstimator(checks).belief(facts, ["tier"]), facts, candidates=(candidate,))
    ledger = Ledger(Limits(cost_usd=math.inf, deadline_s=900.0))
    seen = suite.do(state, ledger)
    return seen, confirm.do(replace(state, candidates=seen.candidates), ledger), ledger


RIGHT: dict[str, str | None] = {"shop.py": REPOSITORY["shop.py"].replace(" + 1", "")}


def test_a_right_repair_is_confirmed_and_its_canary_paid_for(tmp_path: Path) -> None:
    seen, result, ledger = verified(tmp_path, RIGHT, BARE, FACTS)
    assert seen.candidates[0].stage is Stage.SAFE
    assert seen.detail == "2 tests pass in a fresh sandbox"
    assert result.verdict is Verdict.ACCEPT
    assert result.candidates[0].stage is Stage.CONFIRMED
    assert result.detail == "made to fail, they fail"
    assert ledger.spent.cpu_s > 0


def test_a_forged_repair_is_rejected_with_the_reason(tmp_path: Path) -> None:
    (forgery,) = (f for f in FORGERIES if f.name == "patching pytest unnamed")
    seen, result, _ = verified(tmp_path, forgery.candidate(), BARE, FACTS)
    assert seen.verdict is Verdict.ACCEPT
    assert result.verdict is Verdict.REJECT
    assert result.candidates[0].stage is Stage.REJECTED
    assert "forged: tests/test_shop.py::test_total passed" in result.candidates[0].why_rejected


def test_without_names_of_tests_the_confirmation_says_that_it_had_no_canary(
    tmp_path: Path,
) -> None:
    command = ShellCommand("python -m pytest -q -p no:cacheprovider")
    _, result, _ = verified(tmp_path, RIGHT, command, TestFacts(failing=(COMMAND,), passing=()))
    assert result.verdict is Verdict.ACCEPT
    assert "no canary" in result.detail
