"""The benchmarks of the router, as a reader of README would start them: on a table of their own."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fixit_runtime.agent.action.contest import NOISY_PEERS, PEERS
from fixit_runtime.agent.action.fit import Table
from fixit_runtime.agent.action.simulate import PRICE_LIST, Skill, simulate

TIERS = {name: PRICE_LIST[name] for name in ("mini", "middle", "large")}
ROOT = Path(__file__).resolve().parent.parent


def started(program: str, *given: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / program), *map(str, given)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def result(program: str, *given: object, into: Path) -> tuple[str, Any]:
    """What the program prints, and what it writes."""
    done = started(program, *given, "--json", into)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(into.read_text(encoding="utf-8"))


def written(path: Path, table: Table, prefix: str = "") -> Path:
    """The table as the programs read it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["instance_id", "repo", "model", "resolved", "cost_usd", "more"])
        for i, task in enumerate(table.tasks):
            for k, tier in enumerate(table.tiers):
                ended = int(table.right[i, k]), float(table.cost[i, k])
                rows.writerow([prefix + task, table.groups[i], tier, *ended, "passed over"])
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = simulate(TIERS, 20, np.random.default_rng(8))
    return written(tmp_path_factory.mktemp("router") / "outcomes.csv", table)


def test_every_peer_has_a_row_with_its_interval_and_its_regret(data: Path, tmp_path: Path) -> None:
    told, report = result(
        "router_replay.py", "--data", data, "--quick", "--only", "values", into=tmp_path / "r.json"
    )

    assert told.startswith("20 tasks, 3 models; five folds, 1 time(s)")
    at_5 = {row["policy"]: row for row in report["rows"] if row["value_usd"] == 5.0}
    assert set(at_5) == {"hindsight", *PEERS}
    assert at_5["hindsight"]["regret_usd"] == pytest.approx(0.0)
    assert at_5["best single"]["closed_percent"]["mean"] == pytest.approx(0.0)
    for row in at_5.values():
        assert row["regret_usd"] >= -1e-9
        assert row["closed_percent"]["low"] <= row["closed_percent"]["high"]
    assert set(report["mixed"]) >= {"index rule", "best single"}


def test_every_peer_but_the_one_with_a_judge_of_its_own_meets_the_noisy_verifiers(
    data: Path, tmp_path: Path
) -> None:
    _, report = result(
        "router_replay.py", "--data", data, "--quick", "--only", "verifiers",
        into=tmp_path / "r.json",
    )  # fmt: skip

    shown = {row["policy"] for row in report["rows"]}
    assert shown == {"hindsight", *NOISY_PEERS}
    assert len(shown) > len(PEERS)


def test_a_fit_on_one_file_is_scored_on_another_with_its_new_models_admitted(
    data: Path, tmp_path: Path
) -> None:
    tiers = {**TIERS, "rival": Skill(0.9, 0.3)}
    other = written(tmp_path / "b.csv", simulate(tiers, 32, np.random.default_rng(9)), "other-")

    told, report = result(
        "router_replay.py", "--train", data, "--test", other, "--admit", 20, "--quick",
        "--only", "values", into=tmp_path / "r.json",
    )  # fmt: skip

    assert told.startswith("12 tasks, 4 models; fitted on outcomes.csv, scored once")
    assert "admitted from 20 tasks, which are not scored: rival" in report["how"]
    left_out = started(
        "router_replay.py", "--train", data, "--test", other, "--admit", 0, "--quick",
        "--only", "values",
    )  # fmt: skip
    assert left_out.stdout.startswith("32 tasks, 3 models")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), "give either --data, or --train and --test"),
        (("--train", "a.csv"), "give either --data, or --train and --test"),
        (("--data", "missing.csv"), "missing.csv: No such file"),
        (("--data", "{bad}"), "expected a CSV file with the columns cost_usd, instance_id, model"),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_one_line(
    given: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("task,model\n1,2\n", encoding="utf-8")

    done = started("router_replay.py", *(word.format(bad=bad) for word in given))

    assert done.returncode != 0
    assert told in done.stderr and "Traceback" not in done.stderr


def test_the_papers_predictions_print_their_tables_and_hold_on_few_tasks(tmp_path: Path) -> None:
    told, report = result("predictions.py", "--tasks", 120, into=tmp_path / "r.json")

    assert "1. Verification: 120 tasks" in told and "2. Rare value: 120 tasks" in told
    wrong = [report["verification"][n]["wrong_percent"]["mean"] for n in ("0", "2", "12")]
    assert wrong[0] > wrong[1] > wrong[2]
    rare = report["rare value"]
    assert rare["cheapest tier"]["rare"]["mean"] > rare["index rule, told V"]["rare"]["mean"]


def test_the_speed_of_the_products_own_decision_is_told_with_and_without_limits(
    tmp_path: Path,
) -> None:
    told, report = result("decision_speed.py", "--times", 1, into=tmp_path / "r.json")

    assert told.startswith("30 options")
    for limit in ("no limit", "default limits", "the cap binds", "the deadline binds"):
        for world in ("nothing tried yet", "a candidate at hand", "14 opinions to be had"):
            assert report[f"decision, {world}, {limit}"] > 0
