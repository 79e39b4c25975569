"""`fixit tasks`, as a user types it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fixit_runtime.agent.cli import app
from fixit_runtime.tasks.bundle import load, names

BARE = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest"
needs_bwrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap not installed")


def fixit(*words: str) -> Result:
    return CliRunner().invoke(app, ["tasks", *words])


def copied(name: str, folder: Path) -> Path:
    """A bundled task's own folder, to change something in it."""
    source = load(name).root.parent.parent
    shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder / name


def test_the_bundled_tasks_are_listed_with_their_fault() -> None:
    result = fixit("list")

    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == names()
    assert "boundary" in lines[names().index("corner-bakery")]


def test_a_folder_of_tasks_is_listed(tmp_path: Path) -> None:
    copied("piggy-bank", tmp_path)
    copied("corner-bakery", tmp_path)

    listed = fixit("list", str(tmp_path)).stdout.splitlines()

    assert [line.split()[0] for line in listed] == ["corner-bakery", "piggy-bank"]


def test_a_folder_without_tasks_is_refused(tmp_path: Path) -> None:
    result = fixit("list", str(tmp_path))

    assert result.exit_code == 2
    assert "holds no task" in result.stderr


@needs_bwrap
def test_a_task_whose_fix_is_none_is_not_valid(tmp_path: Path) -> None:
    good, bad = copied("corner-bakery", tmp_path), copied("piggy-bank", tmp_path)
    (bad / "solution/fix.patch").unlink()

    result = fixit("validate", "--sandbox", "local", str(good), str(bad))

    assert result.exit_code == 1
    assert result.stdout == (
        "corner-bakery: valid\n"
        "piggy-bank: it has no reference fix\n"
        "1 of 2 tasks are valid\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--repo", "nowhere"], "nowhere is not a folder"),
        (["--count", "0"], "--count is 0"),
        (["--test", "make test"], "`make test` is not pytest"),
    ],
)
def test_what_cannot_be_injected_is_refused_with_the_reason(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = copied("corner-bakery", tmp_path) / "environment/repo"
    monkeypatch.chdir(repo)

    result = fixit("make", "inject", "--out", str(tmp_path / "out"), *words)

    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "out").exists()


@needs_bwrap
def test_injecting_says_what_came_of_the_bugs_that_were_tried(tmp_path: Path) -> None:
    repo, out = tmp_path / "door", tmp_path / "out"
    repo.mkdir()
    (repo / "door.py").write_text("def is_open(hour):\n    return hour >= 8 and hour < 18\n")
    (repo / "test_door.py").write_text(
        "import door\n"
        "def test_early(): assert not door.is_open(7)\n"
        "def test_open(): assert door.is_open(8)\n"
        "def test_noon(): assert door.is_open(12)\n"
        "def test_late(): assert not door.is_open(18)\n"
    )

    result = fixit("make", "inject", "--repo", str(repo), "--out", str(out), "--count", "1",
                   "--sandbox", "local", "--test", BARE)  # fmt: skip

    assert result.exit_code == 0, result.stderr
    assert "1 tasks in" in result.stdout
    assert "no test notices it" in result.stdout
    assert fixit("list", str(out)).stdout.startswith("door-001 ")
