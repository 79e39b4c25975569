"""One run as a warm worker is asked for it, and what its answer says."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fixit_runtime.agent.seams import RunLimits
from fixit_runtime.tools.warm_channel import Channel, deadline_of

Bytes = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Order:
    """A run, as `PytestCommand` asks a sandbox for it."""

    settings: Mapping[str, Any]
    limits: RunLimits
    env: Mapping[str, str]

    @property
    def args(self) -> list[str]:
        """pytest's, as the probe gives them."""
        return [*self.settings["args"], "-o", f"cache_dir={self.settings['cache_dir']}"]

    @property
    def nodeids(self) -> Sequence[str] | None:
        nodeids: Sequence[str] | None = self.settings["nodeids"]
        return nodeids


def ask(
    channel: Channel,
    limits: RunLimits,
    request: Mapping[str, Any],
    saved: dict[str, bytes | None] | None = None,
) -> dict[str, Any]:
    """Have the worker do one run. `saved` gets the files of the copy that it replaces meanwhile.
    Raises WorkerLost."""
    channel.send({**request, "limits": asdict(limits), "nonce": secrets.token_hex(16)})
    while True:
        answer = channel.receive(deadline_of(limits, len(request.get("candidates", "x"))))
        if saved is None or "saved" not in answer:
            return answer
        saved |= {
            path: None if text is None else text.encode("latin-1")
            for path, text in answer["saved"].items()
        }


def sent(files: Bytes) -> dict[str, str | None]:
    return {p: None if data is None else data.decode("latin-1") for p, data in files.items()}


def lines_of(report: str, event: str) -> list[dict[str, Any]]:
    """The lines of a report that say this; those that cannot be read are left out."""
    found = []
    for line in report.splitlines():
        if f'"e": "{event}"' in line:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return found


def believed(answer: Mapping[str, Any]) -> bytes:
    """The report; without its end where it is not this run's own."""
    lines = answer["report"].encode("latin-1").splitlines(keepends=True)
    if not answer["sealed"]:
        lines = [line for line in lines if b'"e": "end"' not in line]
    return b"".join(lines)
