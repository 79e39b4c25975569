"""LiteLLMGateway: completions that are paid for before they are made.

A call's worst case is reserved first: its input at the dearest input kind, its whole output
limit, and as many repeats as may be billed. What the provider then reports is what is charged,
at the PriceBook's prices. A call whose fate is unknown (a timeout, a cut line, a server error)
is charged at its own worst case; one that was not taken (429, 503, 529, no connection) is free.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import StrEnum

from fixit_runtime.agent.demand import endpoint
from fixit_runtime.agent.demand.endpoint import CallFailed, Route, Said
from fixit_runtime.agent.demand.router import same_model
from fixit_runtime.agent.demand.usage import (
    FOREIGN_TOKENIZER_MARGIN,
    OWN_TOKENIZER_MARGIN,
    most_tokens,
    texts_of,
    worst_cost,
)
from fixit_runtime.agent.errors import FixitError, ModelError
from fixit_runtime.agent.ledger import Ledger, Spend, Usage
from fixit_runtime.agent.seams import Clock, Message, PriceBook, Reply, Request, TokenPrices

TIMEOUT_S = 180.0
RETRIES = 4
PAID_RETRIES = 1
FIRST_WAIT_S = 1.0  # doubled at each further retry, unless the provider says how long
LONGEST_WAIT_S = 60.0


class Billing(StrEnum):
    """How the cost of one call is known."""

    REPORTED = "reported"  # by the provider's own usage figures
    ESTIMATED = "estimated"  # it reported none: counted here, erring high
    WORST_CASE = "worst case"  # its fate is unknown, so it is counted at what was reserved
    FREE = "free"  # the provider did not take it


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call to a model, as it goes into the trace. `attempt` counts from 1; `served` is
    the provider's own name for the model that answered, "" where it gives none."""

    request: Request
    attempt: int
    billing: Billing
    usage: Usage
    cost_usd: float
    seconds: float
    price_source: str
    reply: str = ""
    finish: str = ""
    error: str = ""
    served: str = ""

    @property
    def note(self) -> str:
        """What a receipt has to say of the call: that another model answered than was asked."""
        if same_model(self.request.model, self.served):
            return ""
        return f"{self.request.model} was asked, but its provider says that {self.served} answered"


@dataclass(slots=True)
class _Bill:
    """What the calls of one completion cost so far; a call in flight counts at its worst."""

    worst_usd: float
    usd: float = 0.0
    usage: Usage = field(default_factory=Usage)
    calls: int = 0
    billed: int = 0
    in_flight: bool = False

    def open(self) -> None:
        self.calls, self.in_flight = self.calls + 1, True

    def close(self, usd: float, usage: Usage, billing: Billing) -> None:
        self.usd, self.usage = self.usd + usd, self.usage + usage
        self.billed += billing is not Billing.FREE
        self.in_flight = False

    def spend(self, seconds: float) -> Spend:
        usd = self.usd + (self.worst_usd if self.in_flight else 0.0)
        return Spend(usd=usd, seconds=seconds, usage=self.usage, model_usd=usd)


