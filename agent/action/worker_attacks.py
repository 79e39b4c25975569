"""Candidates that attack the warm test worker which runs them, and what becomes of it.

The worker decides what fixit is told of a run, and stands in the same sandbox. Each attack runs
inside a test; afterwards there must be no pass, the worker must be the same one, and its next
run must be right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import dedent

from fixit_runtime.agent.action.forgery import BARE, FACTS, LIMITS, REPOSITORY
from fixit_runtime.agent.errors import EnvironmentFailed
from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.attacks import Finding, Held
from fixit_runtime.tools.judge import judge
from fixit_runtime.tools.warm import WarmCommand

RIGHT: Mapping[str, str | None] = {"shop.py": REPOSITORY["shop.py"].replace(" + 1", "")}
_PASS = b'{"returncode": 0, "report": "", "sealed": true, "restored": true, "stale": ""}'
_SHOP = f"""
import os, signal
FORGED = {len(_PASS).to_bytes(4, "big") + _PASS!r}
def empty():
    return []
def total(prices):
    others = [os.getppid(), *(int(p) for p in os.listdir("/proc") if p.isdigit())]
    for pid in [p for p in others if p != os.getpid()]:
        for act in ACTS:
            try: act(pid)
            except OSError: pass
    return sum(prices) + 1
"""


@dataclass(frozen=True, slots=True)
class WorkerAttack:
    """`acts`: functions of a process number, tried on every process in sight."""

    name: str
    tries: str
    acts: str

    def candidate(self) -> dict[str, str | None]:
        return {"shop.py": _SHOP.replace("ACTS", dedent(self.acts))}


WORKER_ATTACKS = (
    WorkerAttack(
        "killing the test worker",
        "stop and kill the process that runs the tests and reports on them",
        "[lambda p: os.kill(p, signal.SIGSTOP), lambda p: os.kill(p, signal.SIGKILL)]",
    ),
    WorkerAttack(
        "starving the test worker",
        "take its files, its processor time and its priority away",
        """[
            lambda p: __import__("resource").prlimit(p, 0, (0, 1)),
            lambda p: __import__("resource").prlimit(p, 7, (0, 0)),
            lambda p: os.sched_setscheduler(p, os.SCHED_IDLE, os.sched_param(0)),
            lambda p: os.setpriority(os.PRIO_PROCESS, p, 19),
        ]""",
    ),
    WorkerAttack(
        "speaking for the test worker",
        "write a pass into its channel to fixit, or into its memory",
        """[
            lambda p: [
                os.write(os.open("/proc/%d/fd/%d" % (p, fd), os.O_WRONLY), FORGED)
                for fd in range(64) if os.path.exists("/proc/%d/fd/%d" % (p, fd))
            ],
            lambda p: [os.write(fd, FORGED) for fd in map(int, os.listdir("/proc/self/fd"))],
            lambda p: open("/proc/%d/mem" % p, "r+b").write(b"x"),
        ]""",
    ),
)


def try_worker(sandbox: Sandbox) -> Iterator[Finding]:
    """What becomes of each attack on the worker of a started sandbox on `REPOSITORY`."""
    with WarmCommand(BARE) as warm:
        for attack in WORKER_ATTACKS:
            try:
                wrong = _wrong(warm, sandbox, attack)
            except EnvironmentFailed as error:
                yield Finding(attack.name, Held.UNKNOWN, error.message, attack.tries)
                continue
            held = Held.NO if wrong else Held.YES
            yield Finding(attack.name, held, wrong or "refused", attack.tries)


def _wrong(warm: WarmCommand, sandbox: Sandbox, attack: WorkerAttack) -> str:
    """What the attack has brought about; "" for nothing."""
    warm.run(sandbox, limits=LIMITS)
    cold_before = warm.cold_runs

    def passes(files: Mapping[str, str | None]) -> bool:
        (run,) = warm.run_candidates(sandbox, [files], limits=LIMITS, stop_at_first_failure=False)
        return judge(FACTS, run, scope="suite").ok

    if passes(attack.candidate()):
        return "a wrong candidate passed"
    if not passes(RIGHT):
        return "the next run was not right"
    return "the worker was lost" if warm.cold_runs != cold_before else ""
