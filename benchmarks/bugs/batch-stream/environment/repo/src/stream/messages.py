from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    topic: str
    value: float
    size: int  # letters of its line


def messages(lines: Iterable[str]) -> Iterator[Message]:
    """Messages of JSON lines; empty lines and remarks are skipped. Raises ValueError."""
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if not line or line.startswith("//"):
            continue
        try:
            data = json.loads(line)
            yield Message(data["topic"], float(data["value"]), len(line))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number}: {error!r}") from error
