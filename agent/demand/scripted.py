"""ScriptedModel: a model whose answers are written down beforehand.

Public: for tests, demonstrations and replays. It reserves, charges and runs out of money the
way a real gateway does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fixit_runtime.agent.demand.usage import most_tokens, texts_of, worst_cost
from fixit_runtime.agent.errors import ModelError
from fixit_runtime.agent.ledger import Ledger, Spend, Usage
from fixit_runtime.agent.seams import Message, PriceBook, Reply, Request

BYTES_PER_TOKEN = 4


@dataclass(slots=True)
class ScriptedModel:
    """A ModelGateway that gives the replies of its script, one a call, for any model.

    A text costs its tokens (one for every four bytes, here and in the prompt) at the price
    book's prices. A `Reply` is given as it stands, at its own cost. An exception is raised:
    free of charge, or at the worst case where it is a ModelError with `usage_unknown`. Past
    the end of the script a ModelError is raised and nothing is charged. `requests` keeps what
    was asked.
    """

    replies: Sequence[str | Exception | Reply]
    prices: PriceBook
    seconds: float = 1.0
    requests: list[Request] = field(default_factory=list, init=False)

    def check(self, model: str) -> None:
        """Raises UnknownPrice."""
        self.prices.prices(model)

    def count_tokens(self, model: str, messages: Iterable[Message]) -> int:
        return sum(_tokens(text) for text in texts_of(messages))

    def worst_usd(self, request: Request) -> float:
        """What `complete` will reserve for this request. Raises UnknownPrice."""
        counted = self.count_tokens(request.model, request.messages)
        most = most_tokens(counted, texts_of(request.messages), 1.0)
        return worst_cost(self.prices.prices(request.model), most, request.max_output_tokens)

    def complete(self, request: Request, ledger: Ledger) -> Reply:
        worst_usd = self.worst_usd(request)
        if len(self.requests) >= len(self.replies):
            raise ModelError(
                f"the script of {request.model} has no answer left: all {len(self.replies)} are "
                "given",
                hint="write down one answer for every call that the run makes",
            )
        with ledger.reserve(worst_usd) as reservation:
            answer = self.replies[len(self.requests)]
            self.requests.append(request)
            if isinstance(answer, Exception):
                lost = isinstance(answer, ModelError) and answer.usage_unknown
                usd = worst_usd if lost else 0.0
                reservation.settle(Spend(usd=usd, seconds=self.seconds, model_usd=usd))
                raise answer
            reply = self._reply(request, answer) if isinstance(answer, str) else answer
            usd = reply.cost_usd
            reservation.settle(Spend(usd, reply.seconds, usage=reply.usage, model_usd=usd))
        return reply

    def _reply(self, request: Request, text: str) -> Reply:
        """The text as a reply, cut where it is longer than the request allows."""
        limit, tokens = request.max_output_tokens, _tokens(text)
        finish = "stop" if tokens <= limit else "length"
        text = text.encode()[: limit * BYTES_PER_TOKEN].decode(errors="ignore")
        usage = Usage(self.count_tokens(request.model, request.messages), output=min(tokens, limit))
        cost_usd = self.prices.prices(request.model).cost(usage)
        return Reply(text, usage, cost_usd, self.seconds, request.model, finish)


def _tokens(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN)
