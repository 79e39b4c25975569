"""The index rule against its peers on recorded outcomes, through the real loop.

    python benchmarks/router_replay.py --data outcomes.csv            five folds, repeated
    python benchmarks/router_replay.py --train a.csv --test b.csv     fit on one, score the other
    python benchmarks/router_replay.py --only purses --data outcomes.csv        one part of it

A file has one row an attempt: instance_id, repo, model, resolved (0 or 1), cost_usd. Every
policy runs through `loop.run` with the real steps, beliefs and economy; only the proposers are
replaced by recorded ones, each model at most once a task. Everything that is fitted is fitted on
the training folds.

Utility is V per right patch shown, less what was paid, less the risk price per wrong one.
"regret" is what the best single attempt in hindsight, or none, earns above that, a task.
"closed" is the share of the gap closed between the best single model (chosen in training) and
hindsight (the best single attempt, or none). Intervals: 95 %, tasks resampled, repeats averaged.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from fixit_runtime.agent import loop
from fixit_runtime.agent.action.contest import (
    AT_ANY_VALUE,
    GREEDY,
    INDEX,
    NOISY,
    NOISY_PEERS,
    PEERS,
    PERFECT,
    SINGLE,
    UNVERIFIED,
    Fold,
    Player,
    Setting,
    cascade,
    cross_validation,
    held_out,
    recorded,
)
from fixit_runtime.agent.action.fit import Attempted, Table
from fixit_runtime.agent.action.policies.tuning import best_single, greedy_cascade
from fixit_runtime.agent.action.purse import Purse, SpendCurve, pay, spend_curve
from fixit_runtime.agent.action.replay import Untraced, play
from fixit_runtime.agent.action.scores import Deck, Folds, Score, contest
from fixit_runtime.agent.action.steps import advance
from fixit_runtime.agent.demand.figures import Figure
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.ledger import Ledger, Limits
from fixit_runtime.agent.seams import Policy, State, Step

VALUES = (0.5, 1.0, 2.0, 5.0, 10.0, 50.0)
QUICK_VALUES = (2.0, 5.0, 10.0, 50.0)
PURSES = (5.0, 15.0, 50.0, 150.0)  # for 250 tasks; scaled to as many as there are
PURSE_TASKS = 250
PURSE_VALUE = 50.0  # so high that all but the last of them bind
REPEATS, PURSE_REPEATS = 5, 3
CURVE_TASKS = 60  # training tasks on which the expected spend is measured


def run(
    state: State, steps: Sequence[Step], policy: Policy, prices: Prices, ledger: Ledger
) -> State:
    return loop.run(state, steps, advance, loop.Controls(policy, prices), ledger, Untraced())


def read(path: Path) -> Table:
    """The table of a file. Exits with one clear message where it is none."""
    wanted = {"instance_id", "repo", "model", "resolved", "cost_usd"}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}")
    if not rows or not wanted <= rows[0].keys():
        sys.exit(f"{path}: expected a CSV file with the columns {', '.join(sorted(wanted))}")
    return Table.of(
        [
            Attempted(
                r["instance_id"], r["model"], r["resolved"] == "1", float(r["cost_usd"]), r["repo"]
            )
            for r in rows
        ]
    )


# --------------------------------------------------------------------------- figures


@dataclass(frozen=True)
class Row:
    """One line of the table, and of the JSON file."""

    setting: str
    value_usd: float
    policy: str
    utility_usd: float
    regret_usd: float
    closed_percent: Figure
    resolved_percent: float
    cost_usd: float
    index_minus: Figure | None
    seconds: float

    def json(self) -> dict[str, object]:
        return {k: v.json() if isinstance(v, Figure) else v for k, v in vars(self).items()}


def rows(
    table: Table, setting: Setting, value: float, scores: Mapping[str, Score], base: str
) -> Iterator[Row]:
    risk = setting.risk * value
    best = np.maximum(0.0, np.nanmax(value * table.right - table.cost, axis=1))
    floor, index = scores[base].utility(value, risk), scores[INDEX].utility(value, risk)
    earns = np.nanargmax(value * table.right - table.cost, axis=1)[:, None]
    taken = np.take_along_axis(table.right, earns, 1)[:, 0] * (best > 0)
    paid = np.take_along_axis(table.cost, earns, 1)[:, 0] * (best > 0)
    hindsight = Score(taken, np.zeros(len(best)), paid)
    for name, score in {"hindsight": hindsight, **scores}.items():
        utility = score.utility(value, risk)
        yield Row(
            setting.name,
            value,
            name,
            float(utility.mean()),
            float((best - utility).mean()),
            Figure.closed(utility, floor, best),
            100 * float(score.right.mean()),
            float(score.paid.mean()),
            None if name in (INDEX, "hindsight") else Figure.of(index - utility),
            score.seconds,
        )


def show(table_rows: Sequence[Row]) -> None:
    first = table_rows[0]
    print(f"\n{first.setting}, V = ${first.value_usd:g}")
    print(
        f"{'policy':30} {'utility':>8} {'regret':>7} {'closed % [95 %]':>22} {'resolved':>9} "
        f"{'cost':>7}  "
        f"{'index minus this, USD a task':34} {'s':>6}"
    )
    for row in table_rows:
        closed, minus = row.closed_percent, ""
        if d := row.index_minus:
            minus = f"{d.mean:+8.3f} [{d.low:+.3f}, {d.high:+.3f}] {d.verdict}"
        share = f"{closed.mean:7.1f} [{closed.low:.1f}, {closed.high:.1f}]"
        print(
            f"{row.policy:30} {row.utility_usd:8.3f} {row.regret_usd:7.3f} {share:>22} "
            f"{row.resolved_percent:8.1f}% {row.cost_usd:7.3f}  {minus:34} {row.seconds:6.1f}"
        )
    sys.stdout.flush()


# --------------------------------------------------------------------------- mixed values


def mixed(
    table: Table, folds: Folds, aware: Mapping[float, Mapping[str, Score]]
) -> dict[str, Figure]:
    """V uniform on `VALUES`: what the index rule that is told V gains over peers that are not,
    and decide at the mean V."""
    mean = float(np.mean(VALUES))
    names = [INDEX, GREEDY, "best-3 cascade", "best-2 cascade", SINGLE]
    blind = contest(run, table, folds, PERFECT, {name: PEERS[name] for name in names}, mean)
    told = np.mean([aware[v][INDEX].utility(v) for v in VALUES], axis=0)
    print(f"\nV uniform on {VALUES}: the index rule, told V, earns ${told.mean():.3f} a task")
    gains = {name: Figure.of(told - score.utility(mean)) for name, score in blind.items()}
    for name, gain in gains.items():
        print(
            f"  {name + ' at the mean V':38} {blind[name].utility(mean).mean():7.3f}   "
            f"gain {gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] {gain.verdict}"
        )
    return gains


# --------------------------------------------------------------------------- one purse


def curve_of(fold: Fold, player: Player) -> SpendCurve:
    """The index rule's mean spend on training tasks at each price of money."""
    lots = np.random.default_rng(0).permutation(len(fold.train.tasks))
    train = fold.train.only(lots[:CURVE_TASKS])
    tasks = recorded(train, train.right)
    return spend_curve(run, tasks, player.belief, player.policy, PERFECT.prices(PURSE_VALUE))


