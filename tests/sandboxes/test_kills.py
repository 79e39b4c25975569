"""Short form of the kill campaign in `benchmarks/sandbox.py`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = Path(__file__).parents[2] / "benchmarks" / "sandbox.py"
# with these seeds the first runs lose one thing each, while the repair goes on
SHOTS = [
    pytest.param("local", 92, {"worker", "sandbox", "fixit"}, id="local"),
    pytest.param(
        "docker",
        14091,
        {"worker", "sandbox", "fixit", "connection"},
        id="docker",
        marks=pytest.mark.docker,
    ),
]


@pytest.mark.parametrize(("kind", "seed", "targets"), SHOTS)
def test_a_run_that_loses_a_part_ends_without_a_wrong_verdict_and_leaves_nothing(
    kind: str,
    seed: int,
    targets: set[str],
    docker_missing: str,
    local_missing: str,
    tmp_path: Path,
) -> None:
    if missing := docker_missing if kind == "docker" else local_missing:
        pytest.skip(missing)
    told = tmp_path / "shots.json"
    command = [sys.executable, str(CAMPAIGN), "--part", "kills", "--only", kind]
    command += ["--kills", str(len(targets)), "--seed", str(seed), "--json", str(told)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    hit = [row for row in json.loads(told.read_text()) if row["hit"]]
    assert {row["target"] for row in hit} == targets
