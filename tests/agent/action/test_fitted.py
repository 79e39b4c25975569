"""What a fitted belief learns from verdicts, and that the fast lookahead values it rightly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixit_runtime.agent import economy
from fixit_runtime.agent.action.checks import CheckModel
from fixit_runtime.agent.action.estimator import NAMED_MODEL
from fixit_runtime.agent.action.fitted import FittedBelief
from fixit_runtime.agent.action.tiers import BeliefModel, TierModel
from fixit_runtime.agent.economy import Action, Prices, Quote, Verdict, full_cost, stop_worth
from fixit_runtime.agent.seams import Candidate, Result, Stage

GRID = np.linspace(-4, 5, 19)
PRIOR = np.ones(len(GRID)) / len(GRID)
SUITE = CheckModel("verify:suite", Stage.GREEN, Stage.SAFE, 0.95, 0.6, 0.05)


def belief(*tiers: TierModel, checks: tuple[CheckModel, ...] = ()) -> FittedBelief:
    named = {f"t{k}": tier for k, tier in enumerate(tiers)}
    return FittedBelief(BeliefModel("test", GRID, PRIOR, named, NAMED_MODEL, checks), PRIOR)


def noisy(ability: float, specificity: float = 0.85) -> TierModel:
    return TierModel(ability, sensitivity=0.9, specificity=specificity, most=1)


def act(tier: str, usd: float = 0.1) -> Quote:
    return Quote(f"act:{tier}", Action.ACT, tier=tier, cost_usd=usd, outcomes=Quote.attempt(0))


def accepted(tier: str) -> Result:
    return Result(Verdict.ACCEPT, candidates=(Candidate(tier, tier, {}, stage=Stage.GREEN),))


def test_a_failure_of_another_tier_makes_the_candidate_at_hand_more_doubtful() -> None:
    held = belief(noisy(0.0), noisy(1.0)).learn(act("t0"), accepted("t0"))

    doubted = held.learn(act("t1"), Result(Verdict.REJECT))
    backed = held.learn(act("t1"), accepted("t1"))

    assert doubted.chance_of("t0") < held.chance_of("t0") < backed.chance_of("t0")


def test_a_twin_of_the_tier_that_made_the_candidate_brings_nothing_better() -> None:
    held = belief(noisy(0.0), noisy(0.0)).learn(act("t0"), accepted("t0"))

    backed = held.learn(act("t1"), accepted("t1"))

    assert backed.chance_of("t1") == pytest.approx(backed.chance_of("t0"))
    ranked = economy.rank(held, [act("t1", 0.2)], Prices.of(5.0, risk_usd=0.0))
    assert ranked[0].quote.quality_gain == pytest.approx(0.0, abs=1e-9)


def test_what_is_expected_after_a_verdict_is_what_was_believed_before_it() -> None:
    held = belief(noisy(-0.5), noisy(1.0)).learn(act("t0"), accepted("t0"))
    p = float((held.attempts([act("t1")]).accept @ held.weights())[0])

    after = {v: held.after(act("t1"), v) for v in (Verdict.ACCEPT, Verdict.REJECT)}
    mean = p * after[Verdict.ACCEPT].chance_of("t0") + (1 - p) * after[Verdict.REJECT].chance_of(
        "t0"
    )

    assert mean == pytest.approx(held.chance_of("t0"))


def test_a_check_multiplies_the_odds_and_its_verdict_speaks_of_the_task_too() -> None:
    held = belief(noisy(0.0), checks=(SUITE,)).learn(act("t0"), accepted("t0"))
    verify = Quote(SUITE.option, Action.VERIFY, outcomes=Quote.attempt(0.5))
    passed = Candidate("t0", "t0", {}, stage=Stage.SAFE)

    safe = held.learn(verify, Result(Verdict.ACCEPT, candidates=(passed,)))
    broke = held.learn(verify, Result(Verdict.REJECT, candidates=(passed,)))

    odds = [b.chance_of("t0") / (1 - b.chance_of("t0")) for b in (held, safe)]
    assert odds[1] / odds[0] == pytest.approx(0.95 / 0.4)
    assert safe.weights() @ GRID < held.weights() @ GRID < broke.weights() @ GRID
    assert broke.chance() == 0


def test_a_proposers_own_estimate_stands_at_every_difficulty() -> None:
    sure = Candidate("t0", "t0", {}, stage=Stage.GREEN, prior=0.7)
    held = belief(noisy(0.0), noisy(1.0)).learn(
        act("t0"), Result(Verdict.ACCEPT, candidates=(sure,))
    )

    assert held.chance_of("t0") == pytest.approx(0.7)
    assert held.learn(act("t1"), Result(Verdict.REJECT)).chance_of("t0") == pytest.approx(0.7)


# ------------------------------------------------------------- the rule, written plainly


def shown(held: FittedBelief, quote: Quote, verdict: Verdict) -> FittedBelief:
    """The belief once this attempt has been made; all candidates are kept."""
    return held.learn(quote, accepted(quote.tier) if verdict is Verdict.ACCEPT else Result(verdict))


def by_hand(held: FittedBelief, menu: list[Quote], prices: Prices) -> float:
    """W(b), one belief at a time, by the words of the design."""
    stop = stop_worth(held, prices).usd
    has = held.attempts(menu)
    p = has.accept @ held.weights()
    left = [k for k in range(len(menu)) if has.left[k] > 0]
    if not left:
        return stop
    k = min(left, key=lambda k: full_cost(menu[k], prices) / p[k])
    yes = stop_worth(shown(held, menu[k], Verdict.ACCEPT), prices).usd
    no = by_hand(shown(held, menu[k], Verdict.REJECT), menu, prices)
    return max(stop, -full_cost(menu[k], prices) + float(p[k]) * yes + (1 - float(p[k])) * no)


tiers = st.tuples(st.floats(-1, 2.5), st.floats(0.6, 1.0), st.floats(0.01, 1.5))


@given(st.lists(tiers, min_size=1, max_size=4), st.floats(0.5, 20), st.floats(0, 3), st.booleans())
@settings(max_examples=60)
def test_the_lookahead_agrees_with_the_rule_written_plainly(
    drawn: list[tuple[float, float, float]], value: float, risk: float, holding: bool
) -> None:
    model = [noisy(ability, specificity) for ability, specificity, _ in drawn]
    start = belief(*model, noisy(0.3), checks=(SUITE,))
    if holding:
        start = start.learn(act("x"), accepted("x"))
    menu = [act(f"t{k}", usd) for k, (_, _, usd) in enumerate(drawn)]
    prices = Prices.of(value, latency_usd_per_hour=0, risk_usd=risk * value)

    scores = {s.quote.option: s.score for s in economy.rank(start, menu, prices)}
    for quote in menu:
        p = float((start.attempts([quote]).accept @ start.weights())[0])
        plain = -full_cost(quote, prices)
        for verdict, chance in ((Verdict.ACCEPT, p), (Verdict.REJECT, 1 - p)):
            plain += chance * by_hand(shown(start, quote, verdict), menu, prices)
        # What several opinions together tell of a candidate is not looked for (`_tells`).
        assert plain - 0.01 * value <= scores[quote.option] <= plain + 1e-9


def test_a_renewed_prior_leaves_what_checks_have_made_of_the_odds() -> None:
    def safe(prior: float) -> FittedBelief:
        found = Candidate("c", "t0", {}, stage=Stage.GREEN, prior=prior)
        held = belief(noisy(0.0), checks=(SUITE,)).learn(
            act("t0"), Result(Verdict.ACCEPT, candidates=(found,))
        )
        verify = Quote(SUITE.option, Action.VERIFY, outcomes=Quote.attempt(0.5))
        passed = Candidate("c", "t0", {}, stage=Stage.SAFE)
        return held.learn(verify, Result(Verdict.ACCEPT, candidates=(passed,)))

    nothing = Result(Verdict.FAILED, renewed={"c": 0.5, "unknown": 0.5})
    renewed = safe(0.9).learn(act("t0"), nothing)

    assert renewed.chance_of("c") == pytest.approx(safe(0.5).chance_of("c"))
