"""Which tests a plan traces: all of a short suite; of a long one the failing tests, and as many
passing ones as tell most for their time.

A traced run costs a multiple of a plain one, and what the passing tests tell of a suspect grows
slowly with their number. Half of the time goes to passing tests in the files of the failing
ones, the quickest first; the rest is spread evenly over the other files.
"""

from __future__ import annotations

from dataclasses import dataclass

from fixit_runtime.agent.seams import TestFacts

ROOM_S = 0.5
NEAR_SHARE = 0.5  # of that, for tests beside the failing ones


@dataclass(frozen=True, slots=True)
class Traced:
    """`nodeids`: None for the whole suite. `start_s` is what starts and collects it, `tests_s`
    what these tests take in a plain run."""

    nodeids: tuple[str, ...] | None
    start_s: float
    tests_s: float


def traced(facts: TestFacts, room_s: float = ROOM_S) -> Traced:
    """The tests to trace, so that the passing ones among them took `room_s` at most."""
    failing_s = sum(report.seconds for report in facts.reports)
    known_s = min(facts.passing_s + failing_s, facts.suite_s) or facts.suite_s
    start_s = facts.suite_s - known_s
    if facts.passing_s <= room_s or not facts.passing:
        return Traced(None, start_s, known_s)
    slow = dict(facts.slow)
    quick = len(facts.passing) - len(slow)
    each_s = max(facts.passing_s - sum(slow.values()), 0.0) / max(quick, 1)
    files = {nodeid.partition("::")[0] for nodeid in facts.failing}
    near, far = list[str](), list[str]()
    for nodeid in facts.passing:
        (near if nodeid.partition("::")[0] in files else far).append(nodeid)
    near.sort(key=lambda nodeid: slow.get(nodeid, 0.0))  # stable: else as the suite has them
    chosen, left_s = list[str](), room_s
    for nodeids, keep_s in ((near, (1.0 - NEAR_SHARE) * room_s if far else 0.0), (_spread(far), 0)):
        for nodeid in nodeids:
            took_s = slow.get(nodeid, each_s)
            if left_s - took_s >= keep_s:
                chosen.append(nodeid)
                left_s -= took_s
    kept = {*chosen, *facts.failing}
    order = [*facts.failing, *(nodeid for nodeid in facts.passing if nodeid in kept)]
    return Traced(tuple(order), start_s, room_s - left_s + failing_s)


def _spread(nodeids: list[str]) -> list[str]:
    """Every eighth first, then those between them: any beginning is spread over the whole."""
    return [nodeid for step in (0, 4, 2, 6, 1, 5, 3, 7) for nodeid in nodeids[step::8]]