def from_one_purse(table: Table, folds: Folds, purses: Sequence[float]) -> dict[float, Score]:
    """The index rule on all tasks in random order, paying from one purse at its price."""
    scores = {usd: Score.blank(len(table.tasks)) for usd in purses}
    for repeat, split in enumerate(folds):
        tasks = Deck(table, repeat).tasks(PERFECT.verifier)
        owner = {row: fold for fold in split for row in fold.rows}
        players = [PEERS[INDEX](fold, PERFECT, PURSE_VALUE) for fold in split]
        ready = {
            id(fold): (player, curve_of(fold, player))
            for fold, player in zip(split, players, strict=True)
        }
        for usd in purses:
            lots, purse = np.random.default_rng([repeat, 2]), Purse(usd, len(tasks))
            for row in lots.permutation(len(tasks)).tolist():
                player, curve = ready[id(owner[row])]
                chosen = player.policy(tasks[row])
                spend = partial(play, run, tasks[row], player.belief, chosen)
                played = pay(purse, curve, PERFECT.prices(PURSE_VALUE), lots.random(), spend)
                scores[usd].add(row, played, 1 / len(folds))
    return scores


def purses(table: Table, folds: Folds) -> list[dict[str, object]]:
    """Resolved with one purse at equal marginal return, beside equal caps for every peer."""
    scale = len(table.tasks) / PURSE_TASKS
    spent = from_one_purse(table, folds, [usd * scale for usd in PURSES])
    report: list[dict[str, object]] = []
    for usd, score in spent.items():
        cap = usd / len(table.tasks)
        share = Limits(cost_usd=cap)
        peers = {
            **{name: peer for name, peer in PEERS.items() if name not in (GREEDY, SINGLE)},
            "greedy cascade, tuned to the cap": cascade(greedy_cascade, cap_usd=cap),
            "best single, tuned to the cap": cascade(best_single, cap_usd=cap),
        }
        print(
            f"\none purse of ${usd:g} for {len(table.tasks)} tasks: resolved "
            f"{100 * score.right.mean():.1f} %, spent ${score.paid.sum():.2f}; equal caps:"
        )
        for name, peer in contest(run, table, folds, PERFECT, peers, PURSE_VALUE, share).items():
            gain = Figure.of(100 * (score.right - peer.right))
            print(
                f"  {name:34} resolved {100 * peer.right.mean():5.1f} %  spent "
                f"${peer.paid.sum():7.2f}   purse {gain.mean:+6.1f} points "
                f"[{gain.low:+.1f}, {gain.high:+.1f}] {gain.verdict}"
            )
            report.append({"purse_usd": usd, "policy": name, "points_gained": gain.json()})
        sys.stdout.flush()
    return report


