"""The limits of one run inside what the run's deadline and cap leave, and whether these cut it
short.

What such a cut ends was no verdict: with the time that it may take it might have shown something
else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from fixit_runtime.agent.errors import LimitReached
from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import RunLimits, SuiteRun
from fixit_runtime.tools.probe_report import TIMED_OUT

LEAST_S = 0.5  # nothing is begun in less
LAG_S, CPU_LAG_S = 0.5, 1.0  # by what a sandbox may overrun a limit: it looks now and then
SOFT = 0.75  # of a limit: tests are interrupted a little before the process is killed


@dataclass(frozen=True, slots=True)
class Within:
    """The limits that a run would have (`full`), and those that the deadline and the cap leave
    of them (`kept`)."""

    full: RunLimits
    kept: RunLimits
    cpu_usd_per_s: float

    @classmethod
    def of(cls, full: RunLimits, ledger: Ledger, cpu_usd_per_s: float) -> Within:
        """What is left now.

        Raises:
            LimitReached: too little for any run.
        """
        left_s = left_wall_s(ledger)
        cpu_s = left_cpu_s(ledger, cpu_usd_per_s)
        kept = replace(full, wall_s=min(full.wall_s, left_s), cpu_s=min(full.cpu_s, cpu_s))
        within = cls(full, kept, cpu_usd_per_s)
        if left_s < LEAST_S:
            raise within._reached("deadline", "nothing more is run")
        if cpu_s < LEAST_S:
            raise within._reached("cap", "nothing more is run")
        return within

    def check(self, *, timed_out: bool, wall_s: float, cpu_s: float) -> None:
        """Raises LimitReached where the time of a run was up, and it was the deadline's or the
        cap's."""
        if timed_out and self.kept.wall_s < self.full.wall_s and wall_s >= SOFT * self.kept.wall_s:
            why = f"a run was cut short after {wall_s:.1f} s, which says nothing of the patch"
            raise self._reached("deadline", why)
        if timed_out and self.kept.cpu_s < self.full.cpu_s and cpu_s >= SOFT * self.kept.cpu_s:
            why = f"a run was cut short after {cpu_s:.1f} CPU s, which says nothing of the patch"
            raise self._reached("cap", why)

    def check_run(self, run: SuiteRun) -> None:
        """`check` of a run of tests."""
        late = not run.completed or any(r.error_type == TIMED_OUT for r in run.results)
        self.check(timed_out=late, wall_s=run.wall_s, cpu_s=run.cpu_s)

    def _reached(self, limit: str, why: str) -> LimitReached:
        usd = self.full.cpu_s * self.cpu_usd_per_s
        flag, most = {
            "deadline": ("--deadline", f"{self.full.wall_s:.0f} s"),
            "cap": ("--max-cost", f"${usd:.5f}"),
        }[limit]
        return LimitReached(
            f"the {limit} is reached: {why}",
            hint=f"raise {flag}: such a run may take {most}",
            needs_s=self.full.wall_s,
            needs_usd=usd,
        )


def left_wall_s(ledger: Ledger) -> float:
    """Wall seconds that a run may be given in the time that is left."""
    return ledger.left_s - LAG_S


def left_cpu_s(ledger: Ledger, cpu_usd_per_s: float) -> float:
    """CPU seconds that a run may be given with the money that is left."""
    if cpu_usd_per_s <= 0 or math.isinf(ledger.left_usd):
        return math.inf
    return ledger.left_usd / cpu_usd_per_s - CPU_LAG_S
