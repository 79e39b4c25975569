"""Checks that a candidate does not owe: each is bought only where what it tells is worth its
price. None of them ends a candidate; each moves its chance, once.

The repository's type checker, inputs that a proposer makes up, and a second opinion: another
tier, asked for a repair of its own, comes to the same change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fixit_runtime.agent.action.bench import Bench
from fixit_runtime.agent.action.checks import (
    AGAIN,
    CONFIRM,
    INPUTS,
    NEAR,
    OPINION,
    SAID_BEHAVIOUR,
    SAID_PATCH,
    SUITE,
    TYPES,
    CheckModel,
    CheckTable,
)
from fixit_runtime.agent.action.steps import sorted_out, take
from fixit_runtime.agent.action.verify import Again, Confirm, Verify, check_model, judged
from fixit_runtime.agent.economy import Action, Quote, Verdict
from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import (
    Candidate,
    Proposer,
    Result,
    Stage,
    State,
    Step,
    TriesInputs,
)
from fixit_runtime.tools.typecheck import LIMITS, TypeChecker, TypeErrors
from fixit_runtime.tools.within import Within

LIVE = (Stage.GREEN, Stage.SAFE, Stage.CONFIRMED)
TYPE_CHECK_S = 8.0  # of a few files with what they import, until this run has seen one
_SHOWN = 160


def optional(
    table: CheckTable, proposers: Sequence[Proposer], typed: TypeChecker | None
) -> tuple[CheckModel, ...]:
    """The checks that may be bought here, and how telling a person's answer is."""
    names = [TYPES] if typed else []
    names += [INPUTS] if any(isinstance(p, TriesInputs) for p in proposers) else []
    names += [f"{OPINION}:{p.tier}" for p in proposers] if len(proposers) > 1 else []
    names += [SAID_BEHAVIOUR, SAID_PATCH]
    return (
        check_model(table, NEAR, Stage.GREEN),
        *(check_model(table, name, Stage.GREEN, fatal=False) for name in names),
    )


def verifications(
    bench: Bench,
    checks: Sequence[CheckModel],
    table: CheckTable,
    proposers: Sequence[Proposer],
    typed: TypeChecker | None,
) -> list[Step]:
    """A step for each check that can be made here."""
    by_name = {check.option: check for check in checks}
    tiers = {f"{OPINION}:{p.tier}": p for p in proposers}
    probers = tuple(p for p in proposers if isinstance(p, TriesInputs))
    steps: list[Step] = []
    for name, check in by_name.items():
        if name in tiers:
            steps.append(Opinion(tiers[name], check))
        elif name == TYPES and typed:
            steps.append(Types(bench, check, typed, table))
        elif name == INPUTS and probers:
            steps.append(Inputs(probers, check))
        elif name == AGAIN:
            steps.append(Again(bench, check, table))
        elif name == CONFIRM:
            steps.append(Confirm(bench, check, table))
        elif name in (NEAR, SUITE):
            steps.append(Verify(bench, check, table))
    return steps


