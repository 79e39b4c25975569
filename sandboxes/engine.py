"""What kind of daemon it is, where a container must be made differently for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.daemon import daemon_errors

if TYPE_CHECKING:
    import docker

# a container whose memory or processes nobody limits is no sandbox
_MUST_LIMIT = {"MemoryLimit": "memory", "PidsLimit": "processes"}


@dataclass(frozen=True, slots=True)
class Engine:
    """`cpus`: how many it has; 0 where it cannot limit them (a rootless daemon often cannot: CPU
    time is limited by fixit all the same). `cgroup`: the version of its control groups.
    `podman`: it takes the system call filter as the path of a file, and not as its text, cannot
    change the limits of a running container through Docker's socket (4.3), and has no limit on
    the number of files in memory."""

    cpus: float
    cgroup: int
    podman: bool


def engine_of(client: docker.DockerClient) -> Engine:
    """Raises SandboxError where the daemon cannot limit what must be limited."""
    with daemon_errors():
        info, version = client.info(), client.version()
    missing = [what for key, what in _MUST_LIMIT.items() if not info.get(key, True)]
    if missing:
        raise unlimited(" and ".join(missing))
    names = [str(part.get("Name")) for part in version.get("Components") or []]
    return Engine(
        cpus=float(info.get("NCPU") or 0) if info.get("CpuCfsQuota", True) else 0.0,
        cgroup=int(info.get("CgroupVersion") or 1),
        podman=any("podman" in name.lower() for name in names),
    )


def unlimited(what: str) -> SandboxError:
    return SandboxError(
        f"the Docker daemon does not limit the {what} of a container",
        hint="A rootless daemon needs control groups of version 2 that are delegated to its user:"
        " see `docker info`. Or use --sandbox local.",
    )
