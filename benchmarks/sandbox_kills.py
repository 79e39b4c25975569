"""Runs of fixit that are shot at: what becomes of the run, and what it leaves behind.

Each run repairs a small repository. At a random moment one thing is killed: the test worker,
the sandbox (a container, or a bubblewrap), the connection to the Docker daemon, or fixit itself.
Then the run must end, its verdict must not be a wrong one, and nothing of it may be left; what a
killed fixit could not remove, the next run must.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox_left import Run, inside, left_of, namespaces, workers
from sandbox_wire import Wire, daemon_socket

IMAGE = "fixit-base:dev"
TARGETS = {
    "local": ("worker", "sandbox", "fixit"),
    "docker": ("worker", "sandbox", "connection", "fixit"),
}
FILES = {
    "numbers_of_ours.py": "def clamp(value, low, high):\n    if value < low:\n        return low\n"
    "    if value > high:\n        return low\n    return value\n",
    "test_numbers.py": "from numbers_of_ours import clamp\n\n\n"
    "def test_inside():\n    assert clamp(3, 1, 5) == 3\n\n\n"
    "def test_high():\n    assert clamp(9, 1, 5) == 5\n",
}
_TEST = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest"
_PATIENCE_S = 300.0  # of a run that takes seconds on an idle machine
_GONE_S = 20.0
_LOOK_S = 0.02
# what the next run does first, whatever becomes of it then
_NEXT = {
    "local": "from fixit_runtime.sandboxes.local import LocalSandbox\n"
    "sandbox = LocalSandbox(Snapshot.of(Path(sys.argv[1])), python=Path(sys.executable))\n",
    "docker": "from fixit_runtime.sandboxes.docker import DockerSandbox\n"
    f"sandbox = DockerSandbox(Snapshot.of(Path(sys.argv[1])), image={IMAGE!r})\n",
}
_START = (
    "import sys\nfrom pathlib import Path\n"
    "from fixit_runtime.sandboxes.snapshot import Snapshot\n"
    "{}try: sandbox.start()\nfinally: sandbox.close()\n"
)


@dataclass(frozen=True, slots=True)
class Shot:
    """One run that was shot at. `hit`: whether there was something to kill before it ended.
    `wrong`: what must not be; nothing is well."""

    number: int
    sandbox: str
    target: str
    how: str
    at_s: float
    hit: bool
    outcome: str
    seconds: float
    wrong: tuple[str, ...]


@dataclass(slots=True)
class Range:
    """Where the runs take place: a folder of its own, the kinds of sandbox, and what a run that
    nobody shoots at does there: its patch, and how long it takes."""

    folder: Path
    kinds: tuple[str, ...]
    seed: int
    client: Any = None
    patch: str = ""
    span_s: float = 0.0

    def prepare(self) -> None:
        """Raises SystemExit where a run that is left alone does not repair."""
        # a shell has those in its background ignore it, and what they start would do so too
        signal.signal(signal.SIGINT, signal.default_int_handler)
        (self.folder / "repository").mkdir(parents=True)
        for name, text in FILES.items():
            (self.folder / "repository" / name).write_text(text)
        for kind in self.kinds:
            begun = time.monotonic()
            fixit = self.fixit(kind, self.folder / f"calm-{kind}", {})
            out, _ = fixit.communicate()
            found = json.loads(out or "{}")
            if found.get("outcome") != "fixed":
                raise SystemExit(f"a run in {kind} that was left alone failed: {out}")
            self.patch, self.span_s = found["patch"], time.monotonic() - begun

    def fixit(self, kind: str, place: Path, env: dict[str, str]) -> subprocess.Popen[str]:
        """Start a run; `place` is for its state and temporary files."""
        (place / "tmp").mkdir(parents=True)
        command = [sys.executable, "-m", "fixit_runtime.agent", str(self.folder / "repository")]
        command += ["--sandbox", kind, "--image", IMAGE, "--state", str(place / "state")]
        command += ["--test", _TEST, "--seed", str(self.seed), "--format", "json"]
        command += [
            "--risk-price",
            "1",
        ]  # one red test leaves a doubt, which is not the matter here
        own = {"TMPDIR": str(place / "tmp")}
        with Path(place, "said").open("w") as said:
            return subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                env={**os.environ, **own, **env},
            )


def shoot(place: Range, number: int) -> Shot:
    """The run of this number. What is killed, how, and at which part of the time that a run
    takes here, depends on the seed alone."""
    chance = random.Random(f"{place.seed}:{number}")
    kind = chance.choice(place.kinds)
    target = chance.choice(TARGETS[kind])
    how = chance.choice(_WAYS[target])
    if (kind, target) == ("local", "sandbox"):
        how = "kill"  # nobody removes a bubblewrap
    moment = chance.random()
    folder = place.folder / str(number)
    client = place.client if kind == "docker" else None
    with contextlib.ExitStack() as open_wire:
        env, wire = {}, None
        if kind == "docker":
            folder.mkdir()
            wire = open_wire.enter_context(Wire(folder / "socket", daemon_socket()))
            env = {"DOCKER_HOST": f"unix://{wire.path}"}
        begun = time.monotonic()
        fixit = place.fixit(kind, folder, env)
        run = Run(fixit.pid, folder / "tmp", client)
        gun = _Gun(run, fixit, wire, chance)
        at_s = moment * place.span_s
        hit = gun.wait(at_s) and gun.fire(target, how)
        outcome, wrong = _ended(fixit, target, place.patch, hit)
        seconds = time.monotonic() - begun
    if not hit:
        place.span_s = 0.8 * place.span_s + 0.2 * seconds  # the machine's load changes
    crashed = how in ("SIGKILL", "for good")
    wrong += _left(run, gun.containers, place.folder / "repository", kind if crashed else "")
    return Shot(number, kind, target, how, at_s, hit, outcome, seconds, tuple(wrong))


_WAYS = {
    "worker": ("kill",),
    "sandbox": ("kill", "remove"),
    "connection": ("once", "for good"),
    "fixit": ("SIGKILL", "SIGKILL", "SIGTERM", "SIGINT"),
}


class _Gun:
    """Kills one thing of a run. `containers` is all that were seen of it."""

    def __init__(
        self,
        run: Run,
        fixit: subprocess.Popen[str],
        wire: Wire | None,
        chance: random.Random,
    ) -> None:
        self._run, self._fixit, self._wire, self._chance = run, fixit, wire, chance
        self.containers: list[str] = []

    def wait(self, seconds: float) -> bool:
        """Whether the run still goes on after that time."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._fixit.wait(seconds)
        return self._fixit.poll() is None

    def fire(self, target: str, how: str) -> bool:
        """Kill it as soon as it is there; False where the run has ended before."""
        while self._fixit.poll() is None:
            self.containers = list({*self.containers, *self._run.containers()})
            if self._fired(target, how):
                return True
            time.sleep(_LOOK_S)
        return False

    def _fired(self, target: str, how: str) -> bool:
        if target == "fixit":
            self._fixit.send_signal(signal.Signals[how])
            return True
        if target == "connection":
            assert self._wire is not None
            if not self._wire.in_use():
                return False
            self._wire.cut(for_good=how == "for good")
            return True
        if target == "sandbox" and self._run.client is not None:
            return self._kill_container(how)
        if target == "sandbox":
            return self._kill(namespaces(self._run))
        return self._kill(workers(self._run, self.containers))

    def _kill(self, pids: list[int]) -> bool:
        try:
            os.kill(self._chance.choice(sorted(pids)), signal.SIGKILL)
        except (IndexError, ProcessLookupError):
            return False  # there is none, or it has just ended
        return True

    def _kill_container(self, how: str) -> bool:
        from docker.errors import APIError

        living = self._run.containers()
        if not living:
            return False
        api = self._run.client.api
        name = self._chance.choice(sorted(living))
        try:
            api.kill(name) if how == "kill" else api.remove_container(name, force=True)
        except APIError:
            return False  # not started yet, or gone already
        return True