@dataclass(slots=True)
class LiteLLMGateway:
    """A ModelGateway over LiteLLM: any provider that it reaches, by real HTTP.

    `retries` bounds the repeats of a call that failed, of which at most `paid_retries` may
    follow calls that may have been billed. `timeout_s` bounds each wait for the endpoint, and
    so does the time that the ledger leaves. `on_call` is told of every HTTP call. Not shared
    between threads.
    """

    prices: PriceBook
    _: KW_ONLY
    api_base: str | None = None
    timeout_s: float = TIMEOUT_S
    retries: int = RETRIES
    paid_retries: int = PAID_RETRIES
    clock: Clock = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    on_call: Callable[[Call], None] = lambda call: None
    _routes: dict[str, Route] = field(default_factory=dict, init=False)

    def check(self, model: str) -> None:
        """All that can be known of a model without paying: routable, priced, its key set.

        Raises: UnknownModel, UnknownPrice, MissingKey, UsageError.
        """
        self._route(model)
        self.prices.prices(model)

    def count_tokens(self, model: str, messages: Iterable[Message]) -> int:
        return endpoint.count_tokens(model, tuple(messages))

    def worst_usd(self, request: Request) -> float:
        """What `complete` will reserve for this request now.

        Raises: UnknownModel, UnknownPrice, MissingKey, UsageError.
        """
        return self._one_call_usd(request) * (1 + self._paid_retries)

    def complete(self, request: Request, ledger: Ledger) -> Reply:
        route, prices = self._route(request.model), self.prices.prices(request.model)
        bill, started = _Bill(self._one_call_usd(request)), self.clock()
        with ledger.reserve(self.worst_usd(request)) as reservation:
            try:
                said = self._persist(request, route, prices, bill, ledger.left_s)
            finally:
                reservation.settle(bill.spend(self.clock() - started))
        seconds, model = self.clock() - started, said.model or request.model
        return Reply(
            said.text, bill.usage, bill.usd, seconds, model, said.finish, max(1, bill.billed)
        )

    @property
    def _paid_retries(self) -> int:
        return min(self.retries, self.paid_retries)

    def _persist(
        self, request: Request, route: Route, prices: TokenPrices, bill: _Bill, left_s: float
    ) -> Said:
        """Call until there is an answer, or no repeat is left or allowed."""
        end_s = self.clock() + left_s
        while True:
            try:
                return self._call(request, route, prices, bill, end_s)
            except CallFailed as failed:
                wait_s = failed.wait_s
                if wait_s is None:
                    wait_s = min(FIRST_WAIT_S * 2 ** (bill.calls - 1), LONGEST_WAIT_S)
                if (why := self._why_not_again(failed, bill, wait_s, end_s)) is not None:
                    raise _final(failed.error, why, bill) from None
                self.sleep(wait_s)

    def _call(
        self, request: Request, route: Route, prices: TokenPrices, bill: _Bill, end_s: float
    ) -> Said:
        """One HTTP call, billed and told of. Raises CallFailed."""
        started = self.clock()
        bill.open()
        try:
            outcome: Said | CallFailed = endpoint.send(
                request, route, min(self.timeout_s, max(1.0, end_s - started))
            )
        except CallFailed as failed:
            outcome = failed
        usage, billing = self._usage(request, outcome)
        usd = bill.worst_usd if billing is Billing.WORST_CASE else prices.cost(usage)
        bill.close(usd, usage, billing)
        seconds, source = self.clock() - started, prices.source
        call = Call(request, bill.calls, billing, usage, usd, seconds, source)
        if isinstance(outcome, CallFailed):
            self.on_call(replace(call, error=str(outcome)))
            raise outcome
        self.on_call(replace(call, reply=outcome.text, finish=outcome.finish, served=outcome.model))
        return outcome

    def _why_not_again(
        self, failed: CallFailed, bill: _Bill, wait_s: float, end_s: float
    ) -> str | None:
        """Why the call is not repeated ("" where the error says it all); None to repeat it."""
        if not failed.retry:
            return ""
        if bill.calls > self.retries or bill.billed > self._paid_retries:
            return f"gave up after {bill.calls} calls"
        if wait_s > LONGEST_WAIT_S:
            return f"it asks to wait {wait_s:.0f} s"
        if self.clock() + wait_s >= end_s:
            return "no time is left to try again"
        return None

    def _usage(self, request: Request, outcome: Said | CallFailed) -> tuple[Usage, Billing]:
        if outcome.usage is not None:
            return outcome.usage, Billing.REPORTED
        if isinstance(outcome, CallFailed):
            return Usage(), Billing.WORST_CASE if outcome.may_be_billed else Billing.FREE
        answer = (Message("assistant", outcome.text),)
        output = min(self._most(request.model, answer), request.max_output_tokens)
        return Usage(self._most(request.model, request.messages), output=output), Billing.ESTIMATED

    def _one_call_usd(self, request: Request) -> float:
        most_input = self._most(request.model, request.messages)
        return worst_cost(self.prices.prices(request.model), most_input, request.max_output_tokens)

    def _most(self, model: str, messages: tuple[Message, ...]) -> int:
        own = self._route(model).own_tokenizer
        margin = OWN_TOKENIZER_MARGIN if own else FOREIGN_TOKENIZER_MARGIN
        return most_tokens(self.count_tokens(model, messages), texts_of(messages), margin)

    def _route(self, model: str) -> Route:
        if model not in self._routes:
            self._routes[model] = endpoint.find_route(model, self.api_base)
        return self._routes[model]


def _final(error: FixitError, why: str, bill: _Bill) -> FixitError:
    """The error as the caller sees it, with why it was not tried again."""
    if not isinstance(error, ModelError):
        return error
    message = f"{error.message}; {why}" if why else error.message
    return ModelError(
        message, hint=error.hint, usage_unknown=error.usage_unknown or bill.billed > 0
    )
