"""The checks that a candidate owes before it may be shown, as steps: the whole suite, cold in a
fresh sandbox; the confirmation that this was no forgery; and, where a test that passed before
went red, whether it only flickers.

Each is quoted and bought like any other step; "fixed" needs the suite and the confirmation,
whatever they are worth. The suite is run once for both, since a run here would tell nothing that
the cold one does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fixit_runtime.agent.action.bench import Bench, Files
from fixit_runtime.agent.action.canary import WHOLE_SUITE_S, hear, word_for
from fixit_runtime.agent.action.checks import AGAIN, CONFIRM, NEAR, SUITE, CheckModel, CheckTable
from fixit_runtime.agent.action.flaky import MOST_RUNS, Runs, Steadiness, expected_runs
from fixit_runtime.agent.economy import Action, Prices, Quote, Verdict
from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import (
    Candidate,
    Outcome,
    Result,
    Stage,
    State,
    SuiteRun,
    TestFacts,
)
from fixit_runtime.tools.judge import Judgement, judge
from fixit_runtime.tools.pytest_run import PytestCommand

RUN_START_S = 0.3  # a run of a few tests, until measured
MOST_REDS = 3  # more tests than that do not turn red by chance


def check_model(
    table: CheckTable, option: str, source: Stage, target: Stage | None = None, *,
    fatal: bool = True, includes: str = "", quote: Quote | None = None,
) -> CheckModel:  # fmt: skip
    """A check with the table's figures. Its cost is that of `quote`, at whatever prices."""
    fit = table.of(option)
    means = (fit.sensitivity.mean, fit.specificity.mean)
    return CheckModel(
        option, source, target, *means, fatal=fatal, includes=includes, quote=quote, fit=fit
    )


def owed(facts: TestFacts, prices: Prices, table: CheckTable) -> tuple[CheckModel, ...]:
    """The checks that lead to confirmed, in the order in which a candidate meets them, at this
    repository's costs."""
    again, suite, confirm = (
        _checking(option, facts, prices, table) for option in (AGAIN, SUITE, CONFIRM)
    )
    models = (
        check_model(table, AGAIN, Stage.DOUBTED, Stage.GREEN, quote=again),
        check_model(table, SUITE, Stage.GREEN, Stage.SAFE, includes=NEAR, quote=suite),
        check_model(table, CONFIRM, Stage.SAFE, Stage.CONFIRMED, quote=confirm),
    )
    return tuple(model.at(prices) for model in models)


@dataclass(frozen=True, slots=True)
class _Owed:
    """A check that a candidate owes at one stage."""

    bench: Bench
    check: CheckModel
    table: CheckTable

    @property
    def option(self) -> str:
        return self.check.option

    def owing(self, state: State) -> Candidate | None:
        """The best candidate, where it owes this check now."""
        best = state.best
        return best if best is not None and best.stage is self.check.source else None


@dataclass(frozen=True, slots=True)
class Verify(_Owed):
    """The best candidate's tests: the whole suite, cold in a fresh sandbox, or first, here, those
    that ran the changed files when they last passed."""

    def quote(self, state: State) -> Quote | None:
        best, facts, prices = self.owing(state), state.facts, self.bench.prices
        if best is None:
            return None
        quote = _checking(self.option, facts, prices, self.table)
        if self.option == NEAR:
            near = covering_tests(state, best)
            if not near or NEAR in best.checked:
                return None
            quote = _priced(self.option, _share_s(facts, near), prices, self.table)
        return judged(quote, state, self.check)

    def do(self, state: State, ledger: Ledger) -> Result:
        candidate = state.best
        if candidate is None:
            return Result(Verdict.FAILED, detail="no candidate to verify")
        run = self._run(state, candidate, ledger)
        judgement = judge(state.facts, run, scope="failing" if self.option == NEAR else "suite")
        if not judgement.ok:
            return self._refused(state.facts, candidate, run, judgement)
        where = " in a fresh sandbox" if self.option == SUITE else ""
        passed = _checked(candidate, self.option, stage=self.check.target or candidate.stage)
        count = sum(r.outcome is Outcome.PASSED for r in run.results)
        return Result(Verdict.ACCEPT, candidates=(passed,), detail=f"{count} tests pass{where}")

    def _run(self, state: State, candidate: Candidate, ledger: Ledger) -> SuiteRun:
        if self.option == NEAR:
            near = covering_tests(state, candidate)
            return self.bench.test(ledger, candidate.files, (*state.facts.failing, *near))
        return self.bench.test_fresh(ledger, candidate.files)

    def _refused(
        self, facts: TestFacts, candidate: Candidate, run: SuiteRun, judgement: Judgement
    ) -> Result:
        """Rejected; or only doubted, where a few tests went red that might flicker."""
        reds, whole = judgement.broken, run.completed and not judgement.vanished
        settled = judgement.still_failing or AGAIN in candidate.checked
        known = set(reds) <= set(facts.passing)
        if not (whole and known and 0 < len(reds) <= MOST_REDS) or settled:
            return rejected(candidate, self.option, judgement.why)
        doubted = _checked(candidate, self.option, stage=Stage.DOUBTED, reds=reds)
        return Result(Verdict.REJECT, candidates=(doubted,), detail=judgement.why)


