"""Going on with an earlier run: a deferred one with an answer, and what goes on with that."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from fixit_runtime.agent import loop
from fixit_runtime.agent.action import evidence, steps, verify
from fixit_runtime.agent.action.checks import shipped_checks
from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.questions import answered, question_for
from fixit_runtime.agent.action.scripted import ScriptedProposer
from fixit_runtime.agent.capital.records import encode
from fixit_runtime.agent.capital.resume import ANSWER, COVERAGE, earlier, restore
from fixit_runtime.agent.capital.trace import MemoryTrace
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import (
    Answer,
    Candidate,
    Event,
    Proposal,
    Question,
    Stage,
    State,
    TestFacts,
)
from tests.agent.action.memory import InMemoryTests, bench, flickering

FACTS = TestFacts(failing=("t::a",), passing=("t::b",), suite_s=0.1, suite_cpu_s=0.1)
ONE = Candidate("one", "search", {"m.py": "x = 1\n"}, "returns 1", 0.45, stage=Stage.GREEN)
TWO = Candidate("two", "search", {"m.py": "x = 2\n"}, "returns 2", 0.40, stage=Stage.GREEN)
WHICH = Question("What should f() return?", (Answer("1", ("one",)), Answer("2", ("two",))))
TESTS = {"t::a": flickering(True), "t::b": flickering(True)}


def decided(trace: MemoryTrace, state: State | None = None) -> State:
    """The real loop on a search that brings two rivals and the question that tells them apart."""
    table = shipped_checks()
    search = ScriptedProposer("search", [Proposal((ONE, TWO), Spend(), tried=2, question=WHICH)])
    search.taken = int(state is not None)
    checks = (*verify.owed(FACTS, Prices(), table), *evidence.optional(table, (), None))
    checking = evidence.verifications(bench(InMemoryTests(TESTS), {}), checks, table, (), None)
    menu = [steps.Act(search), *checking, steps.Submit(), steps.Defer()]
    state = state or State(GridEstimator(checks).belief(FACTS, []), FACTS)
    controls = loop.Controls(policy("index"), Prices())
    return loop.run(state, menu, steps.advance, controls, Ledger(), trace)


def begun(run: str, resumes: str = "") -> MemoryTrace:
    trace = MemoryTrace(run)
    trace.append("run_start", {"resumes": resumes, "tree": "t", "spent": encode(Spend(usd=0.5))})
    return trace


def read(trace: MemoryTrace) -> Sequence[Event]:
    """As from a file: everything through JSON."""
    return [replace(e, data=json.loads(json.dumps(dict(e.data)))) for e in trace.events()]


def nothing(run: str) -> Sequence[Event]:
    raise AssertionError(run)


def fresh() -> State:
    checks = (
        *verify.owed(FACTS, Prices(), shipped_checks()),
        *evidence.optional(shipped_checks(), (), None),
    )
    return State(GridEstimator(checks).belief(FACTS, []), FACTS)


def deferred() -> MemoryTrace:
    trace = begun("first")
    state = decided(trace)
    assert state.ended == "deferred"
    asked = question_for(state)
    assert asked == WHICH
    trace.append("run_end", {"outcome": "deferred", "question": encode(asked)})
    return trace


def test_the_answer_that_tells_two_rivals_apart_ends_in_the_patch_that_it_speaks_for() -> None:
    past = earlier(read(deferred()), "2", nothing)
    state = restore(fresh(), past, steps.advance, steps.hear)
    assert past.question == WHICH
    assert state.best and state.best.id == "one"

    heard = steps.hear(state, answered(past.question, "2"))
    trace = begun("second", "first")
    ended = decided(trace, heard)

    assert ended.ended == "submitted"
    assert ended.best and ended.best.id == "two"
    chosen = [e.data["chosen"] for e in trace.events() if e.kind == "decision"]
    assert chosen[-3:] == ["verify:suite", "verify:confirm", "submit"]


def test_what_goes_on_with_an_answered_run_has_its_steps_and_its_answer() -> None:
    first = deferred()
    second = begun("second", "first")
    said = answered(WHICH, "2")
    second.append("tool", {"name": ANSWER, "answered": encode(said)})
    known: Mapping[str, MemoryTrace] = {"first": first}

    past = earlier(read(second), None, lambda run: read(known[run]))
    state = restore(fresh(), past, steps.advance, steps.hear)

    assert state.answers == (said,)
    assert state.ended == ""
    assert state.best and state.best.id == "two"
    assert past.spent.usd == pytest.approx(0.5)


def test_a_deferred_run_is_not_gone_on_with_unless_it_is_answered() -> None:
    with pytest.raises(UsageError, match="--answer"):
        earlier(read(deferred()), None, nothing)


def test_a_run_that_asked_nothing_cannot_be_answered() -> None:
    interrupted = begun("r")
    with pytest.raises(UsageError, match="asked nothing"):
        earlier(read(interrupted), "yes", nothing)

    silent = begun("r")
    silent.append("run_end", {"outcome": "deferred"})
    with pytest.raises(UsageError, match="nothing to go on with"):
        earlier(read(silent), "yes", nothing)


def test_what_a_plan_showed_of_lines_is_handed_on_from_run_to_run() -> None:
    first, second = begun("first"), begun("second", "first")
    for seconds in (1.0, 2.0):
        traced = {"tests": ["t::b"], "seconds": [seconds], "lines": {}}
        first.append("tool", {"name": COVERAGE, "traced": traced})
    known = {"first": first}

    def find(run: str) -> Sequence[Event]:
        return read(known[run])

    assert earlier(read(second), None, find).coverage["seconds"] == [2.0]
    second.append("tool", {"name": COVERAGE, "traced": "cut"})
    assert earlier(read(second), None, find).coverage == {}
    assert earlier(read(begun("r")), None, nothing).coverage == {}
