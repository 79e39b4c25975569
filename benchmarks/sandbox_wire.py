"""A way to the Docker daemon that can be cut: a Unix socket that passes everything on."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from pathlib import Path
from types import TracebackType

_PIECE = 1 << 16


def daemon_socket() -> str:
    """Where the daemon listens, as its clients are told it."""
    return os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")


class Wire:
    """Listens at `path` while it is entered. The daemon itself is never touched."""

    def __init__(self, path: Path, daemon: str) -> None:
        self.path, self._daemon = path, daemon
        self._ear = socket.socket(socket.AF_UNIX)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._refuses = False

    def __enter__(self) -> Wire:
        self._ear.bind(str(self.path))
        self._ear.listen(64)
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._ear.shutdown(socket.SHUT_RDWR)
        self._ear.close()
        self.cut(for_good=True)
        self.path.unlink(missing_ok=True)

    def in_use(self) -> bool:
        with self._lock:
            return bool(self._open)

    def cut(self, *, for_good: bool) -> None:
        """Break every connection; `for_good`: those to come, too."""
        with self._lock:
            self._refuses = for_good
            for end in self._open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._ear.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(self._daemon)
            except OSError:
                near.close()
                continue
            with self._lock:
                refused = self._refuses
                self._open |= {near, far}
            if refused:
                self._forget(near, far)
                continue
            threading.Thread(target=self._both_ways, args=(near, far), daemon=True).start()

    def _both_ways(self, near: socket.socket, far: socket.socket) -> None:
        back = threading.Thread(target=_pass_on, args=(far, near), daemon=True)
        back.start()
        _pass_on(near, far)
        back.join()
        self._forget(near, far)

    def _forget(self, *ends: socket.socket) -> None:
        with self._lock:
            self._open -= set(ends)
            for end in ends:
                end.close()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    """Until one end has nothing more to say; says so to the other."""
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
