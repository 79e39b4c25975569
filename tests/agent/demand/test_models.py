"""Real LiteLLM calls against a real HTTP server: what is charged, and what a failure says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixit_runtime.agent.demand.models import LONGEST_WAIT_S, Billing, Call, LiteLLMGateway
from fixit_runtime.agent.errors import (
    BudgetExceeded,
    MissingKey,
    ModelError,
    UnknownModel,
    UnknownPrice,
    UsageError,
)
from fixit_runtime.agent.ledger import Ledger, Limits, Usage
from fixit_runtime.agent.seams import Message, Request, TokenPrices
from fixit_runtime.agent.supply.pricebook import FixedPrices, ListPrices
from tests import openai_server as server
from tests.openai_server import MODEL, Answer, OpenAIServer

PRICES = TokenPrices(1e-6, 4e-6, cache_read=1e-7, cache_write=2e-6, source="test")
BOOK = FixedPrices({MODEL: PRICES})
ASK = Request(MODEL, (Message("system", "Be brief."), Message("user", "Say x.")), 50)
KEY = "sk-not-a-real-key-0123456789"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


class Endpoint:
    """A scripted server, a gateway to it, and what both saw."""

    def __init__(self, *answers: Answer, **options: float) -> None:
        self.server = OpenAIServer(answers)
        self.waits: list[float] = []
        self.calls: list[Call] = []
        self.ledger = Ledger(Limits(cost_usd=options.pop("cap", 1.0)))
        self.gateway = LiteLLMGateway(
            BOOK,
            api_base=self.server.url,
            sleep=self.waits.append,
            on_call=self.calls.append,
            timeout_s=options.pop("timeout_s", 20.0),
            retries=int(options.pop("retries", 4)),
        )

    def __enter__(self) -> Endpoint:
        self.server.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.__exit__(None, None, None)

    @property
    def one_call_usd(self) -> float:
        return self.gateway.worst_usd(ASK) / 2


def test_a_completion_is_charged_by_kind_of_token_at_our_own_prices() -> None:
    answer = server.text(
        "hello", prompt_tokens=1000, cached_tokens=600, completion_tokens=50, reasoning_tokens=30
    )
    with Endpoint(answer) as at:
        reply = at.gateway.complete(ASK, at.ledger)

    assert (reply.text, reply.finish, reply.calls) == ("hello", "stop", 1)
    assert reply.usage == Usage(input=400, cache_read=600, output=50, reasoning=30)
    assert reply.cost_usd == pytest.approx(400e-6 + 600 * 1e-7 + 50 * 4e-6)
    assert at.ledger.spent.model_usd == at.ledger.spent.usd == reply.cost_usd
    assert at.ledger.spent.usage == reply.usage
    assert at.ledger.held_usd == 0


def test_a_provider_that_lets_another_model_answer_is_found_out() -> None:
    with Endpoint(server.text("x", model="scripted-mini"), server.text("x")) as at:
        other, same = (at.gateway.complete(ASK, at.ledger) for _ in range(2))

    assert (other.model, same.model) == ("scripted-mini", "scripted")
    assert "scripted-mini answered" in at.calls[0].note
    assert (at.calls[0].served, at.calls[1].note) == ("scripted-mini", "")


def test_the_request_carries_the_messages_and_the_output_limit_and_a_stand_in_for_a_key() -> None:
    with Endpoint(server.text("x")) as at:
        at.gateway.complete(ASK, at.ledger)
        asked = at.server.requests[0]

    assert asked.body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Say x."},
    ]
    assert asked.body["max_tokens"] == 50
    assert asked.headers["Authorization"] == "Bearer none"


def test_a_key_of_the_environment_is_sent_to_a_server_on_this_machine_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with Endpoint(server.text("x")) as at:
        at.gateway.complete(ASK, at.ledger)

        assert at.server.requests[0].headers["Authorization"] == f"Bearer {KEY}"


def test_a_call_whose_worst_case_does_not_fit_is_never_made() -> None:
    with Endpoint(server.text("x"), cap=1e-5) as at:
        with pytest.raises(BudgetExceeded):
            at.gateway.complete(ASK, at.ledger)

        assert at.server.requests == []
    assert at.ledger.spent.usd == 0


def test_the_worst_case_covers_the_output_limit_and_the_repeat_that_may_be_billed() -> None:
    with Endpoint() as at:
        worst = at.gateway.worst_usd(ASK)

    assert worst >= 2 * (50 * PRICES.output)
    assert worst >= 2 * PRICES.cost(Usage(cache_write=10, output=50))


def test_a_cut_answer_says_so() -> None:
    with Endpoint(server.text("half of it", finish="length")) as at:
        assert at.gateway.complete(ASK, at.ledger).finish == "length"


def test_missing_usage_is_estimated_never_free() -> None:
    with Endpoint(server.without_usage("hello")) as at:
        reply = at.gateway.complete(ASK, at.ledger)

    assert reply.usage.input > 0 < reply.usage.output
    assert 0 < reply.cost_usd <= at.one_call_usd
    assert [call.billing for call in at.calls] == [Billing.ESTIMATED]


def test_a_rate_limit_is_waited_out_as_asked_and_costs_nothing() -> None:
    answers = [server.failure(429, retry_after=7), server.failure(503), server.text("at last")]
    with Endpoint(*answers) as at:
        reply = at.gateway.complete(ASK, at.ledger)

    assert reply.text == "at last"
    assert at.waits == [7.0, 2.0]
    assert [call.billing for call in at.calls] == [Billing.FREE, Billing.FREE, Billing.REPORTED]
    assert at.ledger.spent.usd == reply.cost_usd == PRICES.cost(reply.usage)


def test_one_http_request_is_one_attempt_since_no_library_retries_behind_our_back() -> None:
    with Endpoint(*[server.failure(429, retry_after=0)] * 9, retries=2) as at:
        with pytest.raises(ModelError, match="gave up after 3 calls"):
            at.gateway.complete(ASK, at.ledger)

        assert len(at.server.requests) == 3
    assert at.ledger.spent.usd == 0


def test_a_wait_beyond_reason_ends_the_call_and_says_how_long_it_would_be() -> None:
    hour = server.failure(429, retry_after=3600)
    with Endpoint(hour) as at, pytest.raises(ModelError, match="asks to wait 3600 s"):
        at.gateway.complete(ASK, at.ledger)

    assert at.waits == []
    assert LONGEST_WAIT_S < 3600


def test_no_wait_outlasts_the_deadline() -> None:
    half_a_minute = server.failure(429, retry_after=30)
    with Endpoint(half_a_minute) as at, pytest.raises(ModelError, match="no time is left"):
        at.gateway.complete(ASK, Ledger(Limits(deadline_s=10)))

    assert at.waits == []


@pytest.mark.parametrize(
    "lost",
    [server.failure(500), server.failure(502), server.malformed(), server.truncated()],
    ids=["500", "502", "malformed", "truncated"],
)
def test_a_call_of_unknown_fate_is_charged_at_its_own_worst_case_and_repeated_once(
    lost: Answer,
) -> None:
    with Endpoint(lost, server.text("second")) as at:
        reply = at.gateway.complete(ASK, at.ledger)

    assert reply.text == "second"
    assert reply.calls == 2
    assert [call.billing for call in at.calls] == [Billing.WORST_CASE, Billing.REPORTED]
    assert reply.cost_usd == pytest.approx(at.one_call_usd + PRICES.cost(reply.usage))
    assert at.ledger.spent.usd == reply.cost_usd <= 2 * at.one_call_usd


def test_an_endpoint_that_keeps_failing_ends_in_an_error_that_owns_up_to_the_cost() -> None:
    with Endpoint(*[server.failure(500)] * 5) as at:
        with pytest.raises(ModelError) as caught:
            at.gateway.complete(ASK, at.ledger)

        assert len(at.server.requests) == 2
    assert caught.value.usage_unknown
    assert caught.value.exit_code == 3
    assert at.ledger.spent.usd == pytest.approx(at.gateway.worst_usd(ASK))


def test_a_timeout_counts_as_billed() -> None:
    slow = server.text("too late", delay_s=30)
    with Endpoint(slow, timeout_s=0.2, retries=0) as at, pytest.raises(ModelError) as caught:
        at.gateway.complete(ASK, at.ledger)

    assert caught.value.usage_unknown
    assert at.ledger.spent.usd == at.gateway.worst_usd(ASK) > 0


def test_an_answer_without_choices_is_charged_as_reported_and_asked_for_again() -> None:
    with Endpoint(server.no_choices(), server.text("now")) as at:
        reply = at.gateway.complete(ASK, at.ledger)

    assert reply.text == "now"
    assert reply.usage == Usage(input=200, output=40)


def test_no_connection_is_free_and_names_the_endpoint() -> None:
    gateway = LiteLLMGateway(
        BOOK, api_base="http://127.0.0.1:9/v1", retries=1, sleep=lambda seconds: None
    )
    ledger = Ledger()

    with pytest.raises(ModelError, match=r"(?s)no connection.*127\.0\.0\.1:9") as caught:
        gateway.complete(ASK, ledger)

    assert not caught.value.usage_unknown
    assert ledger.spent.usd == 0


def test_an_interrupted_call_is_charged_as_if_it_were_billed_and_its_repeats_are_not() -> None:
    never = Answer(delay_s=30, arrived=lambda: os.kill(os.getpid(), signal.SIGINT))
    with Endpoint(never) as at, pytest.raises(KeyboardInterrupt):
        at.gateway.complete(ASK, at.ledger)

    assert at.ledger.spent.usd == pytest.approx(at.one_call_usd)
    assert at.ledger.held_usd == 0


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, MissingKey, "key was refused"),
        (403, ModelError, "no access"),
        (404, UnknownModel, "names look like"),
        (400, ModelError, "scripted"),
    ],
)
def test_a_refusal_is_final_and_free_and_says_what_to_do(
    status: int, kind: type[Exception], words: str
) -> None:
    with Endpoint(server.failure(status), server.text("not asked for")) as at:
        with pytest.raises(kind, match=words):
            at.gateway.complete(ASK, at.ledger)

        assert len(at.server.requests) == 1
    assert at.ledger.spent.usd == 0


def test_no_key_is_ever_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with (
        Endpoint(server.failure(401, f"wrong key {KEY} or Bearer {KEY}")) as at,
        pytest.raises(MissingKey) as caught,
    ):
        at.gateway.complete(ASK, at.ledger)

    shown = capfd.readouterr()
    chained = caught.value.__cause__
    for text in (str(caught.value), repr(chained), shown.out, shown.err, repr(at.calls)):
        assert KEY not in text
    assert shown.out == ""


def test_a_successful_call_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with Endpoint(server.text("x"), server.failure(500), server.text("x")) as at:
        at.gateway.complete(ASK, at.ledger)
        at.gateway.complete(ASK, at.ledger)

    assert capfd.readouterr() == ("", "")


def test_anthropic_style_usage_counts_cached_tokens_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = "anthropic/claude-sonnet-4-5"
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    body = {
        "id": "m", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "end",
        "content": [{"type": "text", "text": "hi"}],
        "usage": {"input_tokens": 10, "cache_creation_input_tokens": 100,
                  "cache_read_input_tokens": 1000, "output_tokens": 5},
    }  # fmt: skip
    with OpenAIServer([server.raw(body)]) as at:
        gateway = LiteLLMGateway(FixedPrices({model: PRICES}), api_base=at.root)
        reply = gateway.complete(Request(model, ASK.messages), Ledger())

    assert reply.usage == Usage(input=10, cache_read=1000, cache_write=100, output=5)


def test_gemini_style_usage_counts_thoughts_as_output(monkeypatch: pytest.MonkeyPatch) -> None:
    model = "gemini/gemini-2.5-pro"
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    body = {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": "hi"}]}, "finishReason": "STOP"}
        ],
        "usageMetadata": {
            "promptTokenCount": 1000, "cachedContentTokenCount": 600,
            "candidatesTokenCount": 5, "thoughtsTokenCount": 40, "totalTokenCount": 1045,
        },
    }  # fmt: skip
    with OpenAIServer([server.raw(body)]) as at:
        gateway = LiteLLMGateway(FixedPrices({model: PRICES}), api_base=at.root)
        reply = gateway.complete(Request(model, ASK.messages), Ledger())

    assert reply.usage == Usage(input=400, cache_read=600, output=45, reasoning=40)


@pytest.mark.parametrize("model", ["nonsense", "nobody/model-1", "", "hugging/https://x.test/y"])
def test_a_name_that_cannot_be_routed_is_refused_before_any_call(model: str) -> None:
    with pytest.raises(UnknownModel, match="names look like") as caught:
        LiteLLMGateway(FixedPrices({model: PRICES})).check(model)

    assert caught.value.exit_code == 2


def test_a_near_miss_is_told_the_name_that_was_meant() -> None:
    with pytest.raises(UnknownModel, match=r"near to it: .*claude-sonnet-4-5"):
        LiteLLMGateway(ListPrices()).check("cluade-sonnet-4-5")


def test_a_model_with_a_route_but_no_price_is_refused() -> None:
    gateway = LiteLLMGateway(ListPrices(), api_base="http://127.0.0.1:9/v1")

    with pytest.raises(UnknownPrice, match=r"--price 'openai/scripted=IN,OUT'"):
        gateway.check(MODEL)


@pytest.mark.parametrize(
    ("model", "variable"), [("openai/gpt-5", "OPENAI_API_KEY"), ("gemini/x", "GEMINI_API_KEY")]
)
def test_a_missing_key_is_named_before_any_call(model: str, variable: str) -> None:
    with pytest.raises(MissingKey, match=variable):
        LiteLLMGateway(FixedPrices({model: PRICES})).check(model)


def test_a_far_endpoint_needs_a_key_where_one_on_this_machine_needs_none() -> None:
    LiteLLMGateway(BOOK, api_base="http://localhost:9/v1").check(MODEL)
    with pytest.raises(MissingKey):
        LiteLLMGateway(BOOK, api_base="http://127.0.0.1.example.org/v1").check(MODEL)


def test_a_model_that_asks_a_person_to_sign_in_is_refused() -> None:
    with pytest.raises(UnknownModel, match="sign in"):
        LiteLLMGateway(ListPrices()).check("github_copilot/gpt-4o")


def test_a_provider_that_takes_no_output_limit_is_refused() -> None:
    with pytest.raises(UsageError, match="no cap could hold"):
        LiteLLMGateway(FixedPrices({"v0/m": PRICES})).check("v0/m")


def test_a_dotenv_file_of_the_repository_is_not_loaded(tmp_path: Path) -> None:
    """litellm by itself loads the nearest .env: one of an untrusted repository could send
    calls, and keys with them, elsewhere."""
    (tmp_path / ".env").write_text("OPENAI_API_BASE=http://elsewhere.test\n")
    code = (
        "import os; from fixit_runtime.agent.demand.endpoint import load; load(); "
        "print(os.environ.get('OPENAI_API_BASE'))"
    )
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("LITELLM", "OPENAI"))}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.split() == ["None"]