@dataclass(frozen=True, slots=True)
class Types:
    """The repository's type checker: does the change add an error?"""

    bench: Bench
    check: CheckModel
    checker: TypeChecker
    table: CheckTable
    _before: dict[tuple[str, ...], TypeErrors] = field(default_factory=dict)
    _took_s: list[float] = field(default_factory=list)

    @property
    def option(self) -> str:
        return self.check.option

    def quote(self, state: State) -> Quote | None:
        best = undecided(state, self.option)
        if best is None or not any(path.endswith(".py") for path in best.files):
            return None
        once_s = self._took_s[-1] if self._took_s else TYPE_CHECK_S
        seconds = once_s * (1 if tuple(best.files) in self._before else 2)
        usd = seconds * self.bench.prices.cpu_usd_per_s
        source = "last type check" if self._took_s else "type check time assumed"
        quote = Quote(
            self.option,
            Action.VERIFY,
            cost_usd=usd,
            cost_worst_usd=usd,
            latency_s=seconds,
            outcomes=Quote.attempt(0.0),
            sources=(source, self.table.version),
        )
        return judged(quote, state, self.check)

    def do(self, state: State, ledger: Ledger) -> Result:
        best = state.best
        if best is None:
            return Result(Verdict.FAILED, detail="no candidate to check")
        paths = tuple(best.files)
        if paths not in self._before:
            self._before[paths] = self._checked(paths, ledger)
        with self.bench.holding(best.files):
            after = self._checked(paths, ledger)
        before = self._before[paths]
        if why_not := before.why_not or after.why_not:
            return Result(Verdict.FAILED, candidates=(marked(best, self.option),), detail=why_not)
        if added := after.added_to(before):
            detail = f"{self.checker.name} finds {len(added)} new error(s): {added[0]}"[:_SHOWN]
            return Result(Verdict.REJECT, candidates=(marked(best, self.option),), detail=detail)
        detail = f"{self.checker.name} finds no new error"
        return Result(Verdict.ACCEPT, candidates=(marked(best, self.option),), detail=detail)

    def _checked(self, paths: Sequence[str], ledger: Ledger) -> TypeErrors:
        started, price = self.bench.clock(), self.bench.prices.cpu_usd_per_s
        within = Within.of(LIMITS, ledger, price)
        errors = self.checker.check(self.bench.sandbox, paths, limits=within.kept)
        spend = self.bench.spend_cpu(errors.cpu_s, started)
        self._took_s.append(spend.seconds)
        ledger.charge(spend)
        within.check(timed_out=errors.timed_out, wall_s=spend.seconds, cpu_s=errors.cpu_s)
        return errors


@dataclass(frozen=True, slots=True)
class Inputs:
    """The best candidate on inputs that a proposer makes up."""

    probers: Sequence[TriesInputs]
    check: CheckModel

    @property
    def option(self) -> str:
        return self.check.option

    def quote(self, state: State) -> Quote | None:
        found = self._prober(state)
        if found is None:
            return None
        quote = replace(found[1], option=self.option, action=Action.VERIFY)
        return judged(quote, state, self.check)

    def do(self, state: State, ledger: Ledger) -> Result:
        best, found = state.best, self._prober(state)
        if best is None or found is None:
            return Result(Verdict.FAILED, detail="no candidate to try")
        result = found[0].try_inputs(state, best, ledger)
        others = tuple(c for c in result.candidates if c.id != best.id)
        return replace(result, candidates=(marked(best, self.option), *others))

    def _prober(self, state: State) -> tuple[TriesInputs, Quote] | None:
        best = undecided(state, self.option)
        if best is None:
            return None
        for prober in self.probers:
            if quote := prober.quote_inputs(state, best):
                return prober, quote
        return None


@dataclass(frozen=True, slots=True)
class Opinion:
    """Another tier is asked for a repair of its own. That it makes the same change speaks for
    the candidate at hand; what else it brings is a candidate like any other."""

    proposer: Proposer
    check: CheckModel

    @property
    def option(self) -> str:
        return self.check.option

    def quote(self, state: State) -> Quote | None:
        best, tier = undecided(state, self.option), self.proposer.tier
        if best is None or best.tier == tier or tier in state.exhausted:
            return None
        quote = self.proposer.quote(state)
        if quote is None:
            return None
        return judged(replace(quote, option=self.option, action=Action.VERIFY), state, self.check)

    def do(self, state: State, ledger: Ledger) -> Result:
        best = state.best
        if best is None:
            return Result(Verdict.FAILED, detail="no candidate to compare with")
        taken = take(self.proposer, state, ledger)
        if isinstance(taken, Result):
            return taken
        news, refused, twin = sorted_out(state, taken)
        agrees = twin is not None and twin.id == best.id
        same = f"comes to the same change ({best.note or best.id})"
        what = same if agrees else "does not agree"
        return Result(
            Verdict.ACCEPT if agrees else Verdict.REJECT,
            candidates=(marked(best, self.option), *news, *refused),
            exhausted=taken.exhausted,
            cursor=taken.cursor,
            detail=f"{self.proposer.tier} {what}; {len(news)} other(s) pass",
            question=taken.question,
            tried=taken.tried,
            renewed=taken.renewed,
        )


def undecided(state: State, option: str) -> Candidate | None:
    """The best candidate, unless this check's verdict on it is in."""
    best = state.best
    return best if best and best.stage in LIVE and option not in best.checked else None


def marked(candidate: Candidate, option: str) -> Candidate:
    return replace(candidate, checked=(*candidate.checked, option))
