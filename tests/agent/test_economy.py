"""The rules of Eq. 1, the paper's own numbers, and the index rule."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent import economy
from fixit_runtime.agent.economy import Action, Array, Attempts, Owed, Prices, Quote, Verdict

FREE_TIME = Prices.of(10.0, latency_usd_per_hour=0.0, risk_usd=0.0)


@dataclass(frozen=True)
class Shelf:
    """A belief over independent attempts with known chances, each to be had once."""

    chances: dict[str, float]
    right: float = 0.0  # P that an accepted candidate is right
    at_hand: float = 0.0

    def weights(self) -> Array:
        return np.ones(1)

    def attempts(self, menu: Sequence[Quote]) -> Attempts:
        n = len(menu)
        chances = np.array([[self.chances.get(q.option, 0.0)] for q in menu]).reshape(n, 1)
        return Attempts(chances, np.ones(n), np.ones(n), np.ones(n), np.ones(n))

    def owed(self) -> Owed:
        return Owed(1.0, self.at_hand, 0.0) if self.at_hand else Owed(0.0, 0.0, 0.0)

    def settle(self, chance: Array) -> tuple[Array, Array, Array]:
        return np.ones_like(chance), np.full_like(chance, self.right), np.zeros_like(chance)

    def tells(self, quote: Quote) -> str:
        return quote.option

    def after(self, quote: Quote, verdict: Verdict) -> Shelf:
        left = {k: p for k, p in self.chances.items() if k != quote.option}
        at_hand = self.right if verdict is Verdict.ACCEPT else self.at_hand
        return replace(self, chances=left, at_hand=at_hand)


def attempt(name: str, p: float, usd: float, **more: float) -> Quote:
    return Quote(
        name, Action.ACT, tier=name, p_accept=p, cost_usd=usd, outcomes=Quote.attempt(p), **more
    )


DEFER = Quote("defer", Action.DEFER)


@pytest.mark.parametrize(("value", "winner"), [(10.0, "cheap"), (100.0, "frontier")])
def test_the_papers_worked_example_chooses_by_the_value_of_the_task(
    value: float, winner: str
) -> None:
    prices = Prices.of(value, latency_usd_per_hour=0, risk_usd=0)
    cheap = Quote("cheap", Action.ACT, quality_gain=0.7, cost_usd=1)
    frontier = Quote("frontier", Action.ACT, quality_gain=0.9, cost_usd=5)

    surplus = {q.option: economy.marginal_surplus(q, prices) for q in (cheap, frontier)}

    assert max(surplus, key=lambda k: surplus[k]) == winner
    assert surplus == pytest.approx(
        {"cheap": 0.7 * value - 1, "frontier": 0.9 * value - 5}, abs=1e-9
    )


@pytest.mark.parametrize(("risk_price", "crossover"), [(0.0, 20.0), (50.0, 10.0)])
def test_the_papers_crossover_falls_from_20_to_10_dollars_when_risk_is_priced(
    risk_price: float, crossover: float
) -> None:
    def gap(value: float) -> float:
        prices = Prices.of(value, latency_usd_per_hour=0, risk_usd=risk_price)
        cheap = Quote("cheap", Action.ACT, quality_gain=0.7, cost_usd=1, risk_events=0.05)
        frontier = Quote("frontier", Action.ACT, quality_gain=0.9, cost_usd=5, risk_events=0.01)
        return economy.marginal_surplus(frontier, prices) - economy.marginal_surplus(cheap, prices)

    assert gap(crossover) == pytest.approx(0.0, abs=1e-9)
    assert gap(crossover + 1) > 0 > gap(crossover - 1)


@given(st.floats(0.01, 0.99), st.floats(0.0, 10.0), st.floats(0.1, 100.0), st.floats(0.0, 1e4))
def test_one_attempt_with_a_perfect_verifier_is_equation_one(
    p: float, usd: float, value: float, risk: float
) -> None:
    prices = Prices.of(value, latency_usd_per_hour=0, risk_usd=risk)
    only = attempt("only", p, usd)

    scored = economy.score(only, Shelf({"only": p}, right=1.0), [only, DEFER], prices)

    assert scored.score == pytest.approx(p * value - usd)
    assert scored.score == pytest.approx(economy.marginal_surplus(scored.quote, prices))
    assert scored.quote.quality_gain == pytest.approx(p)


def test_full_cost_adds_compute_latency_risk_irreversible_risk_and_human_time() -> None:
    prices = Prices(5.0, 0.01, 20.0, 100.0)
    quote = attempt(
        "x", 0.5, 2.0, latency_s=30.0, risk_events=0.1, irreversible_events=0.02, oversight_usd=0.5
    )

    assert economy.full_cost(quote, prices) == pytest.approx(2 + 0.3 + 2 + 2 + 0.5)


def test_the_index_rule_tries_the_cheap_model_first_where_eq_1_alone_would_not() -> None:
    cheap, frontier = attempt("cheap", 0.6, 0.03), attempt("frontier", 0.75, 0.7)
    prices = Prices.of(5.0, latency_usd_per_hour=0)
    belief = Shelf({"cheap": 0.6, "frontier": 0.75}, right=1.0)

    ranked = economy.rank(belief, [frontier, cheap, DEFER], prices)
    literal = {
        q.option: economy.marginal_surplus(replace(q, quality_gain=q.p_accept), prices)
        for q in (cheap, frontier)
    }

    assert ranked[0].quote.option == "cheap"
    assert max(literal, key=lambda k: literal[k]) == "frontier"
    # cheap first: -0.03 + .6*5 + .4*(-.7 + .75*5)
    assert ranked[0].score == pytest.approx(-0.03 + 0.6 * 5 + 0.4 * (-0.7 + 0.75 * 5))


def test_deferring_is_chosen_when_every_surplus_is_negative() -> None:
    dear = [attempt(f"a{i}", 0.1 * i, 0.6 * i) for i in range(1, 5)]
    belief = Shelf({q.option: q.p_accept for q in dear}, right=1.0)

    ranked = economy.rank(belief, [*dear, DEFER], Prices.of(5.0, latency_usd_per_hour=0))

    assert ranked[0].quote.option == "defer"
    assert ranked[0].score == 0
    assert all(s.score < 0 for s in ranked[1:])


def test_submitting_needs_four_fifths_at_the_default_price_of_a_wrong_patch() -> None:
    prices = Prices()

    assert economy.submit_value(0.8, prices) == pytest.approx(0.0)
    assert economy.submit_value(0.81, prices) > 0 > economy.submit_value(0.79, prices)


def test_a_doubtful_candidate_is_not_shown_and_a_better_chance_is_bought_instead() -> None:
    again = attempt("again", 0.5, 0.01)
    belief = Shelf({"again": 0.5}, right=0.95, at_hand=0.5)
    submit = Quote("submit", Action.SUBMIT, risk_events=0.5)

    ranked = economy.rank(belief, [again, submit, DEFER], Prices())

    assert [s.quote.option for s in ranked] == ["again", "defer", "submit"]
    assert ranked[-1].score == pytest.approx(5 * 0.5 - 20 * 0.5)


def test_a_tie_goes_to_the_cheaper_chance_and_then_to_deferring() -> None:
    nothing = Quote("plan", Action.PLAN, outcomes=((Verdict.INFORMED, 1.0),))

    ranked = economy.rank(Shelf({}), [nothing, DEFER], Prices())

    assert [s.score for s in ranked] == [0, 0]
    assert ranked[0].quote.option == "defer"


chances = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.floats(0, 1), st.floats(0, 2), st.floats(0, 60)),
    min_size=1,
)


@given(chances, st.floats(0.1, 1.0), st.floats(0.1, 20), st.floats(0, 20), st.floats(0, 50))
def test_worth_rises_with_value_and_falls_with_the_price_of_time_and_of_risk(
    menu: dict[str, tuple[float, float, float]],
    right: float,
    value: float,
    more: float,
    hour: float,
) -> None:
    quotes = [attempt(k, p, usd, latency_s=s) for k, (p, usd, s) in menu.items()]
    belief = Shelf({k: p for k, (p, _, _) in menu.items()}, right=right)

    def best(value: float, hour: float, risk: float) -> float:
        prices = Prices.of(value, latency_usd_per_hour=hour, risk_usd=risk)
        return economy.rank(belief, [*quotes, DEFER], prices)[0].score

    assert best(value + more, hour, 3.0) >= best(value, hour, 3.0) - 1e-9
    assert best(value, hour + more, 3.0) <= best(value, hour, 3.0) + 1e-9
    assert best(value, hour, 3.0 + more) <= best(value, hour, 3.0) + 1e-9


@given(chances)
def test_worth_is_never_below_stopping(menu: dict[str, tuple[float, float, float]]) -> None:
    quotes = [attempt(k, p, usd) for k, (p, usd, _) in menu.items()]
    belief = Shelf({k: p for k, (p, _, _) in menu.items()}, right=1.0, at_hand=0.9)

    assert economy.worth(belief, quotes, Prices()).usd >= economy.stop_worth(belief, Prices()).usd


def test_the_index_rule_finds_the_best_order_of_independent_attempts() -> None:
    """Against every order and stopping point, by brute force (Weitzman's theorem)."""
    shelf = {"a": (0.3, 0.2), "b": (0.5, 0.9), "c": (0.15, 0.05), "d": (0.2, 2.0)}
    prices = Prices.of(5.0, latency_usd_per_hour=0, risk_usd=0)

    def value(order: tuple[str, ...]) -> float:
        total, left = 0.0, 1.0
        for name in order:
            p, usd = shelf[name]
            total += left * (p * 5.0 - usd)
            left *= 1 - p
        return total

    orders = itertools.chain.from_iterable(
        itertools.permutations(shelf, n) for n in range(len(shelf) + 1)
    )
    quotes = [attempt(k, p, usd) for k, (p, usd) in shelf.items()]
    belief = Shelf({k: p for k, (p, _) in shelf.items()}, right=1.0)

    assert economy.worth(belief, quotes, prices).usd == pytest.approx(max(map(value, orders)))


def test_a_cobb_douglas_budget_is_split_by_exponent_over_price() -> None:
    alpha = {"read": 0.2, "edit": 0.5, "test": 0.3}
    price = {"read": 0.5, "edit": 2.0, "test": 1.0}

    def quality(units: dict[str, float]) -> float:
        return math.prod(units[use] ** a for use, a in alpha.items())

    units = economy.split_budget(100.0, price, quality, slices=4000)

    for use, a in alpha.items():
        assert units[use] == pytest.approx(a * 100.0 / price[use], rel=0.01)


def test_a_use_without_effect_gets_no_more_than_its_starting_slice() -> None:
    def quality(units: dict[str, float]) -> float:
        return units["edit"] ** 0.5

    units = economy.split_budget(10.0, {"edit": 1.0, "astrology": 1.0}, quality)

    assert units["astrology"] <= 0.01
    assert units["edit"] > 9.9


def test_a_dearer_use_shrinks_in_proportion_to_its_price() -> None:
    def quality(units: dict[str, float]) -> float:
        return units["a"] ** 0.5 * units["b"] ** 0.5

    before = economy.split_budget(50.0, {"a": 1.0, "b": 1.0}, quality, slices=4000)
    after = economy.split_budget(50.0, {"a": 1.0, "b": 2.0}, quality, slices=4000)

    assert after["b"] == pytest.approx(before["b"] / 2, rel=0.01)
    assert after["a"] == pytest.approx(before["a"], rel=0.01)


@pytest.mark.parametrize("bad", [-1.0, math.inf, math.nan])
def test_a_price_that_is_no_price_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="value_usd"):
        Prices(value_usd=bad)


def test_outcomes_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        Quote("x", Action.ACT, outcomes=((Verdict.ACCEPT, 0.5), (Verdict.REJECT, 0.4)))


def test_zero_priced_prices_are_the_defaults_that_the_receipt_shows() -> None:
    prices = Prices.of()

    assert (prices.value_usd, prices.risk_usd, prices.irreversible_usd) == (5.0, 20.0, 100.0)
    assert prices.latency_usd_per_s * 3600 == pytest.approx(10.0)
    assert FREE_TIME.latency_usd_per_s == 0
