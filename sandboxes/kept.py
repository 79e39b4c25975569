"""A program that is left running in a container: `Process` over a hijacked connection."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, Any

from fixit_runtime.sandboxes.guard import USER
from fixit_runtime.sandboxes.stream import Stream

_PATIENCE_S = 60.0


class ContainerProcess:
    """A `Process` in a container. `end` kills it, and all that runs under the tests' uid."""

    tests_uid: int | None = USER
    alone = False  # the guard is there too, and what `run` has started

    def __init__(self, stream: Stream, end: Callable[[], object]) -> None:
        self.stdin: IO[bytes] = _Writer(stream)  # type: ignore[assignment]
        self.stdout: IO[bytes] = _Reader(stream)  # type: ignore[assignment]
        self._stream, self._end = stream, end

    def alive(self) -> bool:
        return not self._stream.over

    def kill(self) -> None:
        if not self._stream.over:
            self._end()
        self.close()

    def close(self) -> None:
        """Drop the connection: the container, and the program with it, is going."""
        self._stream.close()


class _Writer(io.RawIOBase):
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._stream.send(bytes(data))
        return len(data)


class _Reader(io.RawIOBase):
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left and not self._stream.over:
            if (frame := self._stream.receive(_PATIENCE_S)) is not None:
                self._left = frame.data
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)
