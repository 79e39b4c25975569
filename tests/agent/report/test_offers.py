"""The receipt shows what there was to choose from, which tier answered, and why."""

from __future__ import annotations

import json

from fixit_runtime.agent import loop
from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.scripted import ScriptedProposer
from fixit_runtime.agent.action.steps import Act, Defer, advance
from fixit_runtime.agent.capital.trace import MemoryTrace
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.ledger import Ledger, Limits, Spend
from fixit_runtime.agent.report.conclude import Header, Story, conclude
from fixit_runtime.agent.report.record import RunReport
from fixit_runtime.agent.report.text import render
from fixit_runtime.agent.seams import Proposal, State, TestFacts

FACTS = TestFacts(failing=("t::a",), passing=())
PRICES = Prices.of(5.0)


def deferred_run() -> RunReport:
    """Two tiers that find nothing, and one that the cap does not allow."""
    nothing = [Proposal((), Spend(), tried=1)]
    proposers = [
        ScriptedProposer(tier, nothing, cost_usd=usd, latency_s=0.0)
        for tier, usd in (("cheap", 0.01), ("middle", 0.02), ("dear", 4.0))
    ]
    state = State(GridEstimator(()).belief(FACTS, []), FACTS)
    story = Story(belief=state.belief, tiers=tuple(p.tier for p in proposers))
    rule, ledger = policy("index"), Ledger(Limits(cost_usd=1.0))
    watch = loop.Watch(story.decided, story.booked)
    menu = [*map(Act, proposers), Defer()]
    controls = loop.Controls(rule, PRICES)
    state = loop.run(state, menu, advance, controls, ledger, MemoryTrace("run"), watch)
    return conclude(state, story, ledger.spent, Header(PRICES, "run", "", "memory"), controls)


def test_the_receipt_names_each_tier_with_why_and_the_menu_with_its_regret_bound() -> None:
    text = render(deferred_run())

    assert "tier cheap: chance 0." in text
    assert "tier not dear: not on the menu" in text
    assert "menu by the value of a fix: $0.5: " in text
    assert "expected regret at $5 is $" in text


def test_the_json_result_carries_the_menu_for_each_value_of_a_fix() -> None:
    result = json.loads(deferred_run().to_json())

    menu = result["menu"]
    assert [row["name"] for row in menu["tiers"]] == ["cheap", "middle"]
    assert [row["for_usd"] for row in menu["by_value"]] == [0.5, 1, 2, 5, 10, 50]
    assert menu["regret_bound_usd"] > 0
    assert len(result["routing"]) == 3
