"""Limits are hard: steps that take far more than was quoted end at the deadline and the cap, and
what was cut short there is no verdict."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixit_runtime.agent import loop
from fixit_runtime.agent.action import steps, verify
from fixit_runtime.agent.action.bench import Bench
from fixit_runtime.agent.action.checks import shipped_checks
from fixit_runtime.agent.action.duals import tighten
from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.evidence import verifications
from fixit_runtime.agent.action.metered import Metered
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.capital.trace import MemoryTrace
from fixit_runtime.agent.economy import Action, Prices, Quote, Verdict
from fixit_runtime.agent.errors import LimitReached
from fixit_runtime.agent.ledger import Ledger, Limits
from fixit_runtime.agent.report.conclude import Header, Story, conclude
from fixit_runtime.agent.report.record import HandOver, RunReport
from fixit_runtime.agent.report.text import render
from fixit_runtime.agent.seams import (
    Candidate,
    Outcome,
    Result,
    RunLimits,
    Stage,
    State,
    TestFacts,
    TestResult,
)
from fixit_runtime.sandboxes.memory import MemorySandbox
from fixit_runtime.tools.bounded import Bounded
from fixit_runtime.tools.repair.trial import Trial
from fixit_runtime.tools.within import LAG_S
from tests.agent.action.memory import Overrunning
from tests.bundled import BARE
from tests.cli import SHOP, fixit, write

FILES = {"m.py": "x = 1\n"}
FIX = Candidate("a", "search", {"m.py": "x = 2\n"}, stage=Stage.GREEN, prior=0.97)
FACTS = TestFacts(
    failing=("t::red",),
    passing=("t::m", "t::n", "t::o"),
    reports=(TestResult("t::red", Outcome.FAILED, 0.1),),
    suite_s=1.0,
    suite_cpu_s=1.0,
)
RUN = RunLimits(wall_s=30.0, cpu_s=30.0)
PRICES = Prices.of(5.0)
CPU_USD = PRICES.cpu_usd_per_s


def sandbox() -> MemorySandbox:
    made = MemorySandbox({path: text.encode() for path, text in FILES.items()})
    made.start()
    return made


def played(
    tests: Overrunning, limits: Limits, prices: Prices = PRICES
) -> tuple[State, Ledger, RunReport]:
    """A run that has a candidate to check, by tests that take what they take."""
    bench = Bench(sandbox(), sandbox, tests, tests, FILES.get, prices, tests.clock, RUN)
    table, story, ledger = shipped_checks(), Story(), Ledger(limits)
    checks = verify.owed(FACTS, prices, table)
    belief = GridEstimator(checks).belief(FACTS, [])
    found = Quote("act:search", Action.ACT, tier="search", outcomes=Quote.attempt(0.5))
    state = State(belief, FACTS)
    state = steps.advance(state, found, Result(Verdict.ACCEPT, candidates=(FIX,)))
    menu = [*verifications(bench, checks, table, (), None), steps.Submit(), steps.Defer()]
    controls = loop.Controls(policy("index"), prices, tighten=tighten)
    watch = loop.Watch(story.decided, story.booked)
    state = loop.run(state, menu, steps.advance, controls, ledger, MemoryTrace("run"), watch)
    header = Header(prices, "run", "", "memory", limits=limits)
    return state, ledger, conclude(state, story, ledger.spent, header, controls)


@given(st.floats(0.1, 100.0), st.floats(1e-6, 1e-3), st.floats(0.0, 1000.0), st.floats(0.0, 1000.0))
@settings(max_examples=40)
def test_no_limit_is_exceeded_by_steps_that_take_more_than_they_said(
    deadline_s: float, cap_usd: float, needs_s: float, needs_cpu_s: float
) -> None:
    limits = Limits(cost_usd=cap_usd, deadline_s=deadline_s)

    state, ledger, _ = played(Overrunning(needs_s, needs_cpu_s), limits)

    assert ledger.spent.seconds <= deadline_s + 1e-6
    assert ledger.spent.usd <= cap_usd + 1e-12
    assert state.ended == ("submitted" if state.best and state.best.stage is Stage.CONFIRMED
                           else "deferred")  # fmt: skip


def test_a_check_that_the_deadline_cuts_short_is_no_verdict_on_the_patch() -> None:
    state, ledger, report = played(Overrunning(1000.0), Limits(deadline_s=20.0))

    assert ledger.spent.seconds <= 20.0
    assert state.best and state.best.stage is Stage.GREEN
    assert state.belief.chance_of("a") == pytest.approx(0.97)
    hand = report.hand_over
    assert hand and hand.refused == []
    assert "the deadline is reached" in hand.tried[0]
    assert "limits leave no room" in report.reason
    assert hand.go_on_deadline_s and hand.go_on_deadline_s >= ledger.spent.seconds + RUN.wall_s


def test_a_check_that_takes_all_that_it_may_is_a_verdict() -> None:
    state, _, report = played(Overrunning(1000.0), Limits(deadline_s=500.0))

    assert state.best is None
    assert report.hand_over and "did not end" not in report.hand_over.tried[0]
    assert report.hand_over.refused


def test_money_for_cpu_time_ends_a_run_too_and_says_which_cap_would_do() -> None:
    cap = 10 * CPU_USD

    state, ledger, report = played(Overrunning(5.0, 1000.0), Limits(cost_usd=cap))

    assert ledger.spent.usd <= cap
    assert state.best and state.best.stage is Stage.GREEN
    hand = report.hand_over
    assert hand and "the cap is reached" in hand.tried[0]
    assert hand.go_on_cost_usd and hand.go_on_cost_usd >= ledger.spent.usd + RUN.cpu_s * CPU_USD
    assert "(--max-cost)" in render(report)


def test_the_first_run_of_the_tests_is_refused_where_the_cap_pays_for_none_and_says_so() -> None:
    tests, ledger = Overrunning(5.0, 5.0), Ledger(Limits(cost_usd=1e-6))
    metered = Metered(tests, ledger, tests.clock, CPU_USD)

    with pytest.raises(LimitReached, match="raise --max-cost"):
        metered.run(sandbox(), limits=RUN)

    assert ledger.spent.usd == 0


def trial(tests: Overrunning) -> Trial:
    return Trial(sandbox(), tests, FILES.get, PRICES, tests.clock)


@pytest.mark.parametrize("left_s", [0.1, 3.0, 60.0])
def test_a_batch_of_sleeping_candidates_ends_at_the_deadline_and_the_one_cut_short_counts_for_none(
    left_s: float,
) -> None:
    tests, ledger = Overrunning(1000.0), Ledger(Limits(deadline_s=left_s))
    batch = [{"m.py": f"x = {n}\n"} for n in range(50)]
    made = trial(tests)
    most = made.limits(FACTS).wall_s

    judged = list(made.each(FACTS, batch, ledger))

    assert ledger.spent.seconds <= left_s + 1e-6
    assert len(judged) == int((left_s - LAG_S) / most)
    assert list(made.broken(FACTS, batch, FACTS.passing, ledger, seconds=1.0)) == []


def test_a_slice_without_limits_runs_as_it_did() -> None:
    tests = Overrunning(0.5)

    judged = list(trial(tests).each(FACTS, [{"m.py": f"x = {n}\n"} for n in range(5)], Ledger()))

    assert [tried.judgement.ok for tried in judged] == [True] * 5


def test_a_bounded_sandbox_gives_a_command_no_more_than_is_left() -> None:
    inner = sandbox()
    bounded = Bounded(inner, Ledger(Limits(deadline_s=7.0)), CPU_USD)
    spent = Bounded(inner, Ledger(Limits(deadline_s=0.0)), CPU_USD)

    bounded.run(["x"], limits=RUN)
    late = spent.run(["x"], limits=RUN)

    assert [command.limits.wall_s for command in inner.commands] == [7.0 - LAG_S]
    assert late.timed_out


# ---------------------------------------------------------------- what would have gone on


def test_without_a_limit_that_binds_only_the_value_of_a_fix_would_change_it() -> None:
    state, _, report = played(Overrunning(1.0), Limits())
    assert state.ended == "submitted"

    poor = replace(PRICES, value_usd=0.001, risk_usd=0.004)
    hand = deferred_at(poor, Limits(deadline_s=900.0))

    assert hand.go_on_value_usd and hand.go_on_value_usd > 0.001
    assert (hand.go_on_cost_usd, hand.go_on_deadline_s) == (None, None)
    assert report.hand_over is None


def test_where_a_limit_binds_no_price_of_a_fix_is_named_that_would_change_nothing() -> None:
    hand = deferred_at(PRICES, Limits(deadline_s=0.2))

    assert hand.go_on_value_usd is None
    assert hand.go_on_deadline_s and hand.go_on_deadline_s >= 1.0
    again, _, _ = played(Overrunning(0.01), Limits(deadline_s=hand.go_on_deadline_s))
    assert again.steps > 1


def deferred_at(prices: Prices, limits: Limits) -> HandOver:
    state, _, report = played(Overrunning(1.0), limits, prices)
    assert report.hand_over and state.ended == "deferred"
    return report.hand_over


# ---------------------------------------------------------------- the command itself


def test_a_test_that_sleeps_once_the_code_is_right_does_not_outlast_the_deadline(
    tmp_path: Path,
) -> None:
    sleepy = """
        import time

        from shop.cart import total


        def test_it_is_quick_while_the_code_is_wrong():
            if total([50.0]) == 50.0:
                time.sleep(1000)
    """
    root = write(tmp_path, {**SHOP, "tests/test_sleepy.py": sleepy})
    local = ("--sandbox", "local", "--test", BARE, "--format", "json")

    began = time.monotonic()
    ran = fixit(root, *local, "--deadline", "25")
    took = time.monotonic() - began

    assert ran.code == 1, ran.err
    assert ran.json["outcome"] == "deferred"
    assert ran.json["cost"]["seconds"] <= 25
    assert took < 60
    assert ran.json["limits"]["deadline_s"] == 25


def test_a_cap_that_pays_for_no_run_is_named_before_anything_is_spent(tmp_path: Path) -> None:
    ran = fixit(write(tmp_path, SHOP), "--sandbox", "local", "--test", BARE, "--max-cost", "1e-6",
                "--format", "json")  # fmt: skip

    assert (ran.code, json.loads(ran.out)["outcome"]) == (1, "deferred")
    assert ran.json["cost"]["usd"] <= 1e-6
    assert "raise --max-cost" in ran.json["reason"]
