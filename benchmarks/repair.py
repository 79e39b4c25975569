"""The search tier on development tasks: plausible, correct, precision of "fixed", P(correct).

    python benchmarks/repair.py --tasks DIR --out ROWS.jsonl              both arms, 20 CPU s a task
    python benchmarks/repair.py --tasks DIR --out ROWS.jsonl --quick      the first eight tasks
    python benchmarks/repair.py --report ROWS.jsonl                       the figures again

DIR holds task folders in Harbor's format (`benchmarks/development.py` and `benchmarks/bugs`).
Each task is repaired by `fixit` itself, with no model, in a copy, in the local sandbox, in a
process of its own. Its clock counts the CPU seconds of that process and all below it, so that
the budget is CPU time whatever else the machine does. A task that stands in ROWS.jsonl is not
run again. The arms differ in the order of candidates only.

`correct`: as `truth` has it, by the syntax trees of the changed files or by behaviour; both are
told apart. Judging is outside the budget, in a sandbox of its own. `plausible`: a candidate
that the failing tests pass was found, and no check that was bought refused it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from repair_figures import Row, print_figures, read_rows
from truth import Truth, applied, truths

from fixit_runtime.agent.capital.reading import read_run
from fixit_runtime.agent.capital.records import decode
from fixit_runtime.agent.config import load as load_settings
from fixit_runtime.agent.report.progress import Progress
from fixit_runtime.agent.seams import Candidate, Result, Stage
from fixit_runtime.agent.session import Host
from fixit_runtime.agent.wiring import repair
from fixit_runtime.sandboxes.tree import usage_of
from fixit_runtime.tasks.bundle import copy_repository
from fixit_runtime.tasks.harbor import read_task

ARMS = ("trained", "untrained")
QUICK_TASKS = 8
LOOK_S = 0.05  # between two looks at /proc
WALL_FACTOR, WALL_S = 8.0, 300.0  # a task that sleeps is ended after this much wall time

BEST = "best"
_PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate that the failing tests pass, as the trace tells of it at the end of the run."""

    id: str
    stage: str
    tried: int
    correct: bool
    how: str
    calls: int
    telling: int
    prior: float
    note: str


def one(folder: Path, arm: str, cpu_s: float) -> dict[str, object]:
    """Repair the task in `folder` with this arm; what became of it."""
    task = read_task(folder)
    with tempfile.TemporaryDirectory(prefix="fixit-repair-") as place:
        root = copy_repository(task, Path(place) / task.root.name)
        flags: dict[str, object] = {
            "sandbox": "local",
            "test": task.test_command,
            "deadline": cpu_s,
            "state": Path(place) / "state",
            "search_order": arm,
        }
        if python := os.environ.get("FIXIT_DEVELOPMENT_PYTHON"):
            flags["python"] = Path(python)
        settings = load_settings(root, flags)
        report = repair(root, settings, Progress(quiet=True), Host(clock=CpuClock())).report
        results = _results(Path(report.trace)) if report.trace else []
    cpu_s = time.process_time() + report.cost.cpu_seconds
    peak_kib = max(resource.getrusage(who).ru_maxrss for who in _PROCESSES)
    found = _found(results)
    best = report.patch or (report.hand_over.best_patch if report.hand_over else None)
    p_best = report.hand_over.best_p_correct if report.hand_over else report.p_correct
    judged = {candidate.id: candidate.files for candidate in found}
    truth = truths(task, {**({BEST: applied(task, best)} if best else {}), **judged})
    right = truth.get(BEST, Truth())
    return {
        "outcome": report.outcome,
        "reason": report.reason,
        "p": p_best,
        "best_correct": right.right,
        "best_how": right.how,
        "best_calls": right.calls,
        "has_best": bool(best),
        "tried": sum(result.tried for result in results),
        "sandbox_cpu_s": report.cost.cpu_seconds,
        "cpu_s": cpu_s,
        "peak_mib": peak_kib / 1024,
        "found": [asdict(_told(each, truth[each.id])) for each in found],
        "patch": best or "",
    }


class CpuClock:
    """Seconds of CPU that this process and all below it have used, looked up now and then."""

    def __init__(self) -> None:
        self._me, self._seen_at, self._cpu_s = os.getpid(), -LOOK_S, 0.0

    def __call__(self) -> float:
        now = time.monotonic()
        if now - self._seen_at >= LOOK_S:
            self._seen_at, self._cpu_s = now, max(self._cpu_s, usage_of(self._me).cpu_s)
        return self._cpu_s


