"""What a healthy repository's own tests show: which pass, how long they take, what they run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fixit_runtime.agent.errors import EnvironmentFailed
from fixit_runtime.agent.seams import Outcome, RunLimits, Sandbox, SuiteRun

RED = (Outcome.FAILED, Outcome.ERROR)
_IMPORT = "<import>"  # who runs lines while tests are collected


class Commands(Protocol):
    """A test command that can also run the tests on mutants, one after another."""

    def run(
        self, sandbox: Sandbox, nodeids: Sequence[str] | None = None, *,
        limits: RunLimits = ..., coverage: bool = False, stop_at_first_failure: bool = False,
    ) -> SuiteRun: ...  # fmt: skip

    def run_candidates(
        self, sandbox: Sandbox, candidates: Sequence[Mapping[str, str | None]],
        nodeids: Sequence[str] | None = None, *, limits: RunLimits = ...,
        stop_at_first_failure: bool = True, screen: bool = True,
    ) -> Iterator[SuiteRun]: ...  # fmt: skip


@dataclass(frozen=True, slots=True)
class Health:
    """What the suite of the untouched repository showed. `unsound` tests did not pass every
    time, and were not skipped either: bugs are judged without them."""

    passing: tuple[str, ...]
    unsound: tuple[str, ...]
    runs: Mapping[str, Mapping[int, tuple[str, ...]]]  # path -> line -> tests
    imported: Mapping[str, frozenset[int]]
    cpu_s: float
    wall_s: float


def examine(sandbox: Sandbox, tests: Commands) -> Health:
    """Run the suite three times, once with coverage.

    Raises:
        EnvironmentFailed: it does not end by itself, or no test passes.
    """
    first, second = tests.run(sandbox), tests.run(sandbox)
    traced = tests.run(sandbox, coverage=True, limits=RunLimits(wall_s=600.0, cpu_s=300.0))
    every = (first, second, traced)
    if not all(run.completed for run in every):
        raise EnvironmentFailed(
            "the suite does not run to its end", hint="name quicker tests with --test"
        )
    outcomes = [{r.nodeid: r.outcome for r in run.results} for run in every]
    names = list(dict.fromkeys(name for run in outcomes for name in run))
    passing, unsound = [], []
    for name in names:
        seen = {run.get(name) for run in outcomes}
        if seen == {Outcome.PASSED}:
            passing.append(name)
        elif len(seen) > 1 or seen & set(RED):
            unsound.append(name)
    if not passing:
        raise EnvironmentFailed(
            "no test of the suite passes", hint="name the command that runs them with --test"
        )
    runs: dict[str, dict[int, list[str]]] = {}
    for name in passing:
        for path, lines in traced.coverage.get(name, {}).items():
            for line in lines:
                runs.setdefault(path, {}).setdefault(line, []).append(name)
    return Health(
        tuple(passing),
        tuple(unsound),
        {p: {n: tuple(t) for n, t in lines.items()} for p, lines in runs.items()},
        traced.coverage.get(_IMPORT, {}),
        max(first.cpu_s, second.cpu_s),
        max(first.wall_s, second.wall_s),
    )
