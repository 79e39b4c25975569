"""Two predictions of the paper, by simulation with the real controller.

    python benchmarks/predictions.py

1. At a fixed V, more verifier budget lowers realised risk until its marginal product meets its
   cost. Every candidate must pass a check of so many independent tests before it may be shown;
   in the last row the loop chooses how many, for each candidate.
2. A router that minimises cost has systematic regret on rare tasks of high value. One task in
   twenty is worth a hundred times the others; the index rule is told, the others are not.

Tasks, attempts and tests are simulated; the loop, the belief, the economy and the peers are the
shipped ones, fitted to simulated training tasks. Nothing is read from disk. Intervals: 95 %,
tasks resampled; all rows meet the same tasks, attempts and tests.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fixit_runtime.agent import loop
from fixit_runtime.agent.action.checks import CheckModel
from fixit_runtime.agent.action.contest import judged, recorded
from fixit_runtime.agent.action.fit import Table, fit
from fixit_runtime.agent.action.fitted import FittedBelief
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.policies.recipes import Cascade
from fixit_runtime.agent.action.policies.tuning import Tuning, greedy_cascade
from fixit_runtime.agent.action.replay import (
    Recorded,
    ReplayProposer,
    Task,
    Untraced,
    Verifier,
    play,
)
from fixit_runtime.agent.action.simulate import PRICE_LIST, simulate
from fixit_runtime.agent.action.steps import Act, Defer, Submit, advance
from fixit_runtime.agent.demand.figures import Figure
from fixit_runtime.agent.demand.regret import Known, hindsight
from fixit_runtime.agent.economy import Action, Array, Prices, Quote, Verdict, worth
from fixit_runtime.agent.ledger import Ledger, Spend
from fixit_runtime.agent.seams import Policy, Result, Stage, State, Step, TestFacts

TRAIN = 300
INDEX = policy("index")

STRENGTHS = (0, 1, 2, 3, 4, 6, 8, 12)  # independent tests in a check
TEST_USD = 0.03  # what one of them costs
CATCHES = 0.45  # the chance that one stops a wrong patch
LETS_PASS = 0.995  # and that it passes a right one
PASSES_ANYWAY = 0.35  # wrong patches that turn the failing tests green
VALUE = RISK = 5.0  # a wrong patch shown costs as much as a right one is worth

USUAL, RARE, ONE_IN = 1.0, 100.0, 20  # USD; one task in so many is a rare one


def run(
    state: State, steps: Sequence[Step], chosen: Policy, prices: Prices, ledger: Ledger
) -> State:
    return loop.run(state, steps, advance, loop.Controls(chosen, prices), ledger, Untraced())


# --------------------------------------------------------------------------- 1. verification


def check_of(tests: int) -> CheckModel:
    """So many independent tests, all of which must pass."""
    caught = 1 - (1 - CATCHES) ** tests
    return CheckModel(
        f"verify:{tests}",
        Stage.GREEN,
        Stage.CONFIRMED,
        LETS_PASS**tests,
        caught,
        tests * TEST_USD,
    )


@dataclass(frozen=True, slots=True)
class Testing:
    """Runs the first `tests` of a candidate's tests; one that passes them owes nothing more.
    `passes` says of every tier's candidate which tests it passes."""

    tests: int
    passes: Mapping[str, Array]

    @property
    def option(self) -> str:
        return check_of(self.tests).option

    def quote(self, state: State) -> Quote | None:
        if state.best is None or state.best.stage is not Stage.GREEN:
            return None
        check = check_of(self.tests)
        chance = state.belief.chance_of(state.best.id)
        p = chance * check.sensitivity + (1 - chance) * (1 - check.specificity)
        return Quote(
            check.option,
            Action.VERIFY,
            p_accept=p,
            cost_usd=check.usd,
            cost_worst_usd=check.usd,
            outcomes=Quote.attempt(p),
        )

    def do(self, state: State, ledger: Ledger) -> Result:
        best = state.best
        assert best is not None  # else it is not on the menu
        ledger.charge(Spend(usd=self.tests * TEST_USD))
        passed = bool(self.passes[best.id][: self.tests].all())
        judged_one = replace(best, stage=Stage.CONFIRMED if passed else Stage.REJECTED)
        verdict = Verdict.ACCEPT if passed else Verdict.REJECT
        return Result(verdict, candidates=(judged_one,))


