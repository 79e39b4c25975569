from __future__ import annotations

from collections.abc import Iterable, Iterator

from stream.messages import Message


def batches(
    stream: Iterable[Message], most: int = 100, most_size: int = 10_000
) -> Iterator[list[Message]]:
    """Lists of at most `most` messages and `most_size` letters, in order and without gaps.

    A single message that is larger than `most_size` has a batch of its own.
    """
    batch: list[Message] = []
    size = 0
    for message in stream:
        if batch and (len(batch) == most or size + message.size > most_size):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += message.size


def deduplicated(stream: Iterable[Message]) -> Iterator[Message]:
    """Leaves out messages whose value is as it was in the last one of their topic."""
    latest: dict[str, float] = {}
    for message in stream:
        if latest.get(message.topic) != message.value:
            latest[message.topic] = message.value
            yield message
