"""Each reported token is counted in exactly one kind, whatever style it is reported in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.demand.usage import most_tokens, usage_of, worst_cost
from fixit_runtime.agent.ledger import Usage
from fixit_runtime.agent.seams import TokenPrices

counts = st.integers(0, 10**6)
prices = st.floats(0, 1e-3)
optional_prices = st.none() | prices


def reported(
    prompt: int, output: int, total: int, *, read: int = 0, write: int = 0, reasoning: int = 0
) -> dict[str, object]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": output,
        "total_tokens": total,
        "prompt_tokens_details": {"cached_tokens": read, "cache_creation_tokens": write},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


@given(counts, counts, counts, counts)
def test_cached_tokens_inside_the_prompt_are_taken_out_of_it(
    fresh: int, read: int, write: int, output: int
) -> None:
    prompt = fresh + read + write
    usage = usage_of(reported(prompt, output + 1, prompt + output + 1, read=read, write=write))

    assert usage == Usage(fresh, read, write, output + 1)


@given(counts, st.integers(1, 10**6), counts, counts)
def test_cached_tokens_beside_the_prompt_are_left_beside_it(
    fresh: int, read: int, write: int, output: int
) -> None:
    total = fresh + read + write + output
    usage = usage_of(
        {
            "prompt_tokens": fresh,
            "completion_tokens": output,
            "total_tokens": total,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": write,
        }
    )

    assert usage == Usage(fresh, read, write, output)


@given(counts, counts, st.integers(1, 10**6))
def test_reasoning_is_part_of_the_output_however_it_is_reported(
    prompt: int, answer: int, reasoning: int
) -> None:
    output = answer + reasoning
    inside = usage_of(reported(prompt, output, prompt + output, reasoning=reasoning))
    beside = usage_of(reported(prompt, answer, prompt + output, reasoning=reasoning))

    assert inside == beside == Usage(prompt, output=output, reasoning=reasoning)


@given(st.dictionaries(
    st.sampled_from(["prompt_tokens", "completion_tokens", "total_tokens",
                     "prompt_tokens_details", "cache_read_input_tokens"]),
    st.none() | st.integers() | st.floats() | st.text() | st.booleans()
    | st.dictionaries(st.just("cached_tokens"), st.none() | st.integers() | st.text()),
))  # fmt: skip
def test_nonsense_is_never_a_negative_count(table: dict[str, object]) -> None:
    usage = usage_of(table)

    assert (
        usage is None
        or min(usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning) >= 0
    )


@pytest.mark.parametrize("table", [{}, {"prompt_tokens": 0, "completion_tokens": 0}])
def test_no_figures_are_no_usage_rather_than_a_free_call(table: dict[str, object]) -> None:
    assert usage_of(table) is None


@given(prices, prices, optional_prices, optional_prices, counts, counts, counts, counts)
def test_no_split_of_the_input_over_kinds_costs_more_than_the_worst_case(
    per_input: float,
    per_output: float,
    read_price: float | None,
    write_price: float | None,
    fresh: int,
    read: int,
    write: int,
    output: int,
) -> None:
    at = TokenPrices(per_input, per_output, read_price, write_price)

    actual = at.cost(Usage(fresh, read, write, output))
    assert actual <= worst_cost(at, fresh + read + write, output) * (1 + 1e-9)


@given(st.lists(st.text()), counts)
def test_a_bound_on_tokens_never_exceeds_a_token_a_byte_and_the_frame(
    texts: list[str], counted: int
) -> None:
    size = sum(len(text.encode(errors="replace")) for text in texts)

    assert most_tokens(counted, texts, 2.0) <= size + 16 * (len(texts) + 1)
    assert most_tokens(0, texts, 2.0) <= most_tokens(counted, texts, 2.0)
