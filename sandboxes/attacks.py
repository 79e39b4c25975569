"""Hostile code, tried on a sandbox that is alive; whether it is held is looked for from outside.

The tests and `fixit doctor` use the same attacks. Each is a Python program that runs inside as a
candidate's tests would; it says on its output what it believes to have got ("ESCAPED ..."), and
that it has tried everything ("TRIED"). What it has really got is seen from `Ground`: a service
reached, a secret read, a file or a process of this machine gone, memory and disk taken.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from textwrap import dedent
from types import TracebackType

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Completed, RunLimits, Sandbox
from fixit_runtime.sandboxes.ground import Ground, disk_used, running_with, temporary_folder

MEMORY_MB = 200
LIMITS = RunLimits(wall_s=20.0, cpu_s=20.0, memory_mb=MEMORY_MB)
# Beyond what one command may have, the writable folders of a container lie in memory.
_MEMORY_BYTES = 1_500_000_000
_DISK_BYTES = 2_500_000_000
_PROCESSES = 400
_GONE_S = 5.0
_SAMPLE_S = 0.1

_BEGIN = """
import ctypes, errno, json, os, signal, socket, stat, subprocess, sys, time
g = json.loads(os.environ["GROUND"])
token = g["token"]
own = [g["workdir"], g["scratch"], "/tmp", "/var/tmp", "/dev/shm"]
for place in own:
    try: os.mkdir(place + "/" + token)
    except OSError: pass
os.chdir(own[0] + "/" + token)
def say(text): os.write(1, (text + "\\n").encode())
def escaped(what): say("ESCAPED " + str(what))
def attempt(what, act, *args):
    try: result = act(*args)
    except Exception: return None
    escaped(what)
    return result
def fails(call, *args):
    # of the C library: True where it says -1
    libc = ctypes.CDLL(None, use_errno=True)
    return getattr(libc, call)(*args) == -1
