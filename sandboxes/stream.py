"""Both directions of one program in a container: Docker's hijacked connection.

What the program writes comes in frames: one byte which stream (1 stdout, 2 stderr), three of
nothing, four of length, then the bytes (Docker Engine API, "Attach to a container").
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

_HEADER = struct.Struct(">BxxxL")
_PIECE = 1 << 16
STDOUT, STDERR = 1, 2


@dataclass(frozen=True, slots=True)
class Frame:
    """A piece of output; `stream` is STDOUT or STDERR."""

    stream: int
    data: bytes


class Stream:
    """A connection made by the SDK's `exec_start(socket=True)` or `attach_socket`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        # the SDK gives a file over the socket, or over ssh a channel with the same methods
        self._socket: socket.socket = getattr(connection, "_sock", connection)
        self._socket.settimeout(None)  # once: one thread may send while another receives
        self._buffer = bytearray()
        self.over = False

    def send(self, data: bytes) -> None:
        """Write to the program's stdin; nothing happens if it has ended."""
        with contextlib.suppress(OSError):
            self._socket.sendall(data)

    def receive(self, seconds: float) -> Frame | None:
        """The next frame, or None when none has come in this time; `over` at the end."""
        until = time.monotonic() + seconds
        while (frame := self._frame()) is None and not self.over:
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._fill(left)
        return frame

    def close(self) -> None:
        """Drop the connection. Idempotent."""
        self.over = True
        response = getattr(self._connection, "_response", None)
        for part in (response, self._connection, self._socket):
            if part is not None:
                with contextlib.suppress(OSError, ValueError):
                    part.close()

    def _fill(self, seconds: float) -> None:
        decrypted = getattr(self._socket, "pending", int)()  # of TLS: no poll() sees it
        if not decrypted and not _readable(self._socket, seconds):
            return
        try:
            piece = self._socket.recv(_PIECE)
        except OSError:
            piece = b""  # the daemon dropped the connection: for us, the end
        self._buffer += piece
        self.over = self.over or not piece  # closed by another thread meanwhile, perhaps

    def _frame(self) -> Frame | None:
        if len(self._buffer) < _HEADER.size:
            return None
        stream, length = _HEADER.unpack_from(self._buffer)
        end = _HEADER.size + length
        if len(self._buffer) < end:
            return None
        data = bytes(self._buffer[_HEADER.size : end])
        del self._buffer[:end]
        return Frame(stream, data)


def _readable(connection: socket.socket, seconds: float) -> bool:
    try:
        waiting = select.poll()
        waiting.register(connection, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))
    except (OSError, ValueError):
        return True  # closed by another thread: reading says so