# --------------------------------------------------------------------------- the program


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="outcomes for five-fold cross-validation")
    parser.add_argument("--train", type=Path, help="outcomes to fit on")
    parser.add_argument("--test", type=Path, help="outcomes to score on")
    parser.add_argument(
        "--admit", type=int, default=20, metavar="N",
        help="tasks of --test from which its unknown models are admitted (0: leave them out)",
    )  # fmt: skip
    parser.add_argument("--repeats", type=int, help="of the cross-validation")
    parser.add_argument("--only", choices=("values", "verifiers", "purses"), help="one part of it")
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    given = parser.parse_args()
    if bool(given.data) == bool(given.train and given.test):
        parser.error("give either --data, or --train and --test")
    return given


def by_value(table: Table, folds: Folds, quick: bool) -> tuple[list[Row], dict[str, Figure]]:
    """Every peer with a perfect verifier, at each V; and the gains where V varies."""
    shown = QUICK_VALUES if quick else VALUES
    lines: list[Row] = []
    aware: dict[float, dict[str, Score]] = {}
    steady: dict[str, Score] = {}
    for value in VALUES:
        peers = PEERS if value in shown else {n: PEERS[n] for n in (INDEX, SINGLE)}
        changing = {n: p for n, p in peers.items() if n not in steady}
        scores = contest(run, table, folds, PERFECT, changing, value)
        steady |= {n: s for n, s in scores.items() if n in AT_ANY_VALUE}
        aware[value] = {n: steady.get(n) or scores[n] for n in peers}
        if value in shown:
            told = list(rows(table, PERFECT, value, aware[value], SINGLE))
            show(told)
            lines += told
    return lines, mixed(table, folds, aware)


def by_verifier(table: Table, folds: Folds) -> list[Row]:
    """The gate and the cascades where the verifier errs, and where a wrong patch costs V."""
    lines: list[Row] = []
    for setting in NOISY:
        for value in QUICK_VALUES:
            scores = contest(run, table, folds, setting, NOISY_PEERS, value)
            told = list(rows(table, setting, value, scores, UNVERIFIED))
            show(told)
            lines += told
    return lines


def main() -> None:
    given, started = arguments(), time.process_time()
    if given.data:
        table = read(given.data)
        repeats = given.repeats or (1 if given.quick else REPEATS)
        folds: Folds = [cross_validation(table, repeat) for repeat in range(repeats)]
        how = f"five folds, {repeats} time(s)"
    else:
        fold, table, note = held_out(read(given.train), read(given.test), given.admit)
        folds, how = [[fold]], f"fitted on {given.train.name}, scored once; {note}"
    print(f"{len(table.tasks)} tasks, {len(table.tiers)} models; {how}")
    report: dict[str, object] = {"how": how}
    lines: list[Row] = []
    if given.only in (None, "values"):
        lines, gains = by_value(table, folds, given.quick)
        report["mixed"] = {name: gain.json() for name, gain in gains.items()}
    if given.only in (None, "verifiers"):
        lines += by_verifier(table, folds)
    if given.only in (None, "purses"):
        report["purses"] = purses(table, folds[: 1 if given.quick else PURSE_REPEATS])
    report["rows"] = [row.json() for row in lines]
    report["cpu_seconds"] = time.process_time() - started
    print(f"\n{report['cpu_seconds']:.0f} s of CPU time")
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
