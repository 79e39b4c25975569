"""The hand-made bugs under benchmarks/bugs are whole; `benchmarks/check_bugs.py` runs them."""

import ast
import hashlib
import os
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from fixit_runtime.tasks.bundle import names
from fixit_runtime.tasks.harbor import read_task
from fixit_runtime.tasks.unified import patched
from fixit_runtime.tools.protect import protected

ROOT = Path(__file__).resolve().parents[1]
SHELF = ROOT / "benchmarks" / "bugs"
CONFIGURATION = ("pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", "conftest.py")
BUGS = sorted(path.parent.name for path in SHELF.glob("*/task.toml"))
each_bug = pytest.mark.parametrize("name", BUGS)


def test_there_are_enough_and_some_are_beyond_small_edits() -> None:
    about = [read_task(SHELF / name).metadata for name in BUGS]

    assert len(BUGS) >= 40
    assert sum(bug.reach == "beyond" for bug in about) >= 12
    assert {bug.reach for bug in about} == {"template", "beyond"}
    assert {bug.layout for bug in about} == {"flat", "src"}
    assert {bug.style for bug in about} == {"pytest", "unittest"}
    assert max(Counter(bug.fault for bug in about).values()) <= 3


def test_no_name_is_taken_twice() -> None:
    assert set(BUGS) & set(names()) == set()


@each_bug
def test_a_bug_names_its_failing_tests(name: str) -> None:
    task = read_task(SHELF / name)

    assert task.name == name
    assert task.metadata.fault
    assert task.metadata.title in task.instruction
    assert 1 <= len(task.failing) <= 6
    for nodeid in task.failing:
        assert f"`{nodeid}`" in task.instruction
        assert (task.root / nodeid.partition("::")[0]).is_file()


@each_bug
def test_a_bug_is_a_small_program_of_several_modules(name: str) -> None:
    root = SHELF / name / "environment" / "repo"
    files = [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    modules = [p for p in files if p.suffix == ".py" and "tests" not in p.relative_to(root).parts]

    assert len([path for path in modules if path.name != "__init__.py"]) >= 2
    assert 80 <= sum(len(path.read_text("utf-8").splitlines()) for path in files) <= 400


@each_bug
def test_the_reference_fix_applies_and_leaves_the_tests_alone(name: str) -> None:
    task = read_task(SHELF / name)
    assert task.solution is not None

    fixed = patched(task.solution, lambda path: (task.root / path).read_bytes())

    assert [path for path in fixed if protected(path)] == []
    for text in fixed.values():
        assert text is not None
        ast.parse(text)


@each_bug
def test_harbor_can_run_a_bug(name: str) -> None:
    folder, root = SHELF / name, SHELF / name / "environment" / "repo"
    table = tomllib.loads((folder / "task.toml").read_text("utf-8"))
    listing = (folder / "tests/unchanged.sha256").read_text("utf-8")
    guarded = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
        and path.suffix != ".pyc"
        and (path.is_relative_to(root / "tests") or path.name in CONFIGURATION)
    }

    assert {path: digest for digest, path in map(str.split, listing.splitlines())} == guarded
    assert "COPY repo /app" in (folder / "environment/Dockerfile").read_text("utf-8")
    assert table["environment"]["workdir"] == "/app"
    assert os.access(folder / "solution/solve.sh", os.X_OK)
    assert os.access(folder / "tests/test.sh", os.X_OK)
