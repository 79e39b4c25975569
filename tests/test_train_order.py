"""The order of candidates is trained again from what fixit itself has repaired."""

import shutil
from pathlib import Path

import pytest

from benchmarks.lessons import of_runs
from fixit_runtime.agent.capital.reading import read_run
from fixit_runtime.tools.repair.features import HAND_DRAFT, HAND_KIND, HAND_PLACE
from fixit_runtime.tools.repair.fitting import example, fit
from fixit_runtime.tools.repair.prior import Prior, from_json, to_json
from tests.bundled import BARE
from tests.cli import SHOP, fixit, write

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap not installed")
LOCAL = ("--sandbox", "local", "--test", BARE, "--format", "json")


def tried(root: Path) -> int:
    """How many candidates the run in this repository tried up to the first that passed."""
    (path,) = (root / ".fixit" / "runs").glob("*.jsonl")
    outcomes = [e.data["result"] for e in read_run(path).events if e.kind == "outcome"]
    return next(each["tried"] for result in outcomes for each in result["candidates"])


def test_a_confirmed_run_is_a_lesson_that_the_order_can_be_trained_on(tmp_path: Path) -> None:
    root = write(tmp_path / "first", SHOP)
    assert fixit(root, *LOCAL).json["outcome"] == "fixed"

    (lesson,) = of_runs(root / ".fixit")
    assert any(lesson.in_reach()), "the patch that was confirmed is one of the drafts"

    trained = fit([example(lesson, 1)], "mine")
    assert from_json(to_json(trained)) == trained


def test_weights_of_ones_own_order_the_candidates(tmp_path: Path) -> None:
    weights = tmp_path / "weights.json"
    rare = Prior("rare kinds first", {HAND_PLACE: 1.0, HAND_KIND: -1.0, HAND_DRAFT: 1.0})
    weights.write_text(to_json(rare))
    usual, mine = write(tmp_path / "usual", SHOP), write(tmp_path / "mine", SHOP)

    fixit(usual, *LOCAL)
    fixit(mine, *LOCAL, env={"FIXIT_SEARCH_WEIGHTS": str(weights)})

    assert tried(mine) > tried(usual)


def test_a_run_that_repaired_nothing_is_no_lesson(tmp_path: Path) -> None:
    root = write(tmp_path, SHOP)
    assert fixit(root, *LOCAL, "--latency-price", "1e7").json["outcome"] == "deferred"

    assert list(of_runs(root / ".fixit")) == []


def test_a_file_that_holds_no_weights_is_named(tmp_path: Path) -> None:
    none = {"FIXIT_SEARCH_WEIGHTS": str(tmp_path / "none.json")}
    ran = fixit(write(tmp_path / "shop", SHOP), *LOCAL, env=none)

    assert ran.code == 2
    assert "none.json" in ran.err
    assert "train_order.py" in ran.err
