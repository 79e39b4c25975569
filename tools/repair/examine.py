"""A candidate of another tier on calls like those of the tests: does it keep what was right?

The calls of passing tests, recorded on the untouched code, are a regression oracle; varied ones
show whether it raises where the old code returned. What the search itself finds was compared so
before it was shown (`choice`), and is not examined again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fixit_runtime.agent.economy import Action, Quote, Verdict
from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import Candidate, Result, State
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.repair.behaviour import changed_lines, compare, targets_of
from fixit_runtime.tools.repair.choice import TIER, Choice, not_hanging
from fixit_runtime.tools.repair.groups import Kept, kept
from fixit_runtime.tools.repair.trial import START_CPU_S, Trial

RAISES_MOST = 0.1  # of the varied calls that returned before
CALLS_S = 1.0  # of making calls up and doing them, until one was seen


@dataclass(frozen=True, slots=True)
class Examiner:
    """Compares a candidate with the untouched code. `read` gives a file's original text."""

    trial: Trial
    read: Callable[[str], str | None]
    choice: Choice

    def quote(self, state: State, candidate: Candidate) -> Quote | None:
        """The nearby tests, recorded, and the calls; None where nothing can be compared."""
        python = any(path.endswith(".py") for path in candidate.files)
        if candidate.tier == TIER or not (python and self._is_pytest):
            return None
        near = self._near(state, candidate)
        seconds = START_CPU_S + 4.0 * self.choice.seconds_of(state.facts, near) + CALLS_S
        usd = seconds * self.trial.prices.cpu_usd_per_s
        return Quote(
            "verify:inputs",
            Action.VERIFY,
            cost_usd=usd,
            cost_worst_usd=usd,
            latency_s=seconds,
            outcomes=Quote.attempt(0.0),
            sources=("nearby tests x4",),
        )

    def examine(self, state: State, candidate: Candidate, ledger: Ledger) -> Result:
        """ACCEPT, REJECT, or FAILED where no call could be compared. Raises SandboxError."""
        near = self._near(state, candidate)
        started = self.trial.clock()
        seen, done = compare(
            self.trial.bounded(ledger),
            self.trial.command,
            {candidate.id: candidate.files},
            targets_of(self.read, candidate.files),
            not_hanging(state.facts),
            near,
            record_cpu_s=self.choice.record_cpu_s(state.facts, near),
        )
        if done is not None:
            self.trial.charge(done.cpu_s, self.trial.clock() - started, ledger)
        verdict, detail = judged(kept(candidate.id, seen))
        return Result(verdict, detail=detail)

    def _near(self, state: State, candidate: Candidate) -> tuple[str, ...]:
        changed = [
            (path, changed_lines(self.read(path) or "", text or ""))
            for path, text in candidate.files.items()
        ]
        return self.choice.tests_near(state.facts, changed)

    @property
    def _is_pytest(self) -> bool:
        return isinstance(getattr(self.trial.command, "cold", self.trial.command), PytestCommand)


def judged(how: Kept) -> tuple[Verdict, str]:
    """What is to be thought of a candidate that does so."""
    if how.calls == 0:
        return Verdict.FAILED, "no call of the tests could be compared"
    if how.kept < 1.0:
        share = f"{1.0 - how.kept:.0%}"
        return Verdict.REJECT, f"does something else in {share} of the calls of passing tests"
    if how.raises > RAISES_MOST:
        share = f"{how.raises:.0%}"
        return Verdict.REJECT, f"raises in {share} of the varied calls that returned before"
    return Verdict.ACCEPT, f"keeps what passing tests saw, in {how.calls} calls"
