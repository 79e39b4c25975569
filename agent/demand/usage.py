"""Tokens by kind: as a provider reports them, and at most, before a call is made.

Providers count alike by name and unlike in fact. OpenAI and Gemini report cached tokens inside
the prompt; Anthropic's own API reports them apart (LiteLLM adds them in, other proxies may
not). Reasoning is inside the output at most providers, and beside it at some (xAI). Here every
token lands in exactly one kind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from fixit_runtime.agent.ledger import Usage
from fixit_runtime.agent.seams import Message, TokenPrices

OWN_TOKENIZER_MARGIN = 1.2  # the counter's tokenizer is the model's, or its near kin
FOREIGN_TOKENIZER_MARGIN = 2.0  # tokenizers differ by up to 1.6 on code, as far as is known
TOKENS_PER_MESSAGE = 16  # role markers and separators, above any chat format we know


def usage_of(reported: Mapping[str, object]) -> Usage | None:
    """The usage block of a chat completion, each token counted once.

    Args:
        reported: OpenAI's names (`prompt_tokens`, `prompt_tokens_details`, ...), with
            Anthropic's (`cache_creation_input_tokens`, `cache_read_input_tokens`) where given.
    Returns: None where the provider reported nothing.
    """
    prompt, output = _count(reported, "prompt_tokens"), _count(reported, "completion_tokens")
    total = _count(reported, "total_tokens")
    if prompt + output + total == 0:
        return None
    within = _table(reported, "prompt_tokens_details")
    read = _count(reported, "cache_read_input_tokens") or _count(within, "cached_tokens")
    write = _count(reported, "cache_creation_input_tokens") or _count(
        within, "cache_creation_tokens"
    )
    reasoning = _count(_table(reported, "completion_tokens_details"), "reasoning_tokens")
    if reasoning and total == prompt + output + reasoning:
        output += reasoning
    apart = read + write > prompt or (read + write and total == prompt + output + read + write)
    return Usage(
        input=prompt if apart else prompt - read - write,
        cache_read=read,
        cache_write=write,
        output=max(output, reasoning),
        reasoning=reasoning,
    )


def most_tokens(counted: int, texts: Iterable[str], margin: float) -> int:
    """An upper bound of the input tokens of messages that a counter puts at `counted`.

    Never above one token a byte, since every tokenizer in use falls back to bytes.
    """
    texts = list(texts)
    frame = TOKENS_PER_MESSAGE * (len(texts) + 1)
    size = sum(len(text.encode(errors="replace")) for text in texts)
    return min(math.ceil(counted * margin), size) + frame


def worst_cost(prices: TokenPrices, input_tokens: int, output_tokens: int) -> float:
    """USD of one call at most: all input is billed as the dearest of its kinds."""
    kinds = (
        Usage(input=input_tokens, output=output_tokens),
        Usage(cache_read=input_tokens, output=output_tokens),
        Usage(cache_write=input_tokens, output=output_tokens),
    )
    return max(prices.cost(usage) for usage in kinds)


def texts_of(messages: Iterable[Message]) -> list[str]:
    """The messages' texts."""
    return [message.content for message in messages]


def _count(table: Mapping[str, object], key: str) -> int:
    """A count of tokens; 0 for what is missing, negative or no number."""
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return max(0, int(value))


def _table(reported: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = reported.get(key)
    return value if isinstance(value, Mapping) else {}
