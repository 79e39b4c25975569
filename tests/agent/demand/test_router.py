"""The router names the tier, why, and what was passed over; nothing changes silently."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixit_runtime.agent import loop
from fixit_runtime.agent.action import evidence
from fixit_runtime.agent.action.checks import OPINION, Beta, CheckFit, CheckTable
from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.evidence import Opinion
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.policies.recipes import Cascade
from fixit_runtime.agent.action.scripted import ScriptedProposer
from fixit_runtime.agent.action.steps import Act, Defer, Submit, advance
from fixit_runtime.agent.capital.trace import MemoryTrace
from fixit_runtime.agent.demand.router import permitted, routing, same_model
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.ledger import Ledger, Limits, Spend
from fixit_runtime.agent.seams import Candidate, Decision, Policy, Proposal, Stage, State, TestFacts

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

    asked, other = routing([first], ["cheap", "dear"])

    assert asked.startswith("cheap: chance 0.") and "$0.0100" in asked
    assert other.startswith("not dear: ") and "$2.0000" in other and "less" in other


def test_a_tier_that_the_cap_took_off_the_menu_is_still_named() -> None:
    first = decisions(proposer("cheap", 0.01), proposer("dear", 2.0), cap=1.0)[0]

    told = routing([first], ["cheap", "dear"])

    assert told[1] == "not dear: the limits do not leave what it may need, $2.0000 and 0 s"


def test_a_policy_that_passes_over_a_better_tier_is_said_to() -> None:
    stubborn = Cascade(order=("dear",))

    first = decisions(proposer("cheap", 0.01), proposer("dear", 2.0), by=stubborn)[0]

    asked, other = routing([first], [])

    assert asked.startswith("dear: ")
    assert other.startswith("not cheap: ") and "does not choose by worth" in other


def test_a_decision_that_buys_no_attempt_routes_nothing() -> None:
    last = decisions(proposer("cheap", 0.01))[-1]

    assert last.chosen == "defer"
    assert [line.split(":")[0] for line in routing([last], ["cheap"])] == ["not cheap"]


def test_a_run_names_every_tier_used_and_why_each_other_allowed_one_was_not() -> None:
    run = decisions(proposer("cheap", 0.01), proposer("middle", 0.02), proposer("dear", 4.0))

    told = routing(run, ["cheap", "middle", "dear", "unaffordable"])

    bought = dict.fromkeys(d.quote.tier for d in run if d.quote.tier)
    assert [line.split(":")[0] for line in told] == [*bought, "not dear", "not unaffordable"]
    assert set(bought) == {"cheap", "middle"}
    assert "less" in told[2] and "nothing of it was left" in told[3]


def test_a_run_that_bought_no_attempt_still_names_the_tiers_it_could_have_used() -> None:
    (told,) = routing(decisions(proposer("dear", 40.0), cap=50.0), ["dear"])

    assert told.startswith("not dear: chance 0.") and told.endswith("not worth its price")


def test_a_tier_that_no_limit_leaves_money_for_is_not_called_too_dear_for_its_worth() -> None:
    (told,) = routing(decisions(proposer("dear", 0.5), cap=0.1), ["dear"])

    assert "the limits do not leave what it may need, $0.5000" in told


def opinion() -> tuple[Decision, Decision]:
    """A run in which another tier was asked for its opinion only, and the decision before."""
    fix = Candidate("a", "search", {"m.py": "x = 2\n"}, stage=Stage.CONFIRMED, prior=0.7)
    table = CheckTable("t", "test", {OPINION: CheckFit(Beta(95, 5), Beta(95, 5))})
    found = ScriptedProposer("search", [Proposal((fix,), Spend(), tried=1)], latency_s=0.0)
    twin = replace(fix, id="b", tier="m")
    model = ScriptedProposer("m", [Proposal((twin,), Spend(), tried=1)], 0.02, 0.0)
    checks = evidence.optional(table, [found, model], None)
    steps = [
        Act(found),
        *(Opinion(model, c) for c in checks if c.option == f"{OPINION}:m"),
        Submit(),
        Defer(),
    ]
    seen: list[Decision] = []
    belief = GridEstimator(checks).belief(FACTS, [])
    loop.run(
        State(belief, FACTS), steps, advance, loop.Controls(RULE, Prices.of(5.0)), Ledger(),
        MemoryTrace("run"), loop.Watch(decided=seen.append),
    )  # fmt: skip
    return seen[0], seen[1]


def test_a_tier_that_was_asked_for_its_opinion_only_was_used_and_is_said_to() -> None:
    first, second = opinion()
    assert second.chosen == f"{OPINION}:m"

    told = routing([first, second], ["search", "m"])

    assert [line.split(":")[0] for line in told] == ["search", "m"]
    assert "asked for its opinion for $0.0200" in told[1]


@pytest.mark.parametrize(
    ("asked", "served", "same"),
    [
        ("openai/gpt-5", "gpt-5", True),
        ("openai/gpt-5", "gpt-5-2025-08-07", True),
        ("anthropic/claude-sonnet-4-5", "claude-sonnet-4-5-20250929", True),
        ("anthropic/claude-3.5-sonnet-latest", "claude-3-5-sonnet-20241022", True),
        ("openrouter/Qwen/Qwen2.5-Coder", "qwen/qwen2.5-coder", True),
        ("ollama/llama3", "llama3:latest", True),
        ("gemini/gemini-2.0-flash", "gemini-2.0-flash-001", True),
        ("openai/gpt-5", "", True),
        ("azure/my-deployment", "gpt-4o-2024-08-06", True),
        ("openai/gpt-5", "gpt-5-mini", False),
        ("openai/gpt-5", "gpt-5-mini-2025-08-07", False),
        ("openai/gpt-4-0613", "gpt-4-0314", False),
        ("anthropic/claude-opus-4-1", "claude-opus-4", False),
        ("deepseek/deepseek-v3", "deepseek-v2", False),
        ("ollama/llama3:70b", "llama3:8b", False),
    ],
)
def test_a_providers_prefix_and_date_are_no_other_model_but_another_size_or_version_is(
    asked: str, served: str, same: bool
) -> None:
    assert same_model(asked, served) is same
