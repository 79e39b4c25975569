"""What functions do on inputs like those of the tests: as they are, and as each candidate has
them. Sent into the sandbox by `behaviour`: Python 3.8+, pytest 6+ and the standard library.

The tests are run once, with the likeliest candidate swapped in where that is possible, since a
test goes no further than its first failure; the calls of the functions in question are recorded,
with copies of their arguments: those that candidates change (targets), and those that a test
calls on the way to them (entries). Then every candidate, in a fork of its own, does these
calls and variations of them. What it does is told as data:

    inputs     calls [text, recorded, passing, entry, target]
    behaviour  n, outcomes [kind, digest, text]     n: -1 and -2 for the untouched code, twice

`kind`: returns, raises, hangs, dies, unasked. The digest covers the result, what was printed and
what became of the arguments.
"""

from __future__ import annotations

import gc
import os
from typing import Any

from fixit_runtime.tools.probe import Report
from fixit_runtime.tools.probe import main as run_tests
from fixit_runtime.tools.probe_lines import Tree
from fixit_runtime.tools.repair.behaviour_fork import behaviour
from fixit_runtime.tools.repair.behaviour_place import Candidates
from fixit_runtime.tools.repair.behaviour_record import Recorder
from fixit_runtime.tools.repair.behaviour_vary import Made, inputs_of
from fixit_runtime.tools.worker_swap import Tracer

LATE_MOST = 3  # calls of a candidate that hang: then the rest is not asked
LATE_MOST_BEFORE = 12  # of the untouched code, which may hang where it is wrong
LEAST_CALLS = 20  # are done, however long one takes

Json = Any


def main(config: Json) -> int:
    """Record, then do; writes to the report as it goes."""
    report = Report(config["report"])
    tree, tracer = Tree(config["root"]), Tracer()
    recorder = Recorder(config, tree, tracer)
    tracer.start()
    run_tests(config, report, (recorder,))
    made = inputs_of(recorder.recorded())
    if not made:
        return 0
    place = Candidates(tree, config["root"], tracer)
    gc.collect()
    gc.freeze()
    compare_all(config, report, made, place)
    return 0


def compare_all(config: Json, report: Report, made: list[Made], place: Candidates) -> None:
    """Do the calls on the untouched code, twice, then on each candidate; fewer calls where they
    take long, and no further candidate once the time is up."""
    budget_s, count = config["budget_cpu_s"], len(config["candidates"]) + 2
    calls = [call for call, _ in made]
    wall_s = 2.0 * budget_s
    begun = _children_s()
    first = behaviour(calls, dict, wall_s, LATE_MOST_BEFORE)
    took_s = max(_children_s() - begun, 1e-6)
    room = int(len(calls) * budget_s / count / took_s)
    calls = calls[: max(room, LEAST_CALLS)]
    report.write("inputs", calls=[[call.text(), *about] for call, about in made[: len(calls)]])
    report.write("behaviour", n=-2, outcomes=first[: len(calls)])
    again = behaviour(calls, dict, wall_s, LATE_MOST_BEFORE)
    report.write("behaviour", n=-1, outcomes=again)
    for number, files in enumerate(config["candidates"]):
        if _children_s() - begun > budget_s:
            break
        outcomes = behaviour(calls, lambda files=files: place.put(files), wall_s, LATE_MOST)
        report.write("behaviour", n=number, outcomes=outcomes)


def _children_s() -> float:
    used = os.times()
    return used.children_user + used.children_system
