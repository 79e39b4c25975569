"""One HTTP call to a model through LiteLLM, and what its failure means for the bill.

LiteLLM is loaded once, quiet and offline: its own price map, retries, prints, logs, telemetry
and `.env` reading are off. No key is ever in a message of ours.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import logging
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from fixit_runtime.agent.demand.usage import usage_of
from fixit_runtime.agent.errors import FixitError, MissingKey, ModelError, UnknownModel, UsageError
from fixit_runtime.agent.ledger import Usage
from fixit_runtime.agent.seams import Message, Request

NOT_DONE = frozenset({429, 503, 529})  # by definition the server did not take the request
NO_KEY_NEEDED = "none"  # what a server on this machine is sent when no key is set
SIGNS_IN_A_PERSON = frozenset({"github_copilot", "chatgpt"})  # asks on the terminal, and waits
MESSAGE_LIMIT = 400
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL")
_SECRET_SHAPE = re.compile(r"\b(?:sk-|pk-|gsk_|xai-|hf_|r8_|AIza)[\w\-*]{12,}|Bearer \S+")
_NOISE = re.compile(r"^(?:litellm\.)?(?:\w+(?:Error|Exception)(?:: | - ))+")


@dataclass(frozen=True, slots=True)
class Route:
    """To whom a model's calls go. `key` is what is sent where the environment has none."""

    model: str
    provider: str
    api_base: str | None
    key: str | None

    @property
    def own_tokenizer(self) -> bool:
        """Whether the token counter has this model's tokenizer, or its near kin."""
        return self.provider in ("openai", "azure") and self.api_base is None


@dataclass(frozen=True, slots=True)
class Said:
    """What a model answered. `usage` is None where the provider did not say, and `model`, its
    name for who answered, is "" then."""

    text: str
    finish: str
    usage: Usage | None
    model: str = ""


