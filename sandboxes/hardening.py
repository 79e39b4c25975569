"""The options of a container that holds hostile code."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from fixit_runtime.sandboxes import owner, seccomp
from fixit_runtime.sandboxes.guard import GUARD
from fixit_runtime.sandboxes.snapshot import File, Snapshot

WORK = "/work"  # the copy and the scratch folder lie here
BUILT = "/opt/fixit/built.tar"  # in an image: what belongs beside the copy's own files
PROCESSES = 128
OPEN_FILES = 1024
FILE_BYTES = 512_000_000
TMP_BYTES = 128_000_000
SHM_BYTES = 64_000_000
VOLUME_BYTES = 1_000_000  # of each, not on disk: a volume of Docker's has no limit
FILES = 50_000  # beside the copy
SPARE_BYTES = 256_000_000  # for what tests write beside the copy

# a folder in memory takes over the mode of the image's folder at that path
_OPEN = f"chmod 1777 {WORK} /tmp /dev/shm 2>/dev/null\n"


def hardened(
    snapshot: Snapshot,
    memory_mb: int,
    cpus: float,
    *,
    cgroup: int = 1,
    profile: str = "",
    volumes: Iterable[str] = (),
) -> dict[str, Any]:
    """What `containers.create` gets besides the image.

    `cpus`: 0 where the daemon cannot limit them; `cgroup`: the version of its control groups;
    `profile`: for Podman, the path of the system call filter; `volumes`: folders that the image
    would have on disk.
    """
    from docker.types import LogConfig, Ulimit

    memory = memory_bytes(snapshot, memory_mb)
    shared = "rw,nosuid,nodev,exec"  # exec: built extensions are mapped from there
    few, many = f",nr_inodes={FILES}", f",nr_inodes={3 * len(snapshot.files) + FILES}"
    if profile:
        few = many = ""  # Podman knows no such limit: that on memory bounds them
    options: dict[str, Any] = {
        "name": f"fixit-{secrets.token_hex(6)}",
        "entrypoint": ["/bin/sh", "-c", _OPEN + GUARD],
        "command": [],
        "user": "0:0",
        "working_dir": "/",
        "hostname": "fixit",
        "stdin_open": True,
        "auto_remove": True,  # with the guard, which ends when fixit does
        "init": True,
        "healthcheck": {"test": ["NONE"]},
        "network_mode": "none",
        "ipc_mode": "none",
        "cap_drop": ["ALL"],
        "cap_add": ["SETUID", "SETGID", "KILL"],
        "security_opt": [
            "no-new-privileges:true",
            f"seccomp={profile or seccomp.docker_profile()}",
        ],
        "read_only": True,
        "tmpfs": {
            **dict.fromkeys(volumes, f"{shared},mode=1777,size={VOLUME_BYTES}"),
            "/tmp": f"{shared},mode=1777,size={TMP_BYTES}{few}",
            "/dev/shm": f"rw,nosuid,nodev,noexec,mode=1777,size={SHM_BYTES}{few}",
            WORK: f"{shared},mode=1777,size={_work_bytes(snapshot)}{many}",
        },
        "mem_limit": memory,
        "memswap_limit": memory,
        "pids_limit": PROCESSES,
        "ulimits": [
            Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES),
            Ulimit(name="fsize", soft=FILE_BYTES, hard=FILE_BYTES),
            Ulimit(name="core", soft=0, hard=0),
        ],
        "log_config": LogConfig(type="none"),
        "labels": {
            "fixit": "1",
            "fixit.run": secrets.token_hex(8),
            **owner.labels(),
        },
    }
    if cpus:
        options["nano_cpus"] = int(cpus * 1e9)
    if cgroup == 2:
        options["cgroupns"] = "private"  # whatever the daemon's default: the guard reads in it
    return options


def _work_bytes(snapshot: Snapshot) -> int:
    return 2 * sum(f.size for f in snapshot.files.values() if isinstance(f, File)) + SPARE_BYTES


def memory_bytes(snapshot: Snapshot, memory_mb: int) -> int:
    """For processes and files together. Files alone can never fill it: the kernel would then
    find nothing else to kill than the guard."""
    return memory_mb * 1_000_000 + TMP_BYTES + SHM_BYTES + _work_bytes(snapshot)