@dataclass(frozen=True)
class Verified:
    """What came of every task, arrays of (tasks,): right or wrong shown, USD in all and for
    tests."""

    right: Array
    wrong: Array
    paid_usd: Array
    tests_usd: Array

    @property
    def utility(self) -> Array:
        return VALUE * self.right - RISK * self.wrong - self.paid_usd


@dataclass(frozen=True)
class Lab:
    """Simulated tasks, which tests each candidate passes, (tasks, tiers, tests), and what the
    controller believes beforehand."""

    tasks: Sequence[Task]
    passes: Array
    belief: FittedBelief
    prices: Prices

    @classmethod
    def of(cls, count: int) -> Lab:
        lots, judge = np.random.default_rng(1), Verifier(false_accept=PASSES_ANYWAY)
        train = simulate(PRICE_LIST, TRAIN, lots)
        table = simulate(PRICE_LIST, count, lots)
        accepted = judge.accepts(table.right, lots.random(table.right.shape))
        draws = lots.random((*table.right.shape, max(STRENGTHS)))
        passes = np.where(table.right[:, :, None] == 1, draws < LETS_PASS, draws >= CATCHES)
        belief = judged(fit(train, version="simulated").belief(), judge)
        prices = Prices.of(VALUE, latency_usd_per_hour=0.0, risk_usd=RISK)
        return cls(recorded(table, accepted), passes.astype(float), belief, prices)

    def knowing(self, strengths: Sequence[int]) -> FittedBelief:
        """The belief that has these checks to choose from; a lookahead reckons with the first."""
        checks = tuple(check_of(n) for n in strengths)
        return replace(self.belief, model=replace(self.belief.model, checks=checks))

    def forecast(self, tests: int) -> float:
        """What a task is worth beforehand if its candidates are checked by so many tests."""
        acts = [
            Quote(
                f"act:{tier}",
                Action.ACT,
                tier,
                cost_usd=self.belief.expected_usd(tier),
                outcomes=Quote.attempt(0.0),
            )
            for tier in self.belief.costs
        ]
        return worth(self.knowing([tests]), acts, self.prices).usd

    def verified(self, strengths: Sequence[int]) -> Verified:
        """All tasks, where every candidate must pass one of these checks before it is shown."""
        belief, rows = self.knowing(strengths), []
        for task, passes in zip(self.tasks, self.passes, strict=True):
            by_tier = dict(zip(task.attempts, passes, strict=True))
            steps: list[Step] = [
                *(Act(ReplayProposer(t, a, Stage.GREEN)) for t, a in task.attempts.items()),
                *(Testing(n, by_tier) for n in strengths),
                Submit(),
                Defer(),
            ]
            ledger, facts = Ledger(), TestFacts((task.name,), ())
            state = run(State(belief, facts), steps, INDEX, self.prices, ledger)
            shown = state.best if state.ended == "submitted" else None
            right = shown is not None and task.attempts[shown.id].right
            acts = sum(task.attempts[tier].cost_usd for tier in state.exhausted)
            usd = ledger.spent.usd
            rows.append((right, shown is not None and not right, usd, usd - acts))
        return Verified(*np.array(rows, dtype=float).T)


def verification(count: int) -> dict[str, object]:
    """Prediction 1: a table by strength of the check, and the loop's own choice."""
    lab = Lab.of(count)
    print(
        f"\n1. Verification: {count} tasks, V = ${VALUE:g}, a wrong patch costs ${RISK:g}, "
        f"a test ${TEST_USD:g}\n"
        f"{'tests a check':14} {'wrong shown %':>24} {'right':>6} {'tests $':>8} "
        f"{'utility':>24}  {'gained by the last tests':>28} {'their price':>12}"
    )
    report: dict[str, object] = {}
    fixed: list[Verified] = []
    for tests in STRENGTHS:
        fixed.append(lab.verified([tests]))
        report[str(tests)] = _row(str(tests), fixed[-1], fixed[-2] if tests else None)
    best = max(fixed, key=lambda each: float(each.utility.mean()))
    first = max(STRENGTHS, key=lab.forecast)
    own = lab.verified([first, *(n for n in STRENGTHS if n != first)])
    report["loop"] = _row("the loop's", own, None)
    gain = Figure.of(own.utility - best.utility)
    print(
        f"the loop forecasts {first} to be best, and chooses anew for each candidate; its utility "
        f"less that of the check that was best in hindsight: {gain}"
    )
    return {**report, "loop minus best in hindsight": gain.json()}


