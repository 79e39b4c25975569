"""The search on large packages: how soon it starts after the first test run, and its memory.

    python benchmarks/large.py --tasks DIR --python PYTHON        20 CPU seconds a task
    python benchmarks/large.py --tasks DIR --quick                the first task

DIR holds task folders in Harbor's format (`benchmarks/development.py` makes `large`, a package
of some 60,000 lines). Each is repaired by `fixit` itself, with no model, in the local sandbox.
Seconds are CPU seconds of that process and all below it. `rest of baseline`: what comes after the
first test run until the failing tests are known for sure; `plan`: until the first slice of the
search is decided on; `start` is both. `memory`: the most that the processes held together, pages
that they share counted once, looked at four times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from repair import CpuClock, folders

from fixit_runtime.agent.capital.reading import read_run
from fixit_runtime.agent.config import load as load_settings
from fixit_runtime.agent.report.progress import Progress
from fixit_runtime.agent.session import Host
from fixit_runtime.agent.wiring import repair
from fixit_runtime.sandboxes.tree import usage_of
from fixit_runtime.tasks.bundle import copy_repository
from fixit_runtime.tasks.harbor import read_task

LOOK_S = 0.25
START_S, MEMORY_MIB = 5.0, 500.0  # what is asked for


@dataclass(frozen=True, slots=True)
class Row:
    """CPU seconds, MiB, lines of Python."""

    task: str
    lines: int
    suite_s: float
    rest_s: float
    plan_s: float
    tried: int
    peak_mib: float = 0.0

    @property
    def start_s(self) -> float:
        return self.rest_s + self.plan_s


def one(folder: Path, cpu_s: float, python: Path | None) -> Row:
    """Repair the task in this process, and read from its trace when what happened."""
    task = read_task(folder)
    clock = CpuClock()
    with tempfile.TemporaryDirectory(prefix="fixit-large-") as place:
        root = copy_repository(task, Path(place) / task.root.name)
        lines = sum(p.read_bytes().count(b"\n") for p in root.rglob("*.py"))
        flags: dict[str, object] = {
            "sandbox": "local",
            "test": task.test_command,
            "deadline": cpu_s,
            "state": Path(place) / "state",
            **({"python": python} if python else {}),
        }
        host = Host(clock=clock, now=clock)
        report = repair(root, load_settings(root, flags), Progress(quiet=True), host).report
        events = read_run(Path(report.trace)).events if report.trace else ()
    baseline = next(e for e in events if e.kind == "tool" and e.data["name"] == "baseline")
    acts = [e for e in events if e.kind == "decision" and e.data["chosen"] == "act:search"]
    facts, spent = baseline.data["facts"], baseline.data["spent"]
    suite_s = float(facts["suite_cpu_s"])  # type: ignore[index]
    tried = sum(e.data["result"]["tried"] for e in events if e.kind == "outcome")  # type: ignore[index]
    return Row(
        task.name.rpartition("/")[2],
        lines,
        suite_s,
        float(spent["seconds"]) - suite_s,  # type: ignore[index]
        acts[0].t - baseline.t if acts else float("nan"),
        tried,
    )


def watched(folder: Path, options: argparse.Namespace) -> Row:
    """The task in a process of its own, and the most that it and all below it held."""
    more = ["--python", str(options.python)] if options.python else []
    command = [sys.executable, __file__, "--one", str(folder), "--cpu", str(options.cpu), *more]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_S):
            peak[0] = max(peak[0], usage_of(child.pid).memory_bytes())

    looking = threading.Thread(target=look)
    looking.start()
    out, _ = child.communicate()
    ended.set()
    looking.join()
    return Row(**{**json.loads(out.splitlines()[-1]), "peak_mib": peak[0] / (1 << 20)})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--python", type=Path, help="interpreter that has the tasks' dependencies")
    parser.add_argument("--cpu", type=float, default=20.0, help="CPU seconds a task (20)")
    parser.add_argument("--quick", action="store_true", help="the first task only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows here")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(asdict(one(options.one, options.cpu, options.python))))
        return
    todo = folders(options.tasks)[: 1 if options.quick else None]
    print(f"{'task':<20} {'lines':>7} {'suite s':>8} {'rest of baseline':>17} {'plan':>6} "
          f"{'start':>6} {'tried':>6} {'memory MiB':>11}   on {os.cpu_count()} cores")  # fmt: skip
    rows = [watched(folder, options) for folder in todo]
    for row in rows:
        print(f"{row.task:<20} {row.lines:>7} {row.suite_s:>8.1f} {row.rest_s:>17.1f} "
              f"{row.plan_s:>6.1f} {row.start_s:>6.1f} {row.tried:>6} "
              f"{row.peak_mib:>11.0f}")  # fmt: skip
    soon = sum(row.start_s <= START_S for row in rows)
    small = sum(row.peak_mib <= MEMORY_MIB for row in rows)
    print(f"start within {START_S:.0f} s: {soon} of {len(rows)}; "
          f"below {MEMORY_MIB:.0f} MiB: {small} of {len(rows)}")  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
