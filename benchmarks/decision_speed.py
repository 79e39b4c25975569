"""How long one decision over thirty options, and one update of the belief, take.

    python benchmarks/decision_speed.py

Medians in milliseconds of CPU time on one core, beside a floor of numpy's own measured in the
same run: one product of the matrices that a lookahead multiplies at every level. The beliefs
are fitted to simulated outcomes; nothing is read from disk.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy starts its threads
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from fixit_runtime.agent import economy
from fixit_runtime.agent.action.checks import CheckModel
from fixit_runtime.agent.action.contest import judged
from fixit_runtime.agent.action.fit import fit
from fixit_runtime.agent.action.fitted import FittedBelief
from fixit_runtime.agent.action.replay import Verifier
from fixit_runtime.agent.action.simulate import Skill, simulate
from fixit_runtime.agent.economy import Action, Prices, Quote, Verdict
from fixit_runtime.agent.seams import Candidate, Result, Stage

OPTIONS = 30
SUITE = CheckModel("verify:suite", Stage.GREEN, Stage.CONFIRMED, 0.98, 0.5, 0.01)
PLAN = Quote("plan:localise", Action.PLAN, cost_usd=0.01, outcomes=((Verdict.INFORMED, 1.0),))
DEFER = Quote("defer", Action.DEFER)


def world(count: int) -> FittedBelief:
    """A belief over `count` tiers, dearer ones better, judged by a check that errs."""
    tiers = {f"tier-{k:02d}": Skill(0.1 * k - 0.5, 0.02 * 1.15**k) for k in range(count)}
    known = fit(simulate(tiers, 300, np.random.default_rng(0)), version="simulated")
    belief = judged(known.belief(), Verifier(0.05, 0.02))
    return replace(belief, model=replace(belief.model, checks=(SUITE,)))


def act(belief: FittedBelief, tier: str) -> Quote:
    usd = belief.expected_usd(tier)
    return Quote(f"act:{tier}", Action.ACT, tier=tier, cost_usd=usd, outcomes=Quote.attempt(0.0))


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
    belief = world(OPTIONS - 2)
    acts = [act(belief, tier) for tier in belief.costs]
    candidate = Candidate("c", "tier-05", {}, stage=Stage.GREEN)
    accepted = Result(Verdict.ACCEPT, candidates=(candidate,))
    held = belief.learn(acts[5], accepted)
    verify = Quote(SUITE.option, Action.VERIFY, cost_usd=0.01, outcomes=Quote.attempt(0.8))
    prices = Prices()
    mass = np.random.default_rng(0).random((2 * len(acts), len(belief.weights())))
    curves = np.random.default_rng(1).random((len(belief.weights()), len(acts)))
    rejected = Result(Verdict.REJECT)
    return {
        "decision, nothing tried yet": median_ms(
            lambda: economy.rank(belief, [*acts, PLAN, DEFER], prices), times
        ),
        "decision, a candidate at hand": median_ms(
            lambda: economy.rank(held, [*acts, verify, DEFER], prices), times
        ),
        "posterior update, rejected": median_ms(lambda: belief.learn(acts[5], rejected), times),
        "posterior update, accepted": median_ms(lambda: belief.learn(acts[5], accepted), times),
        "numpy's floor, one matrix product": median_ms(lambda: mass @ curves, times),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    given = parser.parse_args()
    figures = measured(200 if given.quick else 2000)
    floor = figures["numpy's floor, one matrix product"]
    print(f"{OPTIONS} options, median of one call on one core")
    for name, ms in figures.items():
        print(f"  {name:36} {ms:8.4f} ms   {ms / floor:7.1f} x floor")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
