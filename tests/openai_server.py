"""A real HTTP server on loopback that speaks the OpenAI chat protocol from a script.

    with OpenAIServer([failure(429, retry_after=0), text("hello")]) as server:
        LiteLLMGateway(prices, api_base=server.url).complete(...)   # model "openai/scripted"

Every POST takes the next answer of the script, whatever its path, so that bodies of other
providers (`raw`) can be served too. Requests are recorded. Past the end it answers 400.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

MODEL = "openai/scripted"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. `cut_after` closes the connection after so many bytes of the body;
    `arrived` is called when the request is in, and `delay_s` waits before the first byte."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut_after: int | None = None
    arrived: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Received:
    """One request that arrived."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """The texts of all messages, one after another."""
        return "\n".join(str(m["content"]) for m in self.body["messages"])


def text(
    content: str,
    *,
    prompt_tokens: int = 100,
    completion_tokens: int = 20,
    cached_tokens: int = 0,
    reasoning_tokens: int = 0,
    finish: str = "stop",
    delay_s: float = 0.0,
    model: str = "scripted",
) -> Answer:
    """A completion. As OpenAI counts: cached tokens are inside `prompt_tokens`, reasoning
    tokens inside `completion_tokens`. `model` is who the server says has answered."""
    usage = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_tokens_details": {"cached_tokens": cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": reasoning_tokens},
    }
    return raw({**_completion(content, finish, usage), "model": model}, delay_s=delay_s)


def without_usage(content: str) -> Answer:
    return raw(_completion(content, "stop", None))


def no_choices() -> Answer:
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return raw({**_completion("", "stop", usage), "choices": []})


def raw(body: Mapping[str, Any], *, status: int = 200, delay_s: float = 0.0) -> Answer:
    return Answer(json.dumps(body).encode(), status, delay_s=delay_s)


def failure(status: int, message: str = "scripted", *, retry_after: float | None = None) -> Answer:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    error = {"error": {"message": message, "type": "scripted_error", "code": None}}
    return Answer(json.dumps(error).encode(), status, headers)


def malformed() -> Answer:
    return Answer(b'{"id": "x", "choices": [')


def truncated(content: str = "cut") -> Answer:
    return Answer(text(content).body, cut_after=40)


def _completion(content: str, finish: str, usage: Mapping[str, Any] | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": "scripted",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": content},
            }
        ],
    }
    return body if usage is None else {**body, "usage": usage}


class OpenAIServer:
    """Serves the script on 127.0.0.1, at a free port, from `with` to its end."""

    def __init__(self, script: Iterable[Answer] = ()) -> None:
        self.script = list(script)
        self.requests: list[Received] = []
        self._turn = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """What `api_base` is set to."""
        return f"{self.root}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _next(self, received: Received) -> Answer:
        with self._turn:
            self.requests.append(received)
            if len(self.requests) > len(self.script):
                return failure(400, f"the script ends after {len(self.script)} answers")
            return self.script[len(self.requests) - 1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.title(): value for name, value in self.headers.items()}
                received = Received(self.path, headers, json.loads(body or b"{}"))
                answer = server._next(received)
                answer.arrived()
                if answer.delay_s and server._closing.wait(answer.delay_s):
                    return
                with contextlib.suppress(OSError):  # a client with a timeout goes away
                    self._send(answer)

            def _send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body[: answer.cut_after])
                self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
