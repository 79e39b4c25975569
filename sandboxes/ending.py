"""How a command ended, said in one way for every sandbox."""

from __future__ import annotations

import signal

from fixit_runtime.agent.seams import RunLimits

_LAST_SIGNAL = 64
# The kernel ends a process by counting ticks, which a busy machine hands out unevenly; what is
# accounted afterwards may be less. Nothing but the limit sends SIGXCPU; SIGKILL has other causes.
_NEARLY = {-signal.SIGXCPU: 0.5, -signal.SIGKILL: 0.9}


def signalled(returncode: int) -> int:
    """128 + N is how a shell and Docker report signal N; a negative number is how Python does."""
    return 128 - returncode if 128 < returncode <= 128 + _LAST_SIGNAL else returncode


def cpu_ran_out(returncode: int, cpu_s: float, limits: RunLimits) -> bool:
    """Whether it was the kernel's limit on CPU time that ended a command."""
    share = _NEARLY.get(returncode)
    return share is not None and cpu_s >= share * limits.cpu_s
