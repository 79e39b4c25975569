"""Which bubblewrap is here, what it can do, and as whom commands run in it.

An ordinary user's commands run in a user namespace, as uid 1000. Root's commands become a user
that nothing belongs to: mapped into a user namespace they would still be root to the kernel,
which lets root write /proc/sys, and does not bind root by a limit on processes.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from fixit_runtime.sandboxes.trouble import bwrap_missing

_APART = (
    "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
    "--die-with-parent", "--new-session", "--clearenv", "--hostname", "fixit",
    "--cap-drop", "ALL",
)  # fmt: skip
_MAPPED_UID = 1000
_UIDS = range(60_600, 61_100)  # neither distributions nor systemd give these to anybody
# CAP_CHOWN, CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN
_ROOT_RIGHTS = 1 << 0 | 1 << 6 | 1 << 7 | 1 << 21


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """The program, and the uid of commands inside. `setpriv` is the program with which root
    becomes that uid; "" where a user namespace maps it."""

    program: str
    sized: bool  # a tmpfs can be limited
    uid: int
    setpriv: str = ""

    def apart(self, *, own: bool = False) -> list[str]:
        """The options that separate a command from the host. `own`: it is a program of fixit's
        own, whose children become `uid` and are killed by it."""
        if self.setpriv:
            rights = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
            return [*_APART, *rights, *(["--cap-add", "CAP_KILL"] if own else [])]
        return [*_APART, "--unshare-user", "--uid", str(self.uid), "--gid", str(self.uid)]

    def to_read(self) -> list[str]:
        """The options of a command that may read what the user may, and do nothing else."""
        if self.setpriv:
            return [*_APART, "--cap-add", "CAP_DAC_READ_SEARCH"]
        return [*_APART, "--unshare-user"]

    def become(self, *, own: bool = False) -> list[str]:
        """What to put before the command, after the shell that is process 1: were that another
        user's, bwrap would have no right to take it along when it dies. A program of fixit's
        `own` stays root's, and hands no right on."""
        if not self.setpriv:
            return []
        ids = ["--reuid", str(self.uid), "--regid", str(self.uid), "--init-groups"]
        return [self.setpriv, *(() if own else ids), "--inh-caps=-all", "--"]


def find_bwrap() -> Bubblewrap:
    """The bubblewrap on PATH.

    Raises: SandboxError, which names the package, or Docker where there is none.
    """
    program = shutil.which("bwrap") if sys.platform == "linux" else None
    if program is None:
        raise bwrap_missing(sys.platform)
    options = _help(program)
    sized = "--size" in options
    setpriv = shutil.which("setpriv", path="/usr/bin:/bin")  # as commands inside see it
    if setpriv and _has_roots_rights() and "--perms" in options and "--reuid" in _help(setpriv):
        return Bubblewrap(program, sized, secrets.choice(_UIDS), setpriv)
    return Bubblewrap(program, sized, _MAPPED_UID)


def _has_roots_rights() -> bool:
    """Root in a container may lack the rights to make namespaces without a user namespace."""
    held = re.search(r"^CapEff:\s*(\w+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    rights = int(held[1], 16) if held else 0
    return os.geteuid() == 0 and rights & _ROOT_RIGHTS == _ROOT_RIGHTS


def _help(program: str) -> str:
    return subprocess.run([program, "--help"], capture_output=True, text=True, check=False).stdout
