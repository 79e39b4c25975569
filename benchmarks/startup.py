"""CPU seconds of `fixit --help`, beside a bare interpreter and a typer program of one command.

python benchmarks/startup.py            twelve interleaved runs each, medians
python benchmarks/startup.py --quick    five
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

PROGRAMS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "one typer command": [
        sys.executable,
        "-c",
        "import typer\napp = typer.Typer(rich_markup_mode=None)\n"
        "@app.command()\ndef hello(name: str = 'x'): ...\napp(['--help'])",
    ],
    "fixit --help": [sys.executable, "-m", "fixit_runtime.agent", "--help"],
    "fixit run --help": [sys.executable, "-m", "fixit_runtime.agent", "run", "--help"],
}


def cpu_seconds(argv: list[str]) -> float:
    """User and system time of one run, by the kernel's account."""
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{argv} ended with {child.returncode}")
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="five runs instead of twelve")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the table here")
    options = parser.parse_args()
    runs: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(5 if options.quick else 12):
        for name, argv in PROGRAMS.items():
            runs[name].append(cpu_seconds(argv))
    medians = {name: statistics.median(seconds) for name, seconds in runs.items()}
    bare = medians["python -c pass"]
    print(f"{'program':<20} {'CPU s':>8} {'x bare':>8}")
    for name, seconds in medians.items():
        print(f"{name:<20} {seconds:>8.3f} {seconds / bare:>8.1f}")
    if options.json:
        options.json.write_text(json.dumps(medians, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