def _row(name: str, got: Verified, before: Verified | None) -> dict[str, object]:
    """Prints a line, and returns it. What the last tests gain is in value and avoided risk."""
    wrong, utility = Figure.of(100 * got.wrong), Figure.of(got.utility)
    gained, price, last = None, None, ""
    if before is not None:
        gained = Figure.of(got.utility + got.tests_usd - before.utility - before.tests_usd)
        price = float((got.tests_usd - before.tests_usd).mean())
        last = f"{gained!s:>28} {price:12.3f}"
    print(
        f"{name:14} {wrong!s:>24} {100 * got.right.mean():5.1f}% {got.tests_usd.mean():8.3f} "
        f"{utility!s:>24}  {last}"
    )
    return {
        "wrong_percent": wrong.json(),
        "utility_usd": utility.json(),
        "right_percent": 100 * float(got.right.mean()),
        "tests_usd": float(got.tests_usd.mean()),
        "gained_usd": gained and gained.json(),
        "price_usd": price,
    }


# --------------------------------------------------------------------------- 2. rare value


def rare_value(count: int) -> dict[str, object]:
    """Prediction 2: regret against hindsight on usual tasks and on rare ones, by router."""
    lots = np.random.default_rng(2)
    train = simulate(PRICE_LIST, TRAIN, lots)
    belief = fit(train, version="simulated").belief()
    table = simulate(PRICE_LIST, count, lots)
    rare = np.arange(count) % ONE_IN == 0
    values = np.where(rare, RARE, USUAL)
    mean = float(values.mean())
    routers = {
        "index rule, told V": INDEX,
        "cheapest tier": policy("cheapest"),
        f"cascade tuned at the usual ${USUAL:g}": _tuned(train, USUAL),
        f"cascade tuned at the mean ${mean:g}": _tuned(train, mean),
    }
    tasks = recorded(table, table.right)
    ideal = np.array([
        hindsight(_known(task.attempts), value).utility_usd
        for task, value in zip(tasks, values.tolist(), strict=True)
    ])  # fmt: skip
    print(
        f"\n2. Rare value: {count} tasks worth ${USUAL:g}, one in {ONE_IN} worth ${RARE:g}; regret "
        f"against the best attempt in hindsight, USD a task\n"
        f"{'router':32} {'on usual tasks':>24} {'on rare ones':>24} {'above the index, rare':>25}"
    )
    report: dict[str, object] = {}
    base: Array | None = None
    for name, chosen in routers.items():
        earned = [
            play(run, task, belief, chosen, _prices(value)).utility(value)
            for task, value in zip(tasks, values.tolist(), strict=True)
        ]
        regrets = ideal - np.array(earned)
        base = regrets if base is None else base
        usual, seldom = Figure.of(regrets[~rare]), Figure.of(regrets[rare])
        above = Figure.of((regrets - base)[rare])
        print(f"{name:32} {usual!s:>24} {seldom!s:>24} {above!s:>25}")
        report[name] = {"usual": usual.json(), "rare": seldom.json(), "above index": above.json()}
    return report


def _prices(value_usd: float) -> Prices:
    return Prices.of(value_usd, latency_usd_per_hour=0.0, risk_usd=0.0)


def _tuned(train: Table, value_usd: float) -> Policy:
    order = greedy_cascade(Tuning(train.right, train.cost, value_usd))
    return Cascade(order=tuple(train.tiers[k] for k in order))


def _known(attempts: Mapping[str, Recorded]) -> dict[str, Known]:
    return {tier: Known(each.right, each.cost_usd) for tier, each in attempts.items()}


# --------------------------------------------------------------------------- the program


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="about a minute: a third of the tasks")
    parser.add_argument("--tasks", type=int, metavar="N", help="how many tasks instead")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    given = parser.parse_args()
    started = time.process_time()
    count = given.tasks or (1000 if given.quick else 3000)
    report = {"verification": verification(count), "rare value": rare_value(count)}
    print(f"\n{time.process_time() - started:.0f} s of CPU time")
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
