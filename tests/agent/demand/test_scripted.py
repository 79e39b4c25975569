"""ScriptedModel behaves to the ledger as a real gateway does."""

from __future__ import annotations

import pytest

from fixit_runtime.agent.demand.scripted import ScriptedModel
from fixit_runtime.agent.errors import BudgetExceeded, ModelError, UnknownPrice
from fixit_runtime.agent.ledger import Ledger, Limits, Usage
from fixit_runtime.agent.seams import Message, Reply, Request, TokenPrices
from fixit_runtime.agent.supply.pricebook import FixedPrices

PRICES = TokenPrices(1e-3, 2e-3)
BOOK = FixedPrices({"m": PRICES})
ASK = Request("m", (Message("user", "12345678"),), max_output_tokens=10)


def test_it_gives_its_answers_in_order_and_charges_each_by_its_tokens() -> None:
    model, ledger = ScriptedModel(["abcd", "abcdefgh"], BOOK), Ledger()

    replies = [model.complete(ASK, ledger), model.complete(ASK, ledger)]

    assert [reply.text for reply in replies] == ["abcd", "abcdefgh"]
    assert replies[0].usage == Usage(input=2, output=1)
    assert ledger.spent.model_usd == pytest.approx(4 * PRICES.input + 3 * PRICES.output)
    assert ledger.spent.usage == Usage(input=4, output=3)
    assert model.requests == [ASK, ASK]


def test_a_script_that_runs_out_says_so_and_costs_nothing() -> None:
    model, ledger = ScriptedModel([], BOOK), Ledger()

    with pytest.raises(ModelError, match="no answer left"):
        model.complete(ASK, ledger)
    assert ledger.spent.usd == 0


def test_the_cap_holds_before_an_answer_is_given() -> None:
    model = ScriptedModel(["abcd"], BOOK)

    with pytest.raises(BudgetExceeded):
        model.complete(ASK, Ledger(Limits(cost_usd=0.02)))
    assert model.requests == []


def test_an_answer_beyond_the_output_limit_is_cut() -> None:
    reply = ScriptedModel(["x" * 100], BOOK).complete(ASK, Ledger())

    assert (reply.text, reply.finish, reply.usage.output) == ("x" * 40, "length", 10)


def test_a_failure_is_raised_and_charged_only_where_it_may_have_been_billed() -> None:
    lost = ModelError("lost", usage_unknown=True)
    model, ledger = ScriptedModel([ModelError("down"), lost], BOOK), Ledger()

    with pytest.raises(ModelError, match="down"):
        model.complete(ASK, ledger)
    assert ledger.spent.usd == 0
    with pytest.raises(ModelError, match="lost"):
        model.complete(ASK, ledger)
    assert ledger.spent.usd == model.worst_usd(ASK)


def test_a_whole_reply_is_given_as_written() -> None:
    reply = Reply("x", Usage(1, 2, 3, 4), 0.5, 9.0, "m", "length", 2)
    ledger = Ledger()

    assert ScriptedModel([reply], BOOK).complete(ASK, ledger) == reply
    assert (ledger.spent.usd, ledger.spent.seconds) == (0.5, 9.0)


def test_a_model_without_a_price_is_refused() -> None:
    with pytest.raises(UnknownPrice):
        ScriptedModel(["x"], BOOK).check("other")
