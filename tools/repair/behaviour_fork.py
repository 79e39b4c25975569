"""Calls done in a fork, with a candidate put in place there: sent into the sandbox with
`behaviour_probe.py`. Python 3.8+, standard library only.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import select
import signal
import time
from typing import Any

from fixit_runtime.tools.repair.behaviour_call import Call
from fixit_runtime.tools.repair.behaviour_shape import digest, shape, shown

CALL_CPU_S, CALL_WALL_S = 0.05, 1.0
MEMORY_BYTES = 1_000_000_000
_MISUSE = (TypeError, AttributeError)  # what a value of the wrong type comes to


class Hangs(BaseException):
    """A call has taken too long."""


def outcome(call: Call) -> list[str]:
    """Do a call on a copy of its arguments."""
    printed = io.StringIO()
    copied = None
    signal.setitimer(signal.ITIMER_REAL, CALL_WALL_S)
    signal.setitimer(signal.ITIMER_PROF, CALL_CPU_S)
    try:
        copied = call.copied()
        with contextlib.redirect_stdout(printed):
            value = copied.make()
        kind, text, shaped = "returns", shown(value), shape(value)
    except Hangs:
        return ["hangs", "", ""]
    except BaseException as error:
        kind, text = "raises", type(error).__name__
        if isinstance(error, _MISUSE):  # which of them is chance, and so is what came before
            return [kind, digest("misuse"), text]
        shaped = text
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
    with contextlib.suppress(Exception):
        shaped += printed.getvalue() + (copied.state() if copied else "")
    return [kind, digest(shaped), text]


def behaviour(calls: list[Call], prepare: Any, wall_s: float, late_most: int) -> list[list[str]]:
    """The outcomes of all calls in a fork, once `prepare` was called there."""
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(source)
            os.setpgid(0, 0)
            _child(calls, prepare, sink, late_most)
        finally:
            os._exit(0)
    os.close(sink)
    data = _read(source, time.monotonic() + wall_s)
    os.close(source)
    for victim in (-pid, pid):
        with contextlib.suppress(OSError):
            os.kill(victim, signal.SIGKILL)
    os.waitpid(pid, 0)
    found: list[list[str]] = []
    for line in data.decode("ascii", "replace").splitlines():
        try:
            kind, code, text = json.loads(line)
            found.append([str(kind), str(code), str(text)[:200]])
        except ValueError:
            break
    missing = "unasked" if sum(each[0] == "hangs" for each in found) >= late_most else "dies"
    return found[: len(calls)] + [[missing, "", ""]] * (len(calls) - len(found))


def _child(calls: list[Call], prepare: Any, sink: int, late_most: int) -> None:
    """Do all calls and tell of each at once."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    with contextlib.suppress(Exception):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGALRM, _ring)
    signal.signal(signal.SIGPROF, _ring)
    swapped = prepare()
    late = 0
    for call in calls:
        function = swapped.get(id(call.function), call.function)
        try:
            said = outcome(Call(function, call.values))
        except Hangs:  # the alarm rang just outside
            said = ["hangs", "", ""]
        late += said[0] == "hangs"
        os.write(sink, (json.dumps(said) + "\n").encode("ascii"))
        if late >= late_most:
            return


def _ring(number: int, frame: Any) -> None:
    raise Hangs


def _read(source: int, until: float) -> bytes:
    data = bytearray()
    while time.monotonic() < until and len(data) < 1_000_000:
        ready, _, _ = select.select([source], [], [], max(until - time.monotonic(), 0.0))
        if not ready:
            break
        piece = os.read(source, 1 << 16)
        if not piece:
            break
        data += piece
    return bytes(data)