def _ended(
    fixit: subprocess.Popen[str], target: str, patch: str, hit: bool
) -> tuple[str, list[str]]:
    """How a run ended, in a word, and what is wrong with that."""
    try:
        out, _ = fixit.communicate(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        fixit.kill()
        fixit.communicate()
        return "hung", [f"it has not ended after {_PATIENCE_S:.0f} s"]
    code = fixit.returncode
    if hit and target == "fixit" and code in (-signal.SIGKILL, 130, 143, -signal.SIGTERM):
        return "ended", []
    try:
        found = json.loads(out)
    except ValueError:
        return f"exit {code}", [] if code == 3 else [f"it ended with {code} and said nothing"]
    outcome = str(found["outcome"])
    if outcome == "fixed":
        return outcome, [] if found["patch"] == patch else [f"another patch: {found['patch']}"]
    expected = hit and target in ("sandbox", "connection") and outcome == "environment_failed"
    return outcome, [] if expected else [f"{outcome}: {found['reason']}"]


def _left(run: Run, containers: list[str], repository: Path, crashed: str) -> list[str]:
    """What is left of a run that has ended; of one in a sandbox of the kind `crashed`, what is
    left once the next run has begun."""
    until = time.monotonic() + _GONE_S
    while (still := inside(run, containers)) and time.monotonic() < until:
        time.sleep(_LOOK_S)
    wrong = [f"process {pid} outlives it" for pid in still]
    if crashed and list(left_of(run, containers)):
        command = [sys.executable, "-c", _START.format(_NEXT[crashed]), str(repository)]
        environment = {**os.environ, "TMPDIR": str(run.temporary)}
        subprocess.run(command, env=environment, check=True)
    while (left := list(left_of(run, containers))) and time.monotonic() < until + _GONE_S:
        time.sleep(_LOOK_S)
    return wrong + left


def campaign(place: Range, kills: int, number: int = 0) -> Iterator[Shot]:
    """Runs from this number on, until so many have been hit."""
    hits = 0
    while hits < kills:
        shot = shoot(place, number)
        number, hits = number + 1, hits + shot.hit
        yield shot
