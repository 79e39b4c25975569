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
CAP = Limits(cost_usd=1.0)


def deferred_run(limits: Limits = CAP, dear_usd: float = 4.0) -> RunReport:
    """Two tiers that find nothing, and one that the cap does not allow."""
    nothing = [Proposal((), Spend(), tried=1)]
    proposers = [
        ScriptedProposer(tier, nothing, cost_usd=usd, latency_s=0.0)
        for tier, usd in (("cheap", 0.01), ("middle", 0.02), ("dear", dear_usd))
    ]
    state = State(GridEstimator(()).belief(FACTS, []), FACTS)
    story = Story(belief=state.belief, tiers=tuple(p.tier for p in proposers))
    rule, ledger = policy("index"), Ledger(limits)
    watch = loop.Watch(story.decided, story.booked)
    menu = [*map(Act, proposers), Defer()]
    controls = loop.Controls(rule, PRICES)
    state = loop.run(state, menu, advance, controls, ledger, MemoryTrace("run"), watch)
    return conclude(
        state, story, ledger.spent, Header(PRICES, "run", "", "memory", (), limits), controls
    )


def test_the_receipt_names_each_tier_with_why_and_the_menu_with_its_regret_bound() -> None:
    text = render(deferred_run())

    assert "tier cheap: chance 0." in text
    assert "tier not dear: the limits do not leave what it may need, $4.0000" in text
    assert "menu, one attempt of a tier alone: cheap P 0." in text
    assert "menu by the value of a fix: $0.5: " in text
    assert "(cheap, then " in text or "(cheap x" in text
    assert "expected regret at $5: $" in text and "it was $" in text


def test_the_json_result_carries_the_menu_for_each_value_of_a_fix() -> None:
    result = json.loads(deferred_run().to_json())

    menu = result["menu"]
    assert [row["name"] for row in menu["tiers"]] == ["cheap", "middle"]
    assert [row["for_usd"] for row in menu["by_value"]] == [0.5, 1, 2, 5, 10, 50]
    assert all(row["tiers"] for row in menu["by_value"] if row["quality"])
    assert menu["regret_bound_usd"] == result["regret"]["bound_usd"] > 0
    # it paid for two attempts that failed, and a better one might have done it
    assert result["regret"]["expected_usd"] > 0.03
    assert len(result["routing"]) == 3


def test_a_cap_that_takes_every_tier_off_the_menu_has_a_regret_and_does_not_print_none() -> None:
    bounds = [deferred_run(Limits(cost_usd=cap)).regret for cap in (0.005, 0.015, 1.0)]

    assert all(each is not None for each in bounds)
    told = [each.bound_usd for each in bounds if each]
    assert told[0] > told[1] > told[2] > 0


def test_the_receipt_says_of_every_step_why_it_was_taken() -> None:
    report = deferred_run()
    lines = render(report).splitlines()

    reasons = [line.removeprefix("     why: ") for line in lines if line.startswith("     why: ")]
    assert reasons == [step.reason for step in report.steps]
    assert all("$" in reason or "defer" in reason for reason in reasons)


def test_the_receipt_shows_all_prices_and_all_limits_given_or_not() -> None:
    text = render(deferred_run(Limits(cost_usd=1.0, deadline_s=900.0)))

    for price in ("fix $5.00", "wrong patch $20.00", "cannot be undone $100.00", "time $10.00/h"):
        assert price in text
    assert "limits: deadline 900 s, cap $1, none on the risk of a wrong patch" in text
    assert "no deadline, no cap on spending, risk of a wrong patch 0.1" in render(
        deferred_run(Limits(risk_events=0.1))
    )


def test_a_cap_that_would_have_let_it_go_on_is_named_and_is_enough() -> None:
    capped = deferred_run(Limits(cost_usd=0.2), 0.3)
    hand = capped.hand_over
    assert hand and hand.go_on_cost_usd
    assert hand.go_on_deadline_s is None

    more = deferred_run(Limits(cost_usd=hand.go_on_cost_usd), 0.3)

    assert "act:dear" not in {step.option for step in capped.steps}
    assert "act:dear" in {step.option for step in more.steps}
    assert "would have gone on with a cap of $0.3" in render(capped)
