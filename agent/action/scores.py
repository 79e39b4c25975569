"""What players made of every recorded task: the contest itself, over folds and repeats."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fixit_runtime.agent.action.contest import Fold, Peer, Setting, recorded
from fixit_runtime.agent.action.fit import Table
from fixit_runtime.agent.action.replay import Played, Run, Task, Verifier, play
from fixit_runtime.agent.economy import Array
from fixit_runtime.agent.ledger import Limits

Folds = Sequence[Sequence[Fold]]  # by repeat


@dataclass
class Score:
    """What a player made of every task, averaged over repeats. Arrays of (tasks,)."""

    right: Array
    wrong: Array
    paid: Array
    seconds: float = 0.0

    @classmethod
    def blank(cls, count: int) -> Score:
        return cls(np.zeros(count), np.zeros(count), np.zeros(count))

    def add(self, row: int, played: Played, share: float) -> None:
        self.right[row] += share * played.right
        self.wrong[row] += share * (bool(played.shown) and not played.right)
        self.paid[row] += share * played.paid_usd

    def utility(self, value_usd: float, risk_usd: float = 0.0) -> Array:
        return value_usd * self.right - risk_usd * self.wrong - self.paid


@dataclass
class Deck:
    """The tasks of one repeat as each judge sees them; all policies meet the same verdicts."""

    table: Table
    repeat: int
    dealt: dict[Verifier, list[Task]] = field(default_factory=dict)

    def tasks(self, verifier: Verifier) -> list[Task]:
        if verifier not in self.dealt:
            draws = np.random.default_rng([self.repeat, 1]).random(self.table.right.shape)
            accepted = verifier.accepts(self.table.right, draws)
            self.dealt[verifier] = recorded(self.table, accepted)
        return self.dealt[verifier]


def contest(
    run: Run,
    table: Table,
    folds: Folds,
    setting: Setting,
    peers: Mapping[str, Peer],
    value_usd: float,
    limits: Limits | None = None,
) -> dict[str, Score]:
    """Every peer on every task, each time from the fold that has not seen it; `limits` for each
    task. What a peer spends on learning counts in its seconds (of CPU time)."""
    scores = {name: Score.blank(len(table.tasks)) for name in peers}
    prices = setting.prices(value_usd)
    for repeat, split in enumerate(folds):
        deck = Deck(table, repeat)
        for fold in split:
            for name, peer in peers.items():
                started = time.process_time()
                player = peer(fold, setting, value_usd)
                tasks = deck.tasks(player.verifier)
                for row in fold.rows:
                    chosen = player.policy(tasks[row])
                    played = play(run, tasks[row], player.belief, chosen, prices, limits)
                    scores[name].add(row, played, 1 / len(folds))
                scores[name].seconds += time.process_time() - started
    return scores
