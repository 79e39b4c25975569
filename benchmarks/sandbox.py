"""How fast the sandboxes are, and whether they hold when things are killed.

    python benchmarks/sandbox.py                       both parts, Docker and local: hours
    python benchmarks/sandbox.py --quick               fewer repeats and 6 kills: about a minute
    python benchmarks/sandbox.py --part speed          about three minutes
    python benchmarks/sandbox.py --part kills --kills 200 --seed 1 --log kills.jsonl
    python benchmarks/sandbox.py --only local          where no Docker daemon answers

The kills can be done in pieces: each run is a line in the log, and `--log` goes on where the
last piece ended; `--seconds` ends a piece. What is killed in which run depends on the seed alone.
See `sandbox_speed.py` and `sandbox_kills.py` for what is measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import sandbox_kills
import sandbox_speed

from fixit_runtime.agent.errors import FixitError
from fixit_runtime.sandboxes.daemon import connect

QUICK_KILLS = 6


def speed(kinds: Sequence[str], *, quick: bool) -> Iterator[dict[str, object]]:
    """A row for each figure, printed as it comes."""
    for row in sandbox_speed.measure(kinds, quick=quick):
        print(sandbox_speed.line_of(row), flush=True)
        yield {"kind": type(row).__name__.lower(), **asdict(row)}


def kills(
    kinds: Sequence[str], *, count: int, seed: int, log: Path | None, seconds: float
) -> Iterator[dict[str, object]]:
    """A row for each run that was shot at, those of earlier pieces first."""
    earlier = log.read_text().splitlines() if log is not None and log.exists() else []
    rows = [json.loads(line) for line in earlier]
    yield from rows
    hits = sum(bool(row["hit"]) for row in rows)
    until = time.monotonic() + seconds
    client = connect() if "docker" in kinds else None
    with tempfile.TemporaryDirectory(prefix="fixit-bench-") as folder:
        place = sandbox_kills.Range(Path(folder).resolve(), tuple(kinds), seed, client)
        place.prepare()
        for shot in sandbox_kills.campaign(place, count - hits, len(rows)):
            row = {"kind": "shot", **asdict(shot)}
            print(line_of(shot), flush=True)
            if log is not None:
                with log.open("a") as lines:
                    lines.write(json.dumps(row) + "\n")
            yield row
            if time.monotonic() > until:
                return


def line_of(shot: sandbox_kills.Shot) -> str:
    what = f"{shot.sandbox} {shot.target} ({shot.how})" if shot.hit else "nothing in time"
    end = f"{shot.outcome} after {shot.seconds:.1f} s"
    return f"{shot.number:4} {what:<30} {end}  {'; '.join(shot.wrong)}".rstrip()


def table(rows: Sequence[dict[str, object]]) -> str:
    """How the runs that were hit ended, and what was wrong with them."""
    hit = [row for row in rows if row["kind"] == "shot" and row["hit"]]
    lines = [f"\n{'killed':<20}{'runs':>5}  ended as"]
    for what in sorted({(str(row["sandbox"]), str(row["target"])) for row in hit}):
        ends = [row["outcome"] for row in hit if (row["sandbox"], row["target"]) == what]
        shown = ", ".join(f"{end} {n}" for end, n in Counter(ends).most_common())
        lines.append(f"{' '.join(what):<20}{len(ends):>5}  {shown}")
    wrong = sum(bool(row["wrong"]) for row in hit)
    lines.append(
        f"{len(hit)} kills: {wrong} with a wrong verdict, a hang, or something left behind"
    )
    return "\n".join(lines)


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--only", choices=("docker", "local"), help="one kind of sandbox")
    parser.add_argument("--part", choices=("speed", "kills"), help="one part")
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="how many (200)")
    parser.add_argument("--seed", type=int, default=1, help="of the kills (1)")
    parser.add_argument("--log", type=Path, metavar="FILE", help="go on where it ends")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="of one piece")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = options().parse_args(arguments)
    kinds = (chosen.only,) if chosen.only else ("docker", "local")
    rows: list[dict[str, object]] = []
    try:
        if chosen.part != "kills":
            rows += speed(kinds, quick=chosen.quick)
        if chosen.part != "speed":
            count = QUICK_KILLS if chosen.quick else chosen.kills
            rows += kills(
                kinds, count=count, seed=chosen.seed, log=chosen.log, seconds=chosen.seconds
            )
            print(table(rows))
    except FixitError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(rows, indent=2) + "\n")
    return 1 if any(row.get("wrong") for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
