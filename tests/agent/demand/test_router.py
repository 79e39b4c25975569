"""The router names the tier, why, and what was passed over; nothing changes silently."""

from __future__ import annotations

import pytest

from fixit_runtime.agent import loop
from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.policies.recipes import Cascade
from fixit_runtime.agent.action.scripted import ScriptedProposer
from fixit_runtime.agent.action.steps import Act, Defer, advance
from fixit_runtime.agent.capital.trace import MemoryTrace
from fixit_runtime.agent.demand.router import permitted, routed, routing
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.ledger import Ledger, Limits, Spend
from fixit_runtime.agent.seams import Decision, Policy, Proposal, State, TestFacts

RULE = policy("index")
FACTS = TestFacts(failing=("t::a",), passing=())


def proposer(tier: str, usd: float) -> ScriptedProposer:
    return ScriptedProposer(tier, [Proposal((), Spend(), tried=1)], cost_usd=usd, latency_s=0.0)


def decisions(*proposers: ScriptedProposer, by: Policy = RULE, cap: float = 9.0) -> list[Decision]:
    seen: list[Decision] = []
    loop.run(
        State(GridEstimator(()).belief(FACTS, []), FACTS),
        [*map(Act, proposers), Defer()],
        advance,
        loop.Controls(by, Prices.of(5.0)),
        Ledger(Limits(cost_usd=cap)),
        MemoryTrace("run"),
        loop.Watch(decided=seen.append),
    )
    return seen


def test_the_allow_list_keeps_its_order_and_an_empty_one_allows_all() -> None:
    two = [proposer("a/one", 0.1), proposer("b/two", 0.2)]

    assert [p.tier for p in permitted(two, ["b/two"])] == ["b/two"]
    assert [p.tier for p in permitted(two, ["b/two", "a/one"])] == ["b/two", "a/one"]
    assert permitted(two, []) == two


def test_a_tier_on_the_list_that_is_not_there_is_an_error_and_not_left_out() -> None:
    with pytest.raises(UsageError, match="no tier c/three") as refused:
        permitted([proposer("a/one", 0.1)], ["a/one", "c/three"])

    assert "a/one" in refused.value.hint


def test_the_receipt_names_the_tier_with_chance_price_and_worth_and_each_other_with_its_own() -> (
    None
):
    first = decisions(proposer("cheap", 0.01), proposer("dear", 2.0))[0]

    told = routed(first, ["cheap", "dear"])

    assert told is not None and told.tier == "cheap"
    assert "$0.0100" in told.why and "chance 0." in told.why
    assert [t for t, _ in told.passed_over] == ["dear"]
    assert "$2.0000" in told.lines()[1] and "less" in told.lines()[1]


def test_a_tier_that_the_cap_took_off_the_menu_is_still_named() -> None:
    told = routed(decisions(proposer("cheap", 0.01), proposer("dear", 2.0), cap=1.0)[0],
                  ["cheap", "dear"])  # fmt: skip

    assert told is not None
    assert dict(told.passed_over)["dear"].startswith("not on the menu")


def test_a_policy_that_passes_over_a_better_tier_is_said_to() -> None:
    stubborn = Cascade(order=("dear",))

    told = routed(decisions(proposer("cheap", 0.01), proposer("dear", 2.0), by=stubborn)[0], [])

    assert told is not None and told.tier == "dear"
    assert "does not choose by worth" in dict(told.passed_over)["cheap"]


def test_a_decision_that_buys_no_attempt_routes_nothing() -> None:
    last = decisions(proposer("cheap", 0.01))[-1]

    assert last.chosen == "defer"
    assert routed(last, ["cheap"]) is None


def test_a_run_names_every_tier_used_and_why_each_other_allowed_one_was_not() -> None:
    run = decisions(proposer("cheap", 0.01), proposer("middle", 0.02), proposer("dear", 4.0))

    told = routing(run, ["cheap", "middle", "dear", "unaffordable"])

    bought = dict.fromkeys(d.quote.tier for d in run if d.quote.tier)
    assert [line.split(":")[0] for line in told] == [*bought, "not dear", "not unaffordable"]
    assert set(bought) == {"cheap", "middle"}
    assert "less" in told[2] and "limits" in told[3]


def test_a_run_that_bought_no_attempt_still_names_the_tiers_it_could_have_used() -> None:
    told = routing(decisions(proposer("dear", 40.0), cap=50.0), ["dear"])

    assert told == ["not dear: no attempt was worth its price"]
