"""Checks as priced steps: what each tells, what it costs, and when it is on the menu."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixit_runtime.agent.action import evidence, steps, verify
from fixit_runtime.agent.action.beliefs import Held
from fixit_runtime.agent.action.checks import (
    AGAIN,
    CONFIRM,
    INPUTS,
    NEAR,
    OPINION,
    SUITE,
    TYPES,
    shipped_checks,
)
from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.policies import POLICIES, policy
from fixit_runtime.agent.action.scripted import ScriptedProposer
from fixit_runtime.agent.economy import Action, Prices, Quote, Verdict, full_cost, rank
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import (
    Answered,
    Candidate,
    Proposal,
    Question,
    Result,
    Stage,
    State,
    Step,
    TestFacts,
)
from fixit_runtime.tools.typecheck import TypeChecker
from tests.agent.action.memory import InMemoryTests, bench, flickering

FILES = {"m.py": "x = 1\n", "n.py": "y = 1\n"}
FIX = Candidate("a", "search", {"m.py": "x = 2\n"}, stage=Stage.GREEN, prior=0.7)
FACTS = TestFacts(
    failing=("t::red",), passing=("t::m", "t::n", "t::o"), suite_s=40.0, suite_cpu_s=40.0
)
COVERING = {"m.py": ("t::m",)}
PASSING = {name: flickering(True) for name in (*FACTS.failing, *FACTS.passing)}
TABLE = shipped_checks()


def menu(
    tests: InMemoryTests, *proposers: ScriptedProposer, typed: TypeChecker | None = None
) -> tuple[State, dict[str, Step]]:
    """A state with the candidate at hand, and every check by its name."""
    checks = (
        *verify.owed(FACTS, Prices(), TABLE),
        *evidence.optional(TABLE, proposers, typed),
    )
    made = evidence.verifications(bench(tests, FILES), checks, TABLE, proposers, typed)
    belief = GridEstimator(checks).belief(FACTS, [])
    found = Quote("act:search", Action.ACT, tier="search", outcomes=Quote.attempt(0.5))
    state = State(belief, FACTS, covering=COVERING)
    state = steps.advance(state, found, Result(Verdict.ACCEPT, candidates=(FIX,)))
    return state, {step.option: step for step in made}


def done(state: State, step: Step, ledger: Ledger | None = None) -> tuple[State, Result]:
    quote = step.quote(state)
    assert quote is not None, step.option
    result = step.do(state, ledger or Ledger())
    return steps.advance(state, quote, result), result


def p(state: State) -> float:
    return state.belief.chance_of("a")


def test_the_tests_near_the_change_are_a_cheaper_check_than_the_suite_and_part_of_it() -> None:
    tests = InMemoryTests(PASSING)
    state, by_name = menu(tests)
    near, suite = by_name[NEAR].quote(state), by_name[SUITE].quote(state)
    assert near and suite
    assert full_cost(near, Prices()) < full_cost(suite, Prices())

    after_near, result = done(state, by_name[NEAR])
    both, _ = done(after_near, by_name[SUITE])
    alone, _ = done(state, by_name[SUITE])

    assert result.verdict is Verdict.ACCEPT
    assert tests.ran[0] == ("t::red", "t::m")
    assert p(state) < p(after_near) < p(both)
    assert p(both) == pytest.approx(p(alone))
    assert by_name[NEAR].quote(after_near) is None


def test_tests_near_the_change_are_not_on_the_menu_where_nobody_knows_them() -> None:
    state, by_name = menu(InMemoryTests(PASSING))

    assert by_name[NEAR].quote(replace(state, covering={})) is None


def test_a_slow_suite_makes_the_near_tests_worth_their_price_and_a_fast_one_does_not() -> None:
    def first(suite_s: float) -> str:
        facts = replace(FACTS, suite_s=suite_s, suite_cpu_s=suite_s, passing=tuple("abcdefghij"))
        state, by_name = menu(InMemoryTests(PASSING))
        checks = (*verify.owed(facts, Prices(), TABLE), *evidence.optional(TABLE, (), None))
        belief = GridEstimator(checks).belief(facts, [])
        held = belief.learn(
            Quote("act:search", Action.ACT, tier="search", outcomes=Quote.attempt(0.5)),
            Result(Verdict.ACCEPT, candidates=(FIX,)),
        )
        state = replace(state, facts=facts, belief=held, covering={"m.py": ("a",)})
        quotes = [q for s in by_name.values() if (q := s.quote(state))]
        return rank(held, quotes, Prices())[0].quote.option

    assert first(0.2) == SUITE
    assert first(600.0) == NEAR


def test_a_red_that_flickers_does_not_end_a_candidate() -> None:
    tests = InMemoryTests({**PASSING, "t::n": flickering(False, True)})
    state, by_name = menu(tests)

    doubted, result = done(state, by_name[SUITE])
    assert result.verdict is Verdict.REJECT
    assert doubted.best and doubted.best.stage is Stage.DOUBTED
    assert 0 < p(doubted) < 0.2
    assert by_name[SUITE].quote(doubted) is None

    cleared, result = done(doubted, by_name[AGAIN])
    assert result.verdict is Verdict.ACCEPT
    assert cleared.best and cleared.best.stage is Stage.GREEN
    assert p(cleared) > 5 * p(doubted)
    assert set(tests.ran[1:]) == {("t::n",)}
    assert by_name[SUITE].quote(cleared) and not by_name[CONFIRM].quote(cleared)


def test_a_red_that_stays_red_ends_it_after_one_run_more() -> None:
    tests = InMemoryTests({**PASSING, "t::n": flickering(False)})
    state, by_name = menu(tests)

    doubted, _ = done(state, by_name[SUITE])
    ended, result = done(doubted, by_name[AGAIN])

    assert ended.best is None
    assert p(ended) == 0
    assert "t::n red in 2 of 2 runs" in result.detail
    assert len(tests.ran) == 2


def test_a_second_red_after_it_was_cleared_is_the_end() -> None:
    tests = InMemoryTests({**PASSING, "t::n": flickering(False, *[True] * 11, False)})
    state, by_name = menu(tests)
    for option in (SUITE, AGAIN):
        state, _ = done(state, by_name[option])

    state, result = done(state, by_name[SUITE])

    assert result.verdict is Verdict.REJECT
    assert state.best is None


def test_a_repair_that_leaves_a_test_failing_is_never_only_doubted() -> None:
    state, by_name = menu(InMemoryTests({**PASSING, "t::red": flickering(False)}))

    ended, _ = done(state, by_name[SUITE])

    assert ended.best is None


def test_the_same_check_again_moves_nothing() -> None:
    state, by_name = menu(InMemoryTests(PASSING))
    once, _ = done(state, by_name[SUITE])
    green = [replace(c, stage=Stage.GREEN) for c in once.candidates]
    asked = steps.hear(replace(once, candidates=tuple(green)), Answered(Question("?"), "hm"))

    twice, _ = done(asked, by_name[SUITE])

    assert p(twice) == pytest.approx(p(once))


def same(tier: str, text: str = "x = 2  # the same, typed otherwise\n") -> Proposal:
    twin = Candidate(f"{tier}#1", tier, {"m.py": text}, stage=Stage.GREEN)
    return Proposal((twin,), Spend(), tried=1)


def test_another_tier_that_comes_to_the_same_change_raises_the_chance() -> None:
    search, model = ScriptedProposer("search", []), ScriptedProposer("m", [same("m")])
    state, by_name = menu(InMemoryTests(PASSING), search, model)
    opinion = by_name[f"{OPINION}:m"]

    agreed, result = done(state, opinion)

    assert result.verdict is Verdict.ACCEPT
    assert "comes to the same change" in result.detail
    assert p(agreed) > p(state)
    assert [c.id for c in agreed.candidates] == ["a"]
    assert opinion.quote(agreed) is None


def test_another_opinion_lowers_it_and_brings_a_rival() -> None:
    search = ScriptedProposer("search", [])
    model = ScriptedProposer("m", [same("m", "x = 3\n")])
    state, by_name = menu(InMemoryTests(PASSING), search, model)

    other, result = done(state, by_name[f"{OPINION}:m"])

    assert result.verdict is Verdict.REJECT
    assert p(other) < p(state)
    assert other.belief.chance_of("m#1") > 0


def test_a_second_opinion_is_bought_where_it_may_decide_and_is_cheap_enough() -> None:
    def chosen(cost_usd: float, prior: float) -> str:
        model = ScriptedProposer("m", [same("m")], cost_usd=cost_usd)
        state, by_name = menu(InMemoryTests(PASSING), ScriptedProposer("search", []), model)
        held = Held(prior, Stage.CONFIRMED)
        confirmed = replace(FIX, stage=Stage.CONFIRMED)
        belief = replace(state.belief, held={"a": held})
        state = replace(state, candidates=(confirmed,), belief=belief)
        offered = [*by_name.values(), steps.Submit(), steps.Defer()]
        quotes = [q for step in offered if (q := step.quote(state))]
        return rank(belief, quotes, Prices())[0].quote.option

    assert chosen(0.01, prior=0.75) == f"{OPINION}:m"
    assert chosen(2.0, prior=0.75) == "defer"
    assert chosen(0.2, prior=0.99) == "submit"


@pytest.mark.parametrize("name", sorted(set(POLICIES) - {"index", "literal"}))
@pytest.mark.parametrize("stage", [Stage.GREEN, Stage.SAFE])
def test_no_recipe_asks_another_tier_or_makes_a_check_that_is_not_owed(
    name: str, stage: Stage
) -> None:
    tried = Result(Verdict.ACCEPT)
    search = ScriptedProposer("search", [], inputs=[tried])
    model = ScriptedProposer("m", [same("m")], cost_usd=1e-6)
    state, by_name = menu(InMemoryTests(PASSING), search, model)
    held = {FIX.id: Held(0.9, stage)}
    state = replace(
        state,
        belief=replace(state.belief, held=held),  # type: ignore[type-var]
        candidates=(replace(FIX, stage=stage),),
    )
    every: list[Step] = [*by_name.values(), steps.Act(model), steps.Submit(), steps.Defer()]
    quotes = [q for step in every if (q := step.quote(state)) is not None]
    assert {f"{OPINION}:m", INPUTS} <= {q.option for q in quotes}

    chosen = policy(name).rank(state, quotes, Prices.of(5.0, risk_usd=0.0))[0].quote

    assert chosen.option == (SUITE if stage is Stage.GREEN else CONFIRM)


def test_an_attempt_that_happens_to_agree_counts_as_a_second_opinion_too() -> None:
    model = ScriptedProposer("m", [same("m")])
    state, _ = menu(InMemoryTests(PASSING), ScriptedProposer("search", []), model)

    agreed, result = done(state, steps.Act(model))

    assert result.agrees == "a"
    assert p(agreed) > p(state)


def test_a_tier_has_no_second_opinion_of_its_own_candidates() -> None:
    search = ScriptedProposer("search", [same("search")])
    state, by_name = menu(InMemoryTests(PASSING), search, ScriptedProposer("m", []))

    assert by_name[f"{OPINION}:search"].quote(state) is None


@pytest.mark.parametrize("verdict", [Verdict.ACCEPT, Verdict.REJECT, Verdict.FAILED])
def test_inputs_that_a_proposer_makes_up_move_the_chance_once(verdict: Verdict) -> None:
    prober = ScriptedProposer("search", [], inputs=[Result(verdict, detail="tried 30")] * 2)
    state, by_name = menu(InMemoryTests(PASSING), prober)

    after, _ = done(state, by_name[INPUTS])

    moved = {Verdict.ACCEPT: 1, Verdict.REJECT: -1, Verdict.FAILED: 0}[verdict]
    assert (p(after) > p(state)) - (p(after) < p(state)) == moved
    assert after.best and after.best.stage is Stage.GREEN
    assert by_name[INPUTS].quote(after) is None


def test_a_check_of_types_is_only_there_where_a_checker_is() -> None:
    state, by_name = menu(InMemoryTests(PASSING))
    assert TYPES not in by_name

    state, by_name = menu(InMemoryTests(PASSING), typed=TypeChecker("mypy"))
    assert by_name[TYPES].quote(state)


def test_every_check_says_how_sure_its_chance_is_and_which_table_it_rests_on() -> None:
    state, by_name = menu(InMemoryTests(PASSING), typed=TypeChecker("mypy"))
    for option in (NEAR, SUITE, TYPES):
        quote = by_name[option].quote(state)
        assert quote and quote.p_sd > 0
        assert TABLE.version in quote.sources


def test_how_sure_a_gain_is_stands_beside_it_and_an_act_names_the_estimator_of_its_chance() -> None:
    state, by_name = menu(InMemoryTests(PASSING))
    search = ScriptedProposer("m", [same("m", "x = 3\n")])
    offered = steps.menu(
        bench(InMemoryTests(PASSING), FILES), lambda facts, run: (), [search],
        list(by_name.values()),
    )  # fmt: skip

    quotes = [q for step in offered if (q := step.quote(state))]
    ranked = {s.quote.option: s.quote for s in rank(state.belief, quotes, Prices())}

    act, suite = ranked["act:m"], ranked[SUITE]
    assert 0 < act.quality_gain_sd < act.p_sd
    assert 0 < suite.quality_gain_sd <= suite.p_sd
    assert "chances: assumed/1" in act.sources


def confirmed(prior: float, handover_usd: float) -> str:
    """What is done with a confirmed candidate, where a further attempt is cheap."""
    again = ScriptedProposer("search", [same("search", "x = 3\n")], cost_usd=0.02)
    state, _ = menu(InMemoryTests(PASSING))
    belief = replace(state.belief, held={"a": Held(prior, Stage.CONFIRMED)}, made={"search": 9})
    state = replace(state, candidates=(replace(FIX, stage=Stage.CONFIRMED),), belief=belief)
    submit = steps.Submit(oversight_usd=handover_usd)
    prices = replace(Prices(), handover_usd=submit.asks_usd(Prices()))
    quotes = [q for s in (steps.Act(again), submit, steps.Defer()) if (q := s.quote(state))]
    return rank(belief, quotes, prices)[0].quote.option


def test_the_time_that_handing_over_asks_for_is_paid_once_and_makes_no_other_step_look_better() -> (
    None
):
    assert confirmed(0.99, 0.0) == confirmed(0.99, 0.33) == "submit"
    assert confirmed(0.805, 0.0) == "submit"
    assert confirmed(0.805, 1.5) == "defer"
