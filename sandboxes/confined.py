"""One program run where it can do nothing but compute and read: to ask it about itself.

An interpreter may belong to the repository, and a Python's start runs what its environment holds.
So it is asked here: everything read-only, no network and no socket at all, no other process to be
seen, and its words limited.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import RunLimits
from fixit_runtime.sandboxes import seccomp
from fixit_runtime.sandboxes.bwrap import find_bwrap
from fixit_runtime.sandboxes.collect import collect
from fixit_runtime.sandboxes.launch import launch
from fixit_runtime.sandboxes.mounts import MASKED

_LIMITS = RunLimits(wall_s=30.0, cpu_s=20.0, memory_mb=1000, output_bytes=5_000_000)


def ask(command: Sequence[str]) -> bytes:
    """What a program writes to stdout; whether it succeeded is not told.

    Raises:
        SandboxError: it cannot be confined here.
    """
    bwrap = find_bwrap()
    options = [bwrap.program, *bwrap.to_read(), "--ro-bind", "/", "/", "--dev", "/dev"]
    options += ["--proc", "/proc"]
    for name in MASKED:
        options += ["--ro-bind", "/dev/null", name] if Path(name).exists() else []
    options += ["--remount-ro", "/proc", "--chdir", "/", "--setenv", "LANG", "C.UTF-8"]
    filter = seccomp.program(platform.machine(), accounted=False, sockets=False)
    with seccomp.in_memory(filter) as fd:
        launched = launch(
            [*options, "--seccomp", str(fd)],
            command,
            _LIMITS,
            feed=False,
            errors=False,
            pass_fds=[fd],
        )
    try:
        got = collect(launched, _LIMITS, b"", None)
    finally:
        launched.end()
    if not launched.started:
        raise SandboxError("bubblewrap cannot make a sandbox here")
    return got.output
