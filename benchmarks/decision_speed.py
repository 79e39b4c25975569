"""How long one decision over thirty options, and one update of the belief, take.

    python benchmarks/decision_speed.py

What is timed is `loop.choose` itself, with the belief, the checks and the prices of limits that
`fixit` decides with: nothing tried yet, a candidate at hand, and fourteen tiers that could be
asked for an opinion; each without limits, with the default ones, and with one that binds. Beside
it, the rule alone on a fitted belief, and the updates of both beliefs.

Medians in milliseconds of CPU time on one core, beside a floor of numpy's own measured in the
same run: one product of the matrices that a lookahead multiplies at every level. Figures are
simulated; nothing is read from disk.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy starts its threads
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from fixit_runtime.agent import economy, loop
from fixit_runtime.agent.action import evidence, verify
from fixit_runtime.agent.action.checks import OPINION, SUITE, shipped_checks
from fixit_runtime.agent.action.contest import judged
from fixit_runtime.agent.action.duals import tighten
from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.fit import fit
from fixit_runtime.agent.action.fitted import FittedBelief
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.action.replay import Verifier
from fixit_runtime.agent.action.scripted import ScriptedProposer
from fixit_runtime.agent.action.simulate import Skill, simulate
from fixit_runtime.agent.economy import Action, Prices, Quote, Verdict
from fixit_runtime.agent.seams import Candidate, Result, Stage, State, TestFacts

OPTIONS = 30
OPINIONS = 14
PLAN = Quote(
    "plan:localise", Action.PLAN, cost_usd=0.01, latency_s=5.0, outcomes=((Verdict.INFORMED, 1.0),)
)
DEFER = Quote("defer", Action.DEFER)
FACTS = TestFacts(failing=("t::red",), passing=("t::green",), suite_s=3.0, suite_cpu_s=3.0)
LIMITS = {
    "no limit": {},
    "default limits": {"left_usd": 1.0, "left_s": 900.0},
    "the cap binds": {"left_usd": 0.05, "left_s": 900.0},
    "the deadline binds": {"left_usd": 1.0, "left_s": 25.0},
}
CONTROLS = loop.Controls(policy("index"), Prices(), tighten=tighten)


@dataclass(frozen=True)
class World:
    """A decision as the loop meets it: a state without limits, and what is on offer."""

    state: State
    menu: Sequence[Quote]

    def choose(self, **left: float) -> Callable[[], object]:
        state, lots = replace(self.state, **left), random.Random(0)  # type: ignore[arg-type]
        return lambda: loop.choose(state, self.menu, (), CONTROLS, lots)


def worlds() -> dict[str, World]:
    """Thirty options of the kinds that a run has: before the first attempt, with a candidate that
    owes its checks, and with one that other tiers can be asked about."""
    names = ["search", *(f"model-{k:02d}" for k in range(OPTIONS - 3))]
    usd = {name: 0.01 * 1.15**k for k, name in enumerate(names)}
    acts = [
        Quote(f"act:{n}", Action.ACT, n, cost_usd=usd[n], latency_s=5.0 + k,
              outcomes=Quote.attempt(0.0))
        for k, n in enumerate(names)
    ]  # fmt: skip
    table = shipped_checks()
    checks = (
        *verify.owed(FACTS, Prices(), table),
        *evidence.optional(table, [ScriptedProposer(n, []) for n in names], None),
    )
    fresh = GridEstimator(checks).belief(FACTS, names)
    fix = Candidate("c", "search", {}, stage=Stage.GREEN, prior=0.8)
    held = fresh.learn(acts[0], Result(Verdict.ACCEPT, candidates=(fix,)))

    def check(option: str, tier: str = "") -> Quote:
        p = held.p_accept(option)
        return Quote(
            option, Action.VERIFY, tier, p, cost_usd=0.01, latency_s=3.0, outcomes=Quote.attempt(p)
        )

    opinions = [check(f"{OPINION}:{n}", n) for n in names[1 : OPINIONS + 1]]
    green = State(held, FACTS, candidates=(fix,))
    return {
        "nothing tried yet": World(State(fresh, FACTS), [PLAN, *acts, DEFER]),
        "a candidate at hand": World(green, [check(SUITE), *acts, DEFER]),
        f"{OPINIONS} opinions to be had": World(
            green, [check(SUITE), *opinions, *acts[: OPTIONS - OPINIONS - 2], DEFER]
        ),
    }


def fitted(count: int) -> FittedBelief:
    """A belief fitted over `count` tiers, dearer ones better, judged by a check that errs."""
    tiers = {f"tier-{k:02d}": Skill(0.1 * k - 0.5, 0.02 * 1.15**k) for k in range(count)}
    known = fit(simulate(tiers, 300, np.random.default_rng(0)), version="simulated")
    return judged(known.belief(), Verifier(0.05, 0.02))


def median_ms(work: Callable[[], object], times: int) -> float:
    """Median CPU time of one call, milliseconds."""
    taken = []
    for _ in range(times):
        started = time.process_time_ns()
        work()
        taken.append(time.process_time_ns() - started)
    return float(np.median(taken)) / 1e6


def measured(times: int) -> dict[str, float]:
    """Median milliseconds by what was measured."""
    figures = {
        f"decision, {name}, {limit}": median_ms(world.choose(**left), times)
        for name, world in worlds().items()
        for limit, left in LIMITS.items()
    }
    belief = fitted(OPTIONS - 2)
    acts = [
        Quote(f"act:{t}", Action.ACT, tier=t, cost_usd=belief.expected_usd(t),
              outcomes=Quote.attempt(0.0))
        for t in belief.costs
    ]  # fmt: skip
    found = Candidate("c", "tier-05", {}, stage=Stage.GREEN)
    accepted, rejected = Result(Verdict.ACCEPT, candidates=(found,)), Result(Verdict.REJECT)
    own = worlds()["nothing tried yet"]
    mass = np.random.default_rng(0).random((2 * len(acts), len(belief.weights())))
    curves = np.random.default_rng(1).random((len(belief.weights()), len(acts)))
    return figures | {
        "the rule alone, fitted belief": median_ms(
            lambda: economy.rank(belief, [*acts, PLAN, DEFER], Prices()), times
        ),
        "posterior update, rejected": median_ms(
            lambda: own.state.belief.learn(own.menu[1], rejected), times
        ),
        "posterior update, accepted": median_ms(
            lambda: own.state.belief.learn(own.menu[1], accepted), times
        ),
        "posterior update, fitted, rejected": median_ms(
            lambda: belief.learn(acts[5], rejected), times
        ),
        "posterior update, fitted, accepted": median_ms(
            lambda: belief.learn(acts[5], accepted), times
        ),
        FLOOR: median_ms(lambda: mass @ curves, times),
    }


FLOOR = "numpy's floor, one matrix product"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--times", type=int, help="how many repetitions of each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    given = parser.parse_args()
    figures = measured(given.times or (200 if given.quick else 2000))
    print(f"{OPTIONS} options, median of one call on one core")
    for name, ms in figures.items():
        print(f"  {name:52} {ms:8.4f} ms   {ms / figures[FLOOR]:7.1f} x floor")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
