"""Prices are the user's, or LiteLLM's list, or an error; never silently zero."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.errors import UnknownPrice, UsageError
from fixit_runtime.agent.ledger import Usage
from fixit_runtime.agent.seams import TokenPrices
from fixit_runtime.agent.supply.pricebook import (
    FixedPrices,
    ListPrices,
    TieredPrices,
    nearest,
    parse_prices,
    price_map,
)

LIST = ListPrices()


def listed_as(**figures: object) -> str:
    """Some model of the installed map whose entry has these figures and no rising prices."""
    return next(
        name
        for name, entry in sorted(price_map().items())
        if entry.get("mode") == "chat"
        and all(entry.get(key) == value for key, value in figures.items())
        and "tiered_pricing" not in entry
        and not any("above" in key for key in entry)
    )


def test_a_listed_price_names_its_source_with_its_version() -> None:
    prices = LIST.prices("gpt-4o-mini")

    assert prices.output > prices.input > 0
    assert prices.source.startswith("litellm ")
    assert prices.source.endswith(" price map")


def test_reading_the_list_does_not_import_litellm() -> None:
    code = (
        "import sys; from fixit_runtime.agent.supply.pricebook import ListPrices; "
        "print(ListPrices().prices('gpt-4o-mini').input, 'litellm' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.split() == [str(LIST.prices("gpt-4o-mini").input), "False"]


@pytest.mark.parametrize(
    "name", ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5", "vertex_ai/gemini-2.5-pro"]
)
def test_a_providers_prefix_finds_the_providers_own_entry(name: str) -> None:
    assert LIST.prices(name).input > 0


@pytest.mark.parametrize("name", ["together_ai/gpt-4o-mini", "openrouter/x/gpt-4o-mini"])
def test_another_sellers_price_is_not_taken(name: str) -> None:
    with pytest.raises(UnknownPrice, match="does not list"):
        LIST.prices(name)


def test_a_zero_in_the_list_is_unknown_and_the_hint_says_how_to_say_it() -> None:
    model = listed_as(input_cost_per_token=0.0, output_cost_per_token=0.0)

    with pytest.raises(UnknownPrice, match="missing or zero") as caught:
        LIST.prices(model)
    assert f"--price '{model}=IN,OUT'" in caught.value.hint
    assert caught.value.exit_code == 2


def test_a_zero_that_the_user_says_is_a_price() -> None:
    own = ListPrices(parse_prices(["ollama/llama3=0,0"]))

    assert own.prices("ollama/llama3").cost(Usage(10**6, output=10**6)) == 0


def test_what_is_no_text_model_has_no_price_per_token() -> None:
    with pytest.raises(UnknownPrice, match="not for text"):
        LIST.prices("text-embedding-3-small")


def test_a_misspelt_name_is_told_the_near_ones() -> None:
    with pytest.raises(UnknownPrice, match="gpt-4o-mini"):
        LIST.prices("gpt-4o-mni")
    assert nearest("zzzzzzzzzz") == ()


def test_the_users_price_wins_over_the_list() -> None:
    own = ListPrices(parse_prices(["gpt-4o-mini=7,9,1,8"]))

    prices = own.prices("gpt-4o-mini")
    mixed = Usage(input=1, output=10, cache_read=100, cache_write=1000)
    assert prices.cost(mixed) == pytest.approx((7 + 90 + 100 + 8000) * 1e-6)
    assert prices.source == "the user's own price"


def test_a_price_on_the_command_line_wins_over_one_in_a_file() -> None:
    prices = parse_prices(["a=b=1,2"], {"a=b": (5.0, 6.0), "c": (3.0, 4.0)})

    assert prices["a=b"].input == pytest.approx(1e-6)
    assert prices["c"].output == pytest.approx(4e-6)


@pytest.mark.parametrize(
    "flag", ["m", "m=", "m=1", "m=1,x", "=1,2", "m=-1,2", "m=1,inf", "m=1,2,3,4,5"]
)
def test_an_ill_formed_price_is_refused_with_an_example(flag: str) -> None:
    with pytest.raises(UsageError, match="for instance --price"):
        parse_prices([flag])


def test_a_long_prompt_is_charged_at_the_price_of_long_prompts() -> None:
    prices = LIST.prices("gemini/gemini-2.5-pro")
    assert isinstance(prices, TieredPrices)
    long = prices.thresholds[0]

    assert prices.cost(Usage(long.above)) == pytest.approx(long.above * prices.input)
    assert prices.cost(Usage(long.above, output=1, cache_read=1)) == pytest.approx(
        long.above * long.prices.input + (long.prices.cache_read or 0) + long.prices.output
    )
    assert long.prices.input > prices.input


def test_a_price_list_by_range_is_read() -> None:
    prices = LIST.prices("dashscope/qwen-flash")

    assert isinstance(prices, TieredPrices)
    assert [t.above for t in prices.thresholds] == [256_000]


def test_reasoning_that_costs_more_prices_all_output() -> None:
    entry = price_map()["dashscope/qwen-turbo"]

    assert LIST.prices("dashscope/qwen-turbo").output == entry["output_cost_per_reasoning_token"]


def test_the_whole_list_holds_no_free_model_and_the_users_own_come_first() -> None:
    rows = list(ListPrices({"my/own": TokenPrices(0.0, 0.0)}).spread())

    assert rows[0][0] == "my/own"
    assert len(rows) > 1000
    assert all(p.input > 0 and p.output > 0 and p.cache_read != 0 for _, p in rows[1:])
    assert len({name for name, _ in rows}) == len(rows)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**4))
def test_more_tokens_never_cost_less(first: int, second: int, output: int) -> None:
    prices = LIST.prices("gemini/gemini-2.5-pro")
    fewer, more = sorted((first, second))

    assert prices.cost(Usage(fewer, output=output)) <= prices.cost(Usage(more, output=output))


def test_fixed_prices_know_just_what_they_hold() -> None:
    book = FixedPrices({"m": TokenPrices(1.0, 2.0)})

    assert book.prices("m").output == 2.0
    with pytest.raises(UnknownPrice, match="n costs"):
        book.prices("n")
