"""Short form of `python benchmarks/warm_verdicts.py`: the warm worker on bundled repositories."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.warm_verdicts import QUICK, compare
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tasks.bundle import load


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
@pytest.mark.parametrize("name", QUICK)
def test_its_verdicts_are_those_of_a_new_interpreter_with_the_bug_and_without(name: str) -> None:
    task = load(name)
    row = compare(task, LocalSandbox(Snapshot.of(task.root), python=Path(sys.executable)))
    assert row.red == len(task.failing)
    assert row.differ == row.cold_runs == 0
