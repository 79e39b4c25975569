"""The order of candidates is trained again from what fixit itself has repaired."""

import shutil
from pathlib import Path

import pytest

from benchmarks.lessons import of_runs
from fixit_runtime.tools.repair.fitting import example, fit
from fixit_runtime.tools.repair.prior import to_json
from tests.bundled import BARE
from tests.cli import BUG, FIX, SHOP, fixit, write

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap not installed")
LOCAL = ("--sandbox", "local", "--test", BARE, "--format", "json")


def test_a_confirmed_run_is_a_lesson_and_its_weights_order_the_next_run(
    tmp_path: Path,
) -> None:
    root = write(tmp_path / "first", SHOP)
    assert fixit(root, *LOCAL).json["outcome"] == "fixed"

    (lesson,) = of_runs(root / ".fixit")
    assert any(lesson.in_reach()), "the patch that was confirmed is one of the drafts"

    weights = tmp_path / "weights.json"
    weights.write_text(to_json(fit([example(lesson, 1)], "mine")))
    again = fixit(
        write(tmp_path / "second", SHOP), *LOCAL, env={"FIXIT_SEARCH_WEIGHTS": str(weights)}
    )

    assert again.json["outcome"] == "fixed"
    assert f"-{BUG}+{FIX}" in again.json["patch"]


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
