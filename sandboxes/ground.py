"""What stands outside a sandbox while it is attacked: an attack that succeeds shows here.

A service that listens on every address of this machine, a process, files with a secret in them,
an environment variable. Nothing of it is told to the code inside but where it stands.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import TracebackType

from fixit_runtime.sandboxes.leftovers import new_folder, remove

# programs and libraries that nobody changes while an attack runs
_SYSTEM = ("/bin/sh", "/usr/bin/env", "/usr/bin/factor", "/etc/passwd", "/etc/issue")
_SETTINGS = ("kernel/core_pattern", "kernel/hostname", "net/ipv4/ip_forward", "vm/swappiness")
_PLACES = ("/", "/usr", "/usr/bin", "/etc", "/home", "/root", "/var", "/opt", "/srv", "/mnt")
_VARIABLE = "FIXIT_GROUND_SECRET"
_VICTIM = "import sys; sys.stdin.read()"


class Ground:
    """Stands as long as it is entered. `secret` is what nobody inside may learn; `told` is what
    an attacker is told about: where the targets stand, as JSON can hold it."""

    def __init__(self) -> None:
        self.secret = f"secret-{secrets.token_hex(12)}"
        self.folder = Path()
        self._open = contextlib.ExitStack()
        self._ears: dict[socket.socket, str] = {}
        self._victim: subprocess.Popen[bytes] | None = None
        self._before: dict[str, object] = {}
        self.told: dict[str, object] = {}

    def __enter__(self) -> Ground:
        self._open.__enter__()
        try:
            self._stand()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def damage(self, token: str, output: bytes) -> list[str]:
        """What an attack has done out here, in words; nothing if it was contained. Processes and
        files of an attack bear its token; what it wrote is searched for the secret."""
        found = [f"it reached {where}" for where in self._heard()]
        if self.secret.encode() in output:
            found.append("it read a secret of this machine")
        if self._victim is None or self._victim.poll() is not None:
            found.append("it killed a process of this machine")
        before, now = self._before, self._state()
        found += [f"it changed {what}" for what in before if before[what] != now.get(what)]
        found += [f"it made {p}/{token}" for p in _PLACES if os.path.lexists(f"{p}/{token}")]
        if token in Path("/proc/self/mountinfo").read_text(errors="replace"):
            found.append("it mounted something")
        return found

    def _stand(self) -> None:
        self.folder, held = new_folder(prefix="fixit-ground-")
        self._open.callback(os.close, held)
        self._open.callback(remove, self.folder)
        (self.folder / "victim").write_text("whole")
        (self.folder / ".ssh").mkdir(mode=0o700)
        (self.folder / ".ssh" / "id_rsa").write_text(self.secret)
        (self.folder / "out").mkdir()
        home = self._open.enter_context(_file_in_home(self.secret))
        os.environ[_VARIABLE] = self.secret
        self._open.callback(os.environ.pop, _VARIABLE, None)
        port, abstract, path = self._listen()
        self._victim = subprocess.Popen(
            [sys.executable, "-c", _VICTIM, self.secret], stdin=subprocess.PIPE
        )
        self._open.callback(_end, self._victim)
        self._before = self._state()
        self.told = {
            "addresses": local_addresses(),
            "port": port,
            "abstract": abstract,
            "socket": path,
            "victim": self._victim.pid,
            "fixit": os.getpid(),
            "folder": str(self.folder),
            "keys": [str(self.folder / ".ssh/id_rsa"), *([str(home)] if home else [])],
            "places": [*_PLACES, str(self.folder), str(Path.home())],
            "system": [p for p in (*_SYSTEM, sys.executable) if Path(p).exists()],
        }

    def _listen(self) -> tuple[int, str, str]:
        dual = socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if dual else socket.AF_INET
        tcp = socket.create_server(("", 0), family=family, dualstack_ipv6=dual)
        port: int = tcp.getsockname()[1]
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("", port))
        abstract = f"\0fixit-{secrets.token_hex(8)}"
        named = str(self.folder / "socket")
        unix = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
        for end, name in zip(unix, (abstract, named), strict=True):
            end.bind(name)
            end.listen()
        self._ears = {tcp: "a port of this machine", udp: "a port of this machine (UDP)"}
        self._ears |= dict.fromkeys(unix, "a socket of this machine")
        for ear in self._ears:
            ear.setblocking(False)
            self._open.callback(ear.close)
        return port, abstract, named

    def _heard(self) -> list[str]:
        """Who has been reached: the kernel lets a caller in before anybody answers."""
        reached = []
        for ear, where in self._ears.items():
            with contextlib.suppress(BlockingIOError):
                while True:
                    ear.recv(100) if ear.type == socket.SOCK_DGRAM else ear.accept()[0].close()
                    reached.append(where)
        return sorted(set(reached))

    def _state(self) -> dict[str, object]:
        """What must be the same after an attack as before it."""
        state: dict[str, object] = {}
        for path in _SYSTEM:
            with contextlib.suppress(OSError):
                about = Path(path).stat()
                state[path] = (about.st_ino, about.st_size, about.st_mtime_ns, about.st_mode)
        for name in _SETTINGS:
            with contextlib.suppress(OSError):
                state[f"/proc/sys/{name}"] = Path("/proc/sys", name).read_text()
        for place in sorted(self.folder.rglob("*")):
            state[str(place)] = place.read_text() if place.is_file() else ""
        return state | {str(self.folder): sorted(p.name for p in self.folder.rglob("*"))}


def running_with(token: str) -> list[int]:
    """Processes of this machine, in local containers too, whose command line holds a token."""
    found = []
    for entry in os.scandir("/proc"):
        try:
            if entry.name.isdigit() and token.encode() in Path(entry, "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # it has just ended
    return found


def local_addresses() -> list[str]:
    """The addresses under which services of this machine may be reached."""
    found = ["127.0.0.1", "::1", "172.17.0.1"]
    with contextlib.suppress(OSError):
        lines = [line.split() for line in Path("/proc/net/fib_trie").read_text().splitlines()]
        found += [a[1] for a, b in pairwise(lines) if b[:3] == ["/32", "host", "LOCAL"]]
    return list(dict.fromkeys(found))


@contextlib.contextmanager
def _file_in_home(text: str) -> Iterator[Path | None]:
    """A file with this text in the user's home, where one can be made."""
    path = Path.home() / f".fixit-ground-{secrets.token_hex(6)}"
    try:
        path.touch(mode=0o600)
    except OSError:
        yield None
        return
    try:
        path.write_text(text)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def disk_used(folder: Path) -> int:
    """Bytes that are taken on a folder's file system."""
    return shutil.disk_usage(folder).used


def temporary_folder() -> Path:
    """Where local sandboxes lie."""
    return Path(tempfile.gettempdir())
