"""What is here for sandboxes, and what each of them really holds: every attack tried on it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from fixit_runtime.agent.errors import FixitError, SandboxError
from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.attacks import Attack, Finding, Held, try_attack
from fixit_runtime.sandboxes.attacks_kernel import KERNEL
from fixit_runtime.sandboxes.attacks_reach import REACH
from fixit_runtime.sandboxes.attacks_resources import RESOURCES
from fixit_runtime.sandboxes.bwrap import find_bwrap
from fixit_runtime.sandboxes.cgroup import Cgroup
from fixit_runtime.sandboxes.daemon import connect, daemon_errors
from fixit_runtime.sandboxes.ground import Ground
from fixit_runtime.sandboxes.seccomp import MACHINES
from fixit_runtime.sandboxes.snapshot import Snapshot

ATTACKS: tuple[Attack, ...] = (*REACH, *KERNEL, *RESOURCES)
NOT_COVERED = (
    "bugs of the kernel (and, in Docker, of the daemon), and the processor's side channels",
    "a patch that forges its own verdict inside the test process and tells the canary from the"
    " real tests by its content",
    "in the local sandbox of a root that may not mount (as in most containers), a burst of"
    " processes between two looks, four times a second",
)


class State(StrEnum):
    """How it stands with one thing that sandboxes need."""

    HERE = "ok"
    LIMITED = "limited"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that sandboxes need or can use. `advice`: what to do about it, "" for nothing."""

    what: str
    state: State
    seen: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """What one kind of sandbox holds. `failure`: why it could not be started, "" if it could."""

    kind: str
    failure: str
    advice: str
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether it was started and every attack was tried and held."""
        tried = bool(self.findings)
        return not self.failure and tried and all(f.held is Held.YES for f in self.findings)


def checks() -> tuple[Check, ...]:
    """What is here, without starting a sandbox."""
    return (_system(), *_local(), *_docker(), _git())


def examine(
    kind: str,
    make: Callable[[Snapshot], Sandbox],
    files: Mapping[str, str],
    *,
    attacks: Iterable[Attack] = ATTACKS,
    more: Callable[[Sandbox, Callable[[], Sandbox]], Iterable[Finding]] = lambda *_: (),
    say: Callable[[str], None] = lambda _: None,
) -> Examined:
    """Start a sandbox on a small repository of these files, and try every attack on it.

    `make`: a sandbox on a snapshot, not started. `more`: attacks of other layers, on a sandbox
    that is started and with a way to new ones. `say` gets a line at the start, and one for each
    attack that is not held.
    """
    say(f"{kind}: trying attacks on it, for about a minute")
    with tempfile.TemporaryDirectory(prefix="fixit-doctor-") as folder:
        for path, text in files.items():
            Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, path).write_text(text, encoding="utf-8")
        snapshot = Snapshot.of(Path(folder))
        try:
            sandbox = make(snapshot)
            sandbox.start()
        except FixitError as error:
            return Examined(kind, error.message, error.hint, ())
        try:
            forged = _told(kind, more(sandbox, lambda: make(snapshot)), say)
            with Ground() as ground:
                tried = _told(kind, (try_attack(a, sandbox, ground) for a in attacks), say)
        except SandboxError as error:
            return Examined(kind, error.message, error.hint, ())
        finally:
            sandbox.close()
    return Examined(kind, "", "", (*tried, *forged))


def _told(
    kind: str, findings: Iterable[Finding], say: Callable[[str], None]
) -> tuple[Finding, ...]:
    kept = []
    for finding in findings:
        if finding.held is not Held.YES:
            say(f"{kind}: {finding.attack}: {finding.held}: {finding.seen}")
        kept.append(finding)
    return tuple(kept)


def _system() -> Check:
    seen = f"{platform.system()} {platform.release()}, {platform.machine()}, as uid {_uid()}"
    if sys.platform != "linux":
        return Check("system", State.LIMITED, seen, "Docker is the sandbox here.")
    if platform.machine() not in MACHINES:
        advice = "The local sandbox has no system call filter for this machine: use Docker."
        return Check("system", State.LIMITED, seen, advice)
    return Check("system", State.HERE, seen)


def _uid() -> int:
    return os.getuid() if hasattr(os, "getuid") else -1


def _local() -> Iterator[Check]:
    try:
        bwrap = find_bwrap()
    except SandboxError as error:
        yield Check("bubblewrap", State.MISSING, error.message, error.hint)
        return
    version = subprocess.run([bwrap.program, "--version"], capture_output=True, text=True).stdout
    yield Check("bubblewrap", State.HERE, f"{version.strip()}, {bwrap.program}")
    how = f"uid {bwrap.uid}, which nobody owns" if bwrap.setpriv else "a user namespace"
    state = State.HERE if bwrap.setpriv or _uid() != 0 else State.LIMITED
    yield Check("local user", state, f"commands run as {how}")
    if Cgroup.available():
        yield Check("control groups", State.HERE, "memory and processes of a tree are limited")
    else:
        yield Check(
            "control groups",
            State.LIMITED,
            "none can be made: memory and processes of a tree are looked at 4 times a second",
            "Run it as root, under a systemd user session, or use --sandbox docker.",
        )


def _docker() -> Iterator[Check]:
    try:
        client = connect()
    except SandboxError as error:
        yield Check("Docker", State.MISSING, error.message, error.hint)
        return
    try:
        with daemon_errors():
            info, version = client.info(), client.version()
            images = client.images.list()
    except SandboxError as error:
        yield Check("Docker", State.MISSING, error.message, error.hint)
        return
    finally:
        client.close()
    yield _daemon(info, version)
    names = sorted(tag for image in images for tag in image.tags)
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    advice = "Name one with --image, or have one built: `fixit run --sandbox docker`."
    state = State.HERE if names else State.LIMITED
    yield Check("Docker images", state, shown or "none", "" if names else advice)


def _daemon(info: dict[str, Any], version: dict[str, Any]) -> Check:
    parts = [f"{part['Name']} {part['Version']}" for part in version.get("Components", [])[:1]]
    security = [re.sub(r"^name=|,.*", "", option) for option in info.get("SecurityOptions") or []]
    seen = ", ".join(
        [
            *(parts or [f"Engine {version.get('Version', '?')}"]),
            f"API {version.get('ApiVersion', '?')}",
            f"cgroup v{info.get('CgroupVersion', '1')}",
            *(f"with {name}" for name in security),
        ]
    )
    limits = ("MemoryLimit", "PidsLimit", "CpuCfsQuota")
    missing = [name for name in limits if not info.get(name, True)]
    if "seccomp" not in security:
        missing.append("seccomp")
    if missing:
        return Check(
            "Docker",
            State.LIMITED,
            f"{seen}; without {', '.join(missing)}",
            "Its daemon cannot keep these limits: see `docker info`.",
        )
    return Check("Docker", State.HERE, seen)


def _git() -> Check:
    if found := shutil.which("git"):
        return Check("git", State.HERE, found)
    advice = "Install it: without it everything in the repository is copied that may be."
    return Check("git", State.LIMITED, "not found", advice)