@dataclass(frozen=True, slots=True)
class Confirm(_Owed):
    """Whether what the suite said is a verdict: in a fresh sandbox like that one, the failing
    tests, made to fail again, must fail (`canary`)."""

    def quote(self, state: State) -> Quote | None:
        if self.owing(state) is None:
            return None
        quote = _checking(self.option, state.facts, self.bench.prices, self.table)
        return judged(quote, state, self.check)

    def do(self, state: State, ledger: Ledger) -> Result:
        candidate = state.best
        if candidate is None:
            return Result(Verdict.FAILED, detail="no candidate to confirm")
        forged, seen = self._hear(state.facts, candidate, ledger)
        if forged:
            return rejected(candidate, self.option, forged)
        passed = _checked(candidate, self.option, stage=self.check.target or candidate.stage)
        return Result(Verdict.ACCEPT, candidates=(passed,), detail=seen)

    def _hear(self, facts: TestFacts, candidate: Candidate, ledger: Ledger) -> tuple[str, str]:
        """What the canary shows, as `canary.hear` tells it. Each of its runs is charged."""

        def run(files: Files, nodeids: Sequence[str] | None) -> SuiteRun:
            return self.bench.test_fresh(ledger, files, nodeids)

        return hear(
            facts,
            candidate.files,
            self.bench.originals,
            run,
            word=word_for(candidate.id),
            extra=isinstance(self.bench.cold, PytestCommand),
        )


@dataclass(frozen=True, slots=True)
class Again(_Owed):
    """The tests that went red with a doubted candidate, run again until a sequential test tells
    whether they are broken or flicker. It forgives that red only: the suite is still to be seen
    green with the candidate, and this is asked at most once of a candidate."""

    def quote(self, state: State) -> Quote | None:
        best = self.owing(state)
        if best is None:
            return None
        p = state.belief.p_accept(self.option)
        seconds = _share_s(state.facts, best.reds) * expected_runs(p)
        return judged(
            _priced(self.option, seconds, self.bench.prices, self.table), state, self.check
        )

    def do(self, state: State, ledger: Ledger) -> Result:
        candidate = state.best
        if candidate is None:
            return Result(Verdict.FAILED, detail="no candidate to verify")
        seen = {nodeid: Runs() for nodeid in candidate.reds}
        for _ in range(MOST_RUNS):
            open_ = [n for n, runs in seen.items() if runs.verdict is Steadiness.UNDECIDED]
            if not open_ or any(r.verdict is Steadiness.BROKEN for r in seen.values()):
                break
            run = self.bench.test(ledger, candidate.files, open_)
            for nodeid in open_:
                passed = run.outcome_of(nodeid) is Outcome.PASSED
                seen[nodeid] = seen[nodeid].and_seen(passed)
        counts = ", ".join(f"{n} red in {r.red} of {r.red + r.green}" for n, r in seen.items())
        if any(r.verdict is not Steadiness.FLAKY for r in seen.values()):
            return rejected(candidate, self.option, f"broken: {counts} runs")
        cleared = _checked(candidate, self.option, stage=self.check.target or Stage.GREEN)
        return Result(Verdict.ACCEPT, candidates=(cleared,), detail=f"flaky: {counts} runs")


def covering_tests(state: State, candidate: Candidate) -> tuple[str, ...]:
    """The passing tests that ran a changed file; none where that is not known of each."""
    if not all(path in state.covering for path in candidate.files):
        return ()
    near = {nodeid for path in candidate.files for nodeid in state.covering[path]}
    return tuple(nodeid for nodeid in state.facts.passing if nodeid in near)


def judged(quote: Quote, state: State, check: CheckModel) -> Quote:
    """The quote with its chances, as they are believed now."""
    p = state.belief.p_accept(check.option)
    spread = check.p_sd(state.belief.chance_of(state.best.id)) if state.best else 0.0
    return replace(quote, p_accept=p, p_sd=spread, outcomes=Quote.attempt(p))


def rejected(candidate: Candidate, option: str, why: str) -> Result:
    """The verdict that ends a candidate."""
    refused = _checked(candidate, option, stage=Stage.REJECTED, why_rejected=why)
    return Result(Verdict.REJECT, candidates=(refused,), detail=why)


def _checked(
    candidate: Candidate, option: str, *, stage: Stage, why_rejected: str = "",
    reds: tuple[str, ...] = (),
) -> Candidate:  # fmt: skip
    return replace(
        candidate,
        stage=stage,
        why_rejected=why_rejected,
        reds=reds,
        checked=(*candidate.checked, option),
    )


def _checking(option: str, facts: TestFacts, prices: Prices, table: CheckTable) -> Quote:
    """What a check costs where nothing but the repository is known."""
    seconds = facts.sandbox_s + facts.suite_s
    if option == AGAIN:
        seconds = RUN_START_S * expected_runs(0.5)
    elif option == CONFIRM and facts.suite_s > WHOLE_SUITE_S:
        failing_s = sum(report.seconds for report in facts.reports)
        seconds = facts.sandbox_s + RUN_START_S + failing_s
    return _priced(option, seconds, prices, table)


def _priced(option: str, seconds: float, prices: Prices, table: CheckTable) -> Quote:
    """CPU is taken to be as busy as in the first run of the suite: all the time. The worst case
    is no more, since a run gets no CPU time that the cap does not leave."""
    usd = seconds * prices.cpu_usd_per_s
    return Quote(
        option,
        Action.VERIFY,
        cost_usd=usd,
        cost_worst_usd=usd,
        latency_s=seconds,
        outcomes=((Verdict.ACCEPT, 1.0),),
        sources=("baseline suite time", table.version),
    )


def _share_s(facts: TestFacts, nodeids: Sequence[str]) -> float:
    """Seconds of these tests: a start, and their part of the suite."""
    count = max(len(facts.passing) + len(facts.failing), 1)
    return RUN_START_S + facts.suite_s * (len(nodeids) + len(facts.failing)) / count
