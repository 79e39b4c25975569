"""Reads what a screen of many candidates has said: see `worker_screen`.

A candidate may have written any of it, for itself and for others. That does no harm: a failure
only rejects, and a pass counts for nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fixit_runtime.agent.seams import Outcome, SuiteRun, TestResult

_RED = (Outcome.FAILED, Outcome.ERROR)


@dataclass(frozen=True, slots=True)
class Screened:
    """Of the first `seen` candidates of a batch those that are `rejected`, by number. `goes_on`:
    whether the rest, and later batches, are worth a screen."""

    seen: int
    rejected: Mapping[int, SuiteRun]
    goes_on: bool


def read_screen(answer: Mapping[str, Any], count: int) -> Screened:
    """What the worker's answer for `count` candidates shows."""
    rejected: dict[int, SuiteRun] = {}
    begun: set[int] = set()
    ready = False
    for event in _events(answer["report"]):
        try:
            match event["e"]:
                case "screening":
                    ready = not event["why"]
                case "try" | "skip":
                    begun.add(int(event["n"]))
                    rejected.pop(int(event["n"]), None)
                case "tried":
                    run = _run(event)
                    if any(result.outcome in _RED for result in run.results):
                        rejected[int(event["n"])] = run
                case "doubt":
                    for number in event["ns"]:
                        rejected.pop(int(number), None)
        except (KeyError, TypeError, ValueError):
            continue
    if not ready:
        return Screened(count, {}, False)
    seen = max((n for n in begun if n < count), default=-1) + 1
    shared = answer["cpu_s"] / max(len(begun), 1), answer["wall_s"] / max(len(begun), 1)
    return Screened(
        seen=count if answer["returncode"] == 0 else max(seen, 1),
        rejected={n: _costing(run, *shared) for n, run in rejected.items() if n < count},
        goes_on=True,
    )


def _events(report: str) -> Iterator[Any]:
    for line in report.splitlines():
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def _run(event: Mapping[str, Any]) -> SuiteRun:
    results = tuple(
        TestResult(
            nodeid=str(line["nodeid"]),
            outcome=Outcome(line["outcome"]),
            seconds=float(line["s"]),
            text=str(line["text"]),
            error_type=str(line["type"]),
            frames=_frames(str(line["nodeid"]), int(line["line"])),
        )
        for line in event["results"]
    )
    return SuiteRun(results, 1, event["left"] == 0, 0.0, 0.0, screened=True)


def _frames(nodeid: str, line: int) -> tuple[tuple[str, int], ...]:
    return ((nodeid.partition("::")[0], line),) if line else ()


def _costing(run: SuiteRun, cpu_s: float, wall_s: float) -> SuiteRun:
    return replace(run, wall_s=wall_s, cpu_s=cpu_s)
