"""Calls of language models, and what their tokens cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from fixit_runtime.agent.ledger import Ledger, Usage


@dataclass(frozen=True, slots=True)
class Message:
    role: str  # system, user or assistant
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """One model call. `max_output_tokens` bounds what can be billed."""

    model: str
    messages: tuple[Message, ...]
    max_output_tokens: int = 4096
    temperature: float = 0.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `model` is the one that answered, as the provider names it (the one asked
    where it does not say); `finish` is "stop", "length" (cut) or the provider's own word."""

    text: str
    usage: Usage
    cost_usd: float
    seconds: float
    model: str
    finish: str = "stop"
    calls: int = 1  # HTTP calls that may have been billed, retries included


class ModelGateway(Protocol):
    """The way to models. Only models that the user named are ever called."""

    def complete(self, request: Request, ledger: Ledger) -> Reply:
        """One completion. Reserves the worst case (input, max output, retries, at the price
        now) in the ledger first and settles with the billed usage.

        Raises: BudgetExceeded, UnknownModel, UnknownPrice, MissingKey, ModelError.
        """

    def count_tokens(self, model: str, messages: Iterable[Message]) -> int:
        """Input tokens of these messages, by the model's own tokenizer where known."""


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """USD per token of each kind, now, and where that was read."""

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None
    source: str = ""

    def cost(self, usage: Usage) -> float:
        """USD of this usage. A kind without a price of its own costs what input costs."""
        read = self.input if self.cache_read is None else self.cache_read
        write = self.input if self.cache_write is None else self.cache_write
        return (
            usage.input * self.input
            + usage.cache_read * read
            + usage.cache_write * write
            + usage.output * self.output
        )


class PriceBook(Protocol):
    """What tokens cost now."""

    def prices(self, model: str) -> TokenPrices:
        """Raises UnknownPrice: an unknown price is an error, never zero."""
