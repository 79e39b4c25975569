"""The worker's end of its way to fixit: a JSON object behind its length (four bytes, most
significant first) in each direction; bytes are strings of latin-1. Sent into the sandbox with
`worker.py`: Python 3.8+, standard library only."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Json = dict[str, Any]


class Channel:
    """The two descriptors that lead out of the sandbox."""

    def __init__(self, source: int, sink: int) -> None:
        self.source, self.sink = source, sink

    @classmethod
    def own(cls) -> Channel:
        """Take the descriptors 0 and 1 away from everything else in this process."""
        source, sink = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (0, 1))
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.close(null)
        return cls(source, sink)

    def receive(self) -> Json | None:
        """The next request; None when nobody will send one any more."""
        size = self._exactly(4)
        data = self._exactly(int.from_bytes(size, "big")) if size else b""
        return json.loads(data.decode("ascii")) if data else None

    def send(self, message: Json) -> None:
        data = json.dumps(message).encode("ascii")
        left = memoryview(len(data).to_bytes(4, "big") + data)
        while left:
            left = left[os.write(self.sink, left) :]

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = os.read(self.source, min(size - len(data), 1 << 20))
            if not piece:
                return b""
            data += piece
        return bytes(data)


def decoded(files: Mapping[str, str | None]) -> dict[str, bytes | None]:
    return {p: None if text is None else text.encode("latin-1") for p, text in files.items()}


def encoded(files: Mapping[str, bytes | None]) -> dict[str, str | None]:
    return {p: None if data is None else data.decode("latin-1") for p, data in files.items()}
