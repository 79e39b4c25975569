"""Why no local sandbox can be made here, and what to do about it."""

from __future__ import annotations

from pathlib import Path

from fixit_runtime.agent.errors import SandboxError

_INSTALL = (
    "Install it: `sudo apt-get install bubblewrap` (Debian, Ubuntu), `sudo dnf install bubblewrap`"
    " (Fedora, RHEL), `sudo pacman -S bubblewrap` (Arch). Or use --sandbox docker."
)
_CONTAINER = (
    "Inside a container it needs `docker run --security-opt seccomp=unconfined --security-opt"
    " systempaths=unconfined --security-opt apparmor=unconfined`. Or use --sandbox docker."
)
# a setting of the kernel, its value that forbids user namespaces, and what allows them
_SETTINGS = (
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "Ubuntu's AppArmor forbids user namespaces to bwrap. Give it a profile: `sudo apt-get"
        " install apparmor-profiles && sudo ln -s"
        " /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && sudo"
        " systemctl reload apparmor`, or allow all: `sudo sysctl -w"
        " kernel.apparmor_restrict_unprivileged_userns=0`.",
    ),
    (
        "kernel/unprivileged_userns_clone",
        "0",
        "Allow user namespaces: `sudo sysctl -w kernel.unprivileged_userns_clone=1`.",
    ),
    (
        "user/max_user_namespaces",
        "0",
        "Allow user namespaces: `sudo sysctl -w user.max_user_namespaces=10000`.",
    ),
)


def bwrap_missing(platform: str) -> SandboxError:
    """The error for a machine without bubblewrap. `platform` as `sys.platform`."""
    if platform != "linux":
        return SandboxError(
            "the local sandbox needs Linux",
            hint="On macOS and Windows Docker is the sandbox: start Docker Desktop and use"
            " --sandbox docker --image NAME.",
        )
    return SandboxError("the local sandbox needs bubblewrap (`bwrap`), not found", hint=_INSTALL)


def bwrap_refused(said: str) -> SandboxError:
    """The error for a bubblewrap that could not make a sandbox. `said`: its message."""
    if "bwrap: " not in said:
        return SandboxError(
            "the local sandbox is lost: somebody killed bubblewrap",
            hint="Try again. If it happens again, look at `dmesg`, or use --sandbox docker.",
        )
    message = f"bubblewrap cannot make a sandbox here: {said.strip()[-500:]}"
    return SandboxError(message, hint=_why_refused())


def _why_refused() -> str:
    for name, forbids, what_to_do in _SETTINGS:
        if _setting(name) == forbids:
            return what_to_do
    if any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv")):
        return _CONTAINER
    return "Use --sandbox docker, or let an administrator allow user namespaces."


def _setting(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return ""