"""
_END = '\nsay("TRIED")\n'


class Held(StrEnum):
    """What became of an attack."""

    YES = "held"
    NO = "NOT HELD"
    UNKNOWN = "not tried"


@dataclass(frozen=True, slots=True)
class Watched:
    """The most that the processes of an attack, and the file systems, had while it ran."""

    processes: int = 0
    memory_bytes: int = 0  # resident, shared pages by share, and all new files in memory
    disk_bytes: int = 0


Drive = Callable[[Sandbox, Ground, Callable[[], Completed]], tuple[Completed, str]]


def _simply(
    sandbox: Sandbox, ground: Ground, run: Callable[[], Completed]
) -> tuple[Completed, str]:
    return run(), ""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack. `name` is a few words; `tries` completes "the code tries to".

    `killed`: it goes on until it is ended. `harmless`: it may be shown to succeed where nothing
    is isolated, which proves that success would be seen. `drive` runs it, and says what its own
    way of looking has found outside ("" for nothing).
    """

    name: str
    tries: str
    program: str
    limits: RunLimits = LIMITS
    killed: bool = False
    harmless: bool = False
    drive: Drive = _simply


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one attack on one sandbox. `seen` says how it failed or succeeded; `tries`
    completes "the code tries to"."""

    attack: str
    held: Held
    seen: str
    tries: str = ""


def try_attack(attack: Attack, sandbox: Sandbox, ground: Ground) -> Finding:
    """Run one attack on a sandbox that is started, and look around. Raises SandboxError only
    where the sandbox was lost before it."""
    token = f"token-{secrets.token_hex(8)}"
    told = {**ground.told, "token": token, "workdir": sandbox.workdir, "scratch": sandbox.scratch}
    program = _BEGIN + dedent(attack.program) + _END
    argv = [sandbox.python or "python3", "-c", program, token]

    def run() -> Completed:
        return sandbox.run(argv, limits=attack.limits, env={"GROUND": json.dumps(told)})

    with _Watch(token) as watch:
        try:
            done, own = attack.drive(sandbox, ground, run)
        except SandboxError as error:
            lost = f"the sandbox was lost: {error.message}"
            return Finding(attack.name, Held.NO, lost, attack.tries)
    wrong = [own] if own else []
    wrong += [line[8:] for line in _lines(done) if line.startswith("ESCAPED ")]
    wrong += [*_left_running(token), *ground.damage(token, done.output), *_took(watch.seen)]
    wrong += _works_still(sandbox, token)
    if wrong:
        return Finding(attack.name, Held.NO, "; ".join(dict.fromkeys(wrong)), attack.tries)
    tried = "TRIED" in _lines(done)
    if not (tried or (attack.killed and done.returncode != 0)):
        said = done.output.decode(errors="replace").strip()[-300:]
        ended = f"it ended with {done.returncode}: {said}"
        return Finding(attack.name, Held.UNKNOWN, ended, attack.tries)
    return Finding(attack.name, Held.YES, _how(done, watch.seen, tried), attack.tries)


def try_all(attacks: Iterable[Attack], sandbox: Sandbox, ground: Ground) -> Iterator[Finding]:
    """Each attack in turn, on one sandbox."""
    for attack in attacks:
        yield try_attack(attack, sandbox, ground)


def _lines(done: Completed) -> list[str]:
    return done.output[-100_000:].decode(errors="replace").splitlines()


def _how(done: Completed, seen: Watched, tried: bool) -> str:
    how = "refused" if tried else "ended at a time limit" if done.timed_out else "ended"
    if seen.processes > 20:
        how += f", at most {seen.processes} processes"
    if seen.memory_bytes > 50_000_000:
        how += f", at most {seen.memory_bytes / 1e6:.0f} MB of memory"
    if seen.disk_bytes > 50_000_000:
        how += f", at most {seen.disk_bytes / 1e6:.0f} MB of disk"
    return how


def _took(seen: Watched) -> Iterator[str]:
    if seen.processes > _PROCESSES:
        yield f"it had {seen.processes} processes"
    if seen.memory_bytes > _MEMORY_BYTES:
        yield f"it had {seen.memory_bytes / 1e6:.0f} MB of memory"
    if seen.disk_bytes > _DISK_BYTES:
        yield f"it took {seen.disk_bytes / 1e6:.0f} MB of the disk"


def _left_running(token: str) -> list[str]:
    until = time.monotonic() + _GONE_S
    while (left := running_with(token)) and time.monotonic() < until:
        time.sleep(0.02)  # the kernel may still be taking the last ones apart
    return [f"{len(left)} processes are left"] if left else []


def _works_still(sandbox: Sandbox, token: str) -> list[str]:
    """Whether the sandbox can be used after the attack; removes what it left."""
    places = (sandbox.workdir, sandbox.scratch, "/tmp", "/var/tmp", "/dev/shm")
    folders = [f"{place}/{token}" for place in places]
    try:
        done = sandbox.run(["sh", "-c", 'rm -rf -- "$@"; echo well', "sh", *folders])
    except SandboxError as error:
        return [f"the sandbox was lost: {error.message}"]
    if done.output.endswith(b"well\n"):
        return []
    return [f"the sandbox does not work any more: {done.output[-200:]!r}"]


class _Watch:
    """Looks from outside at what the processes with a token have, as long as it is entered."""

    def __init__(self, token: str) -> None:
        self.seen = Watched()
        self._token, self._over = token, threading.Event()
        self._disks = (temporary_folder(), Path("/"))
        self._before = self._outer()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_SAMPLE_S):
            self._note()
        self._note()

    def _note(self) -> None:
        pids = running_with(self._token)
        files, *disks = (now - then for now, then in zip(self._outer(), self._before, strict=True))
        most = self.seen
        self.seen = Watched(
            max(most.processes, len(pids)),
            max(most.memory_bytes, sum(_resident(pid) for pid in pids[:_PROCESSES]) + files),
            max(most.disk_bytes, *disks),
        )

    def _outer(self) -> list[int]:
        """Bytes of files in memory on the whole machine; bytes taken on its disks."""
        return [_shared_memory(), *(disk_used(folder) for folder in self._disks)]


def _shared_memory() -> int:
    lines = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    return next((int(words[1]) * 1024 for words in lines if words[0] == "Shmem:"), 0)


def _resident(pid: int) -> int:
    """A process's own bytes, what it shares with others by its part; files in memory are counted
    for the whole machine."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    sizes = {
        name: int(rest.split()[0]) * 1024 for name, _, rest in (x.partition(":") for x in lines[1:])
    }
    return sizes.get("Pss_Anon", sizes.get("Pss", 0))