def _results(trace: Path) -> list[Result]:
    events = (event for event in read_run(trace).events if event.kind == "outcome")
    return [decode(Result, dict(event.data["result"])) for event in events]  # type: ignore[call-overload]


def _found(results: Sequence[Result]) -> list[Candidate]:
    """Each candidate once, at its last stage and with its last prior."""
    last: dict[str, Candidate] = {}
    for result in results:
        for name in result.renewed.keys() & last.keys():
            last[name] = replace(last[name], prior=result.renewed[name])
        last.update({candidate.id: candidate for candidate in result.candidates})
    return list(last.values())


def _told(candidate: Candidate, truth: Truth) -> Found:
    stage = candidate.stage if candidate.stage is not Stage.REJECTED else "rejected"
    return Found(
        candidate.id,
        stage,
        candidate.tried,
        truth.right,
        truth.how,
        truth.calls,
        truth.telling,
        candidate.prior or 0.0,
        candidate.note,
    )


def run_one(folder: Path, arm: str, options: argparse.Namespace) -> Row:
    """The same in a process of its own, with what it used."""
    command = [sys.executable, __file__, "--one", str(folder), "--arm", arm, "--cpu",
               str(options.cpu)]  # fmt: skip
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            command, stdout=out, stderr=err, env={**os.environ, **_python(options)}
        )
        used = _ended_late(child, WALL_FACTOR * options.cpu + WALL_S)
        out.seek(0), err.seek(0)
        said, complaint = out.read().decode(), err.read().decode(errors="replace")
    task = read_task(folder)
    about = {
        "task": task.name,
        "arm": arm,
        "fault": task.metadata.fault,
        "reach": task.metadata.reach,
        "group": next(iter(task.metadata.keywords), ""),
        "wall_s": time.monotonic() - started,
        "cpu_s": used.cpu_s,
        "peak_mib": used.peak_mib,
    }
    try:
        return Row.read({**about, **json.loads(said.splitlines()[-1])})
    except (IndexError, json.JSONDecodeError):
        why = "too late" if used.killed else complaint.strip().splitlines()[-1:] or ["no result"]
        return Row.read({**about, "outcome": "crashed", "reason": str(why)})


@dataclass(frozen=True, slots=True)
class _Used:
    cpu_s: float
    peak_mib: float
    killed: bool


def _ended_late(child: subprocess.Popen[bytes], most_s: float) -> _Used:
    """Wait for the child; it is interrupted, then killed, when it takes too long."""
    give_up, killed = time.monotonic() + most_s, False
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return _Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, killed)
        if time.monotonic() > give_up:
            child.kill()
            killed = True
        time.sleep(0.05)


def _python(options: argparse.Namespace) -> dict[str, str]:
    return {"FIXIT_DEVELOPMENT_PYTHON": str(options.python)} if options.python else {}


def folders(places: Sequence[Path]) -> list[Path]:
    """Task folders in these folders, or these folders themselves, by name."""
    found = [path for place in places for path in (place, *place.iterdir())]
    return sorted((path for path in found if (path / "task.toml").is_file()), key=lambda p: p.name)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--out", type=Path, default=Path("repair-rows.jsonl"), metavar="FILE")
    parser.add_argument("--arm", action="append", choices=ARMS, help="one arm only (repeatable)")
    parser.add_argument("--cpu", type=float, default=20.0, help="CPU seconds a task (20)")
    parser.add_argument("--jobs", type=int, default=2, help="tasks at a time (2)")
    parser.add_argument("--only", help="tasks whose name holds this text")
    parser.add_argument("--python", type=Path, help="interpreter that has the tasks' dependencies")
    parser.add_argument("--quick", action="store_true", help="eight tasks, the trained arm")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="only print these rows' figures"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.one, (options.arm or ARMS)[0], options.cpu)))
        return
    if not options.report:
        _run_all(options)
    figures = print_figures(read_rows(options.report or options.out))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def _run_all(options: argparse.Namespace) -> None:
    chosen = [path for path in folders(options.tasks) if (options.only or "") in path.name]
    arms = options.arm or ARMS
    if options.quick:
        chosen, arms = chosen[:QUICK_TASKS], ARMS[:1]
    done = {(row.task, row.arm) for row in read_rows(options.out)}
    todo = [(f, arm) for f in chosen for arm in arms if (read_task(f).name, arm) not in done]
    print(f"{len(todo)} runs to do, {len(done)} done", file=sys.stderr)
    with ThreadPoolExecutor(options.jobs) as pool, options.out.open("a") as out:
        for row in pool.map(lambda job: run_one(job[0], job[1], options), todo):
            out.write(json.dumps(asdict(row)) + "\n")
            out.flush()
            print(row.line(), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
