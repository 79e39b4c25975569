"""The loop with scripted proposers: what it chooses must follow from prices, caps and outcomes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixit_runtime.agent import loop
from fixit_runtime.agent.action.estimator import ASSUMED, GridEstimator
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.scripted import ScriptedProposer
from fixit_runtime.agent.action.steps import Act, Defer, Submit, advance
from fixit_runtime.agent.action.tiers import BeliefModel, TierModel
from fixit_runtime.agent.capital.trace import MemoryTrace
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.ledger import Ledger, Limits, Spend
from fixit_runtime.agent.seams import Candidate, Proposal, Stage, State, TestFacts

FACTS = TestFacts(failing=("t.py::a",), passing=("t.py::b",))
MODEL: BeliefModel = replace(
    ASSUMED,
    tiers={
        "cheap": TierModel(ability=0.5, specificity=0.99),
        "dear": TierModel(ability=2.5, specificity=0.99),
    },
)


def right(name: str) -> Proposal:
    done = Candidate(name, name, {"m.py": "x = 1\n"}, stage=Stage.CONFIRMED, prior=0.99)
    return Proposal((done,), Spend())


def wrong() -> Proposal:
    return Proposal((), Spend(), tried=1)


def play(
    *proposers: ScriptedProposer,
    prices: Prices | None = None,
    limits: Limits | None = None,
    name: str = "index",
    seed: int = 0,
    explore: float = 0.0,
) -> tuple[State, MemoryTrace, Ledger]:
    trace, ledger = MemoryTrace("run"), Ledger(limits)
    state = State(GridEstimator((), MODEL).belief(FACTS, []), FACTS)
    controls = loop.Controls(policy(name), prices or Prices(), seed=seed, explore=explore)
    menu = [*map(Act, proposers), Submit(), Defer()]
    return loop.run(state, menu, advance, controls, ledger, trace), trace, ledger


def chosen(trace: MemoryTrace) -> list[object]:
    return [e.data["chosen"] for e in trace.events() if e.kind == "decision"]


def cheap(*slices: Proposal, **more: float) -> ScriptedProposer:
    return ScriptedProposer("cheap", slices, cost_usd=0.01, **more)


def dear(*slices: Proposal, cost_usd: float = 0.5, **more: float) -> ScriptedProposer:
    return ScriptedProposer("dear", slices, cost_usd=cost_usd, **more)


def test_the_cheap_tier_comes_first_and_the_dear_one_where_it_failed() -> None:
    state, trace, ledger = play(cheap(wrong(), wrong()), dear(right("dear")))

    assert chosen(trace)[0] == "act:cheap"
    assert chosen(trace)[-2:] == ["act:dear", "submit"]
    assert state.ended == "submitted"
    assert ledger.spent.usd == pytest.approx(0.01 * (len(chosen(trace)) - 2) + 0.5)


def test_a_dear_tier_is_left_alone_where_the_task_is_worth_less_than_its_price() -> None:
    state, trace, _ = play(cheap(wrong()), dear(right("dear")), prices=Prices.of(0.3))

    assert "act:dear" not in chosen(trace)
    assert state.ended == "deferred"


def test_raising_the_price_of_a_tier_moves_the_choice_away_from_it() -> None:
    _, low, _ = play(dear(right("dear"), cost_usd=0.02), cheap(right("cheap")))
    _, high, _ = play(dear(right("dear"), cost_usd=4.0), cheap(right("cheap")))

    assert chosen(low)[0] == "act:dear"
    assert chosen(high)[0] == "act:cheap"


def test_a_high_price_of_waiting_moves_the_choice_to_the_faster_tier() -> None:
    slow, fast = cheap(right("cheap"), latency_s=600.0), dear(right("dear"), latency_s=2.0)
    _, patient, _ = play(slow, fast, prices=Prices.of(5.0, latency_usd_per_hour=0.1))
    slow, fast = cheap(right("cheap"), latency_s=600.0), dear(right("dear"), latency_s=2.0)
    _, hasty, _ = play(slow, fast, prices=Prices.of(5.0, latency_usd_per_hour=20.0))

    assert chosen(patient)[0] == "act:cheap"
    assert chosen(hasty)[0] == "act:dear"


def test_a_dear_mistake_is_not_risked_on_a_candidate_that_a_cheap_one_would_be() -> None:
    def doubtful() -> ScriptedProposer:
        found = Candidate("c", "cheap", {"m.py": "x\n"}, stage=Stage.CONFIRMED, prior=0.6)
        return cheap(Proposal((found,), Spend()))

    bold, _, _ = play(doubtful(), prices=Prices.of(5.0, risk_usd=0.5))
    careful, trace, _ = play(doubtful(), prices=Prices.of(5.0, risk_usd=200.0))

    assert bold.ended == "submitted"
    assert careful.ended == "deferred"
    assert chosen(trace)[-1] == "defer"


@pytest.mark.parametrize(
    "prices",
    [Prices.of(0.0), Prices.of(5.0, latency_usd_per_hour=1e7), Prices.of(1e-9)],
    ids=["no value", "time too dear", "hardly any value"],
)
def test_with_every_price_too_high_it_defers_at_once_and_says_so(prices: Prices) -> None:
    state, trace, ledger = play(cheap(right("cheap")), dear(right("dear")), prices=prices)

    assert state.ended == "deferred"
    assert chosen(trace) == ["defer"]
    assert ledger.spent == Spend()
    reason = next(e.data["reason"] for e in trace.events() if e.kind == "decision")
    assert "not worth its price" in str(reason)


def test_a_cap_takes_what_it_does_not_afford_off_the_menu() -> None:
    state, trace, ledger = play(cheap(wrong()), dear(right("dear")), limits=Limits(cost_usd=0.3))

    assert set(chosen(trace)) == {"act:cheap", "defer"}
    assert state.ended == "deferred"
    assert ledger.spent.usd <= 0.3


def test_a_deadline_takes_what_would_end_too_late_off_the_menu() -> None:
    _, trace, _ = play(
        cheap(right("cheap"), latency_s=100.0), dear(right("dear"), latency_s=1.0),
        limits=Limits(deadline_s=10.0),
    )  # fmt: skip

    assert chosen(trace)[0] == "act:dear"


@given(
    st.floats(0.0, 0.6),
    st.floats(0.0, 2.0),
    st.lists(st.booleans(), max_size=4),
    st.floats(0, 1),
)
@settings(max_examples=60)
def test_caps_hold_whatever_is_tried(
    cap: float, worst: float, luck: list[bool], explore: float
) -> None:
    slices = [right(f"c{i}") if ok else wrong() for i, ok in enumerate(luck)]
    proposer = ScriptedProposer("dear", slices, cost_usd=worst * 0.7, cost_worst_usd=worst)

    _, _, ledger = play(proposer, limits=Limits(cost_usd=cap), explore=explore)

    assert ledger.spent.usd <= cap + 1e-9


def test_the_same_seed_and_script_give_the_same_trace() -> None:
    def trace(seed: int) -> list[object]:
        _, told, _ = play(
            cheap(wrong(), wrong(), right("cheap")), dear(wrong()), seed=seed, explore=0.5
        )
        return [(e.kind, e.data) for e in told.events()]

    assert trace(7) == trace(7)


def test_an_exploring_run_books_the_chance_of_each_choice() -> None:
    _, trace, _ = play(cheap(wrong(), right("cheap")), dear(right("dear")), explore=0.2, seed=3)

    for event in trace.events():
        if event.kind == "decision":
            menu, propensity = event.data["menu"], event.data["propensity"]
            assert isinstance(menu, list)
            assert propensity in (
                pytest.approx(0.2 / len(menu)), pytest.approx(0.8 + 0.2 / len(menu)),
            )  # fmt: skip


def test_every_booking_stands_beside_its_forecast() -> None:
    _, trace, _ = play(cheap(wrong()), dear(right("dear")))
    outcomes = [e.data["booking"] for e in trace.events() if e.kind == "outcome"]

    assert len(outcomes) == len(chosen(trace))
    for booking in outcomes:
        assert isinstance(booking, dict)
        assert {"forecast_gain", "forecast_usd", "p_before", "p_after", "spend"} <= booking.keys()


def test_the_literal_policy_buys_the_dear_tier_where_the_index_rule_tries_the_cheap_one() -> None:
    _, index, _ = play(cheap(wrong()), dear(right("dear")))
    _, literal, _ = play(cheap(wrong()), dear(right("dear")), name="literal")

    assert chosen(index)[0] == "act:cheap"
    assert chosen(literal)[0] == "act:dear"


def test_an_interrupted_step_leaves_what_it_spent_in_the_trace() -> None:
    class Interrupting(ScriptedProposer):
        def propose(self, state: State, ledger: Ledger) -> Proposal:
            super().propose(state, ledger)
            raise KeyboardInterrupt

    trace, ledger = MemoryTrace("run"), Ledger()
    state = State(GridEstimator((), MODEL).belief(FACTS, []), FACTS)
    controls = loop.Controls(policy("index"), Prices())
    steps = [Act(Interrupting("cheap", [wrong()])), Defer()]

    with pytest.raises(KeyboardInterrupt):
        loop.run(state, steps, advance, controls, ledger, trace)

    last = trace.events()[-1]
    assert last.kind == "risk"
    spent = last.data["spent"]
    assert isinstance(spent, dict)
    assert spent["usd"] == pytest.approx(0.01)


@pytest.mark.parametrize(("now", "ended"), [(0.3, "deferred"), (0.97, "submitted")])
def test_what_a_later_slice_makes_of_an_earlier_candidate_decides_whether_it_is_shown(
    now: float, ended: str
) -> None:
    doubtful = Candidate("one", "cheap", {"m.py": "x\n"}, stage=Stage.CONFIRMED, prior=0.6)
    slices = (Proposal((doubtful,), Spend()), Proposal((), Spend(), tried=1, renewed={"one": now}))

    state, trace, _ = play(cheap(*slices))

    assert chosen(trace)[:2] == ["act:cheap", "act:cheap"]
    assert state.ended == ended
    assert [c.prior for c in state.candidates] == [now]
    assert state.belief.chance_of("one") == pytest.approx(now)