class CallFailed(Exception):
    """A call that brought no usable answer.

    `retry`: the same call may succeed later. `may_be_billed`: the provider may have generated
    tokens for it. `usage` where it said how many. `wait_s` is what it asked to wait.
    """

    def __init__(
        self,
        error: FixitError,
        *,
        retry: bool = False,
        may_be_billed: bool = False,
        wait_s: float | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.retry = retry
        self.may_be_billed = may_be_billed
        self.wait_s = wait_s
        self.usage = usage


@cache
def load() -> ModuleType:
    """litellm, imported quietly and set up to keep to itself."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # no fetch of prices
    os.environ["LITELLM_MODE"] = "PRODUCTION"  # else it loads a .env it finds above itself
    os.environ["LITELLM_LOG"] = "CRITICAL"
    for name in [n for n, v in os.environ.items() if n.endswith("_API_KEY") and not v.strip()]:
        del os.environ[name]  # an empty key (a missing CI secret) would count as set
    with quiet():
        import litellm

    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "litellm"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    litellm.suppress_debug_info = True
    litellm.set_verbose = False
    litellm.telemetry = False
    litellm.drop_params = False
    litellm.disable_hf_tokenizer_download = True
    module: ModuleType = litellm
    return module


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What litellm and its libraries print or warn about does not reach the answer on stdout."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def find_route(model: str, api_base: str | None) -> Route:
    """Where calls to this model go, and that nothing known now stands in their way.

    Raises:
        UnknownModel: LiteLLM cannot route it.
        MissingKey: its provider wants a key; a server on this machine needs none.
        UsageError: its output cannot be bounded, so no cap could hold.
    """
    if not re.fullmatch(r"[\w./:@+-]+", model) or "://" in model:
        raise UnknownModel(f"{model!r} is not a model name", hint=_names_look(model))
    if model.partition("/")[0] in SIGNS_IN_A_PERSON:
        raise UnknownModel(
            f"{model} needs a person to sign in, which fixit cannot wait for",
            hint="name a model that is reached with a key",
        )
    litellm = load()
    with quiet():
        try:
            _, provider, _, _ = litellm.get_llm_provider(model, api_base=api_base)
            bounded = litellm.get_supported_openai_params(model, custom_llm_provider=provider)
            missing = litellm.validate_environment(model)["missing_keys"]
        except litellm.exceptions.BadRequestError:
            raise UnknownModel(
                f"LiteLLM does not know to whom a call to {model} goes", hint=_names_look(model)
            ) from None
    if bounded and not {"max_tokens", "max_completion_tokens"} & set(bounded):
        raise UsageError(
            f"{model}: {provider} takes no limit on output tokens, so no cap could hold",
            hint="name a model whose output can be bounded",
        )
    keys = _wanted_keys(provider, missing)
    if not keys:
        return Route(model, provider, api_base, None)
    if api_base is not None and is_loopback(api_base):
        return Route(model, provider, api_base, NO_KEY_NEEDED)
    raise MissingKey(
        f"{model} needs a key: {' or '.join(keys)} is not set",
        hint=f"export {keys[0]}=..., or leave this --model out",
    )


def send(request: Request, route: Route, timeout_s: float) -> Said:
    """One call, one HTTP request, no retries.

    `timeout_s` bounds the connection and every wait for further bytes. Raises CallFailed.
    """
    litellm = load()
    with quiet():
        try:
            reply = litellm.completion(
                model=request.model,
                messages=[{"role": m.role, "content": m.content} for m in request.messages],
                max_tokens=request.max_output_tokens,
                temperature=request.temperature,
                **({} if request.seed is None else {"seed": request.seed}),
                timeout=timeout_s,
                api_base=route.api_base,
                api_key=route.key,
                num_retries=0,
                max_retries=0,
                drop_params=True,  # a model that takes no temperature or seed goes without
            )
        except Exception as error:
            # litellm raises its providers' errors in hundreds of kinds; `from None`, since
            # their chains carry request headers
            raise failure_of(error, route) from None
    return _said(reply, route)


@lru_cache(maxsize=256)
def count_tokens(model: str, messages: tuple[Message, ...]) -> int:
    """Input tokens of these messages, offline: by the model's own tokenizer if OpenAI's, by
    OpenAI's otherwise."""
    litellm = load()
    with quiet():
        counted = litellm.token_counter(
            model=model, messages=[{"role": m.role, "content": m.content} for m in messages]
        )
    return int(counted)


def failure_of(error: Exception, route: Route) -> CallFailed:
    """What an exception of LiteLLM means for the run and for the bill."""
    status, wait_s, connected = _read_chain(error)
    said = f"{route.model}: {scrubbed(error)}"
    if not connected:
        hint = f"is {route.api_base or 'the network'} up and reachable from here?"
        return CallFailed(ModelError(f"{said} (no connection)", hint=hint), retry=True)
    if status in NOT_DONE:
        hint = "wait, or name another --model"
        return CallFailed(ModelError(f"{said} ({status})", hint=hint), retry=True, wait_s=wait_s)
    if status == 401:
        hint = "check the key in the environment variable of this provider"
        return CallFailed(MissingKey(f"{said} (401: the key was refused)", hint=hint))
    if status == 404:
        return CallFailed(UnknownModel(f"{said} (404)", hint=_names_look(route.model)))
    if status is not None and 400 <= status < 500 and status != 408:
        hint = "the key may have no access to this model" if status == 403 else ""
        return CallFailed(ModelError(f"{said} ({status})", hint=hint))
    hint = "the call may have been billed; it is counted at its worst case"
    lost = ModelError(said, hint=hint, usage_unknown=True)
    return CallFailed(lost, retry=True, may_be_billed=True)


def scrubbed(error: Exception) -> str:
    """An exception's text on one line, without its keys and LiteLLM's prefixes, bounded."""
    text = " ".join(str(error).split())
    for name, value in os.environ.items():
        if len(value) >= 8 and _SECRET_NAME.search(name.upper()):
            text = text.replace(value, f"<{name}>")
    text = _SECRET_SHAPE.sub("<key>", text)
    text = _NOISE.sub("", text)
    return text if len(text) <= MESSAGE_LIMIT else text[:MESSAGE_LIMIT] + " ..."


def is_loopback(api_base: str) -> bool:
    """Whether this endpoint is on this machine."""
    host = urlsplit(api_base).hostname or ""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def _said(reply: Any, route: Route) -> Said:
    """The parts of a reply that count. Raises CallFailed where there is no answer in it."""
    reported = getattr(reply, "usage", None)
    usage = usage_of(reported.model_dump()) if reported is not None else None
    if not reply.choices:
        lost = ModelError(f"{route.model}: the reply holds no choices", usage_unknown=usage is None)
        raise CallFailed(lost, retry=True, may_be_billed=True, usage=usage)
    choice = reply.choices[0]
    served = getattr(reply, "model", None)
    return Said(
        choice.message.content or "",
        str(choice.finish_reason or "stop"),
        usage,
        served if isinstance(served, str) else "",
    )


def _read_chain(error: BaseException) -> tuple[int | None, float | None, bool]:
    """(HTTP status, seconds asked to wait, whether a connection was made), from the innermost
    error that knows: LiteLLM renames statuses and hides headers."""
    import httpx

    status: int | None = None
    wait_s: float | None = None
    connected = True
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if isinstance(link, httpx.ConnectError | httpx.ConnectTimeout):
            connected = False
        response = getattr(link, "response", None)
        if isinstance(link, httpx.HTTPStatusError) and isinstance(response, httpx.Response):
            status = response.status_code
            wait_s = _seconds(response.headers.get("retry-after"))
        elif status is None:
            own = getattr(link, "status_code", None)
            status = own if isinstance(own, int) else None
        link = link.__cause__ or link.__context__
    return status, wait_s, connected


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds; None for a date or for none."""
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None


def _wanted_keys(provider: str, missing: list[str]) -> list[str]:
    """Which of the variables that LiteLLM misses are keys without which no call can work."""
    if provider in ("bedrock", "sagemaker", "vertex_ai"):
        return []  # these also take a machine's role or a login from elsewhere
    if provider == "azure" and os.environ.get("AZURE_AD_TOKEN"):
        return []
    return [name for name in missing if name.endswith(("KEY", "TOKEN"))]


def _names_look(model: str) -> str:
    """How model names look, and which known ones are near."""
    known = load().model_cost
    near = difflib.get_close_matches(model, known, 3, 0.7)
    like = f"names near to it: {', '.join(near)}; " if near else ""
    return (
        f"{like}names look like openai/gpt-5, anthropic/claude-sonnet-4-5 or, for your own "
        "server, openai/NAME with --api-base URL"
    )
