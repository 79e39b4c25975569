"""How a command ended, said in one way for every sandbox."""

from __future__ import annotations

import signal

from fixit_runtime.agent.seams import RunLimits

_LAST_SIGNAL = 64
_NEARLY = 0.95  # the kernel ends a process a little before what is then accounted


def signalled(returncode: int) -> int:
    """128 + N is how a shell and Docker report signal N; a negative number is how Python does."""
    return 128 - returncode if 128 < returncode <= 128 + _LAST_SIGNAL else returncode


def cpu_ran_out(returncode: int, cpu_s: float, limits: RunLimits) -> bool:
    """Whether it was the kernel's limit on CPU time that ended a command."""
    killed = returncode in (-signal.SIGXCPU, -signal.SIGKILL)
    return killed and cpu_s >= _NEARLY * limits.cpu_s
