from __future__ import annotations

from collections.abc import Iterable

from stream.batching import batches, deduplicated
from stream.messages import Message, messages


class Store:
    """Takes whole batches, and is down now and then."""

    def __init__(self) -> None:
        self.kept: list[Message] = []
        self.writes = 0
        self.down = False

    def write(self, batch: list[Message]) -> None:
        if self.down:
            raise ConnectionError("the store is down")
        self.writes += 1
        self.kept.extend(batch)

    def mean(self, topic: str) -> float | None:
        values = [message.value for message in self.kept if message.topic == topic]
        return sum(values) / len(values) if values else None


def load(lines: Iterable[str], store: Store, most: int = 100) -> int:
    """Write all changes of a stream; returns how many messages were written."""
    written = 0
    for batch in batches(deduplicated(messages(lines)), most):
        store.write(batch)
        written += len(batch)
    return written
