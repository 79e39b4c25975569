from __future__ import annotations

from dataclasses import dataclass, field

from wire.headers import Headers


@dataclass
class Message:
    start: str
    headers: Headers = field(default_factory=Headers)
    body: str = ""


def read(text: str) -> Message:
    """A message of a start line, header lines, an empty line and a body.

    An indented line goes on with the header above it. Raises ValueError for other lines.
    """
    head, _, body = text.partition("\n\n")
    start, *lines = head.split("\n")
    message = Message(start, body=body)
    for name, value in _unfolded(lines):
        message.headers.add(name, value)
    return message


def _unfolded(lines: list[str]) -> list[list[str]]:
    pairs: list[list[str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and pairs:
            pairs[-1][1] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"not a header: {line!r}")
        pairs.append([name, value])
    return pairs


def write(message: Message) -> str:
    """The text of a message; a length is set where there is a body."""
    if message.body:
        message.headers.set("Length", str(len(message.body)))
    lines = [message.start, *(f"{name}: {value}" for name, value in message.headers)]
    return "\n".join(lines) + "\n\n" + message.body
