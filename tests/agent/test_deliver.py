"""Handing a patch over: who is asked, what is refused, and what is then written."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fixit_runtime.agent.action.autonomy import Schedule
from fixit_runtime.agent.cli import _asker
from fixit_runtime.agent.config import load
from fixit_runtime.agent.deliver import check_delivery, check_run, deliver, offers
from fixit_runtime.agent.errors import UsageError
from tests.bundled import BARE
from tests.cli import COMMAND, FIX, QUIET, SHOP, fixit, git, write

OLD, NEW = "x = 1\n", "x = 2\n"
SHIPPED = Schedule()
BOTH = SHIPPED.changed({"write-tree": "both"}, "mine")


def handed(
    root: Path,
    ask: Callable[[str], bool] | None,
    schedule: Schedule | None = None,
    **flags: object,
) -> str:
    (root / "m.py").write_text(OLD)
    deliver(root, load(root, flags), {"m.py": NEW}, {"m.py": OLD}, schedule, ask)
    return (root / "m.py").read_text()


def test_a_patch_that_nobody_asked_for_is_offered_at_a_terminal_with_its_diff(
    tmp_path: Path,
) -> None:
    questions: list[str] = []

    def yes(question: str) -> bool:
        questions.append(question)
        return True

    assert handed(tmp_path, yes) == NEW
    assert "+x = 2" in questions[0]
    assert handed(tmp_path, lambda question: False) == OLD


def test_where_nobody_can_be_asked_nothing_is_written_without_a_flag(tmp_path: Path) -> None:
    assert handed(tmp_path, None) == OLD
    assert handed(tmp_path, None, apply=True) == NEW


def test_a_flag_is_the_answer_so_that_nobody_is_asked_again(tmp_path: Path) -> None:
    def unexpected(question: str) -> bool:
        raise AssertionError(question)

    assert handed(tmp_path, unexpected, apply=True) == NEW


def test_a_patch_is_not_offered_where_it_would_mix_with_uncommitted_work(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("x = 0\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "start")

    assert handed(tmp_path, lambda question: True) == OLD


def test_a_stricter_schedule_asks_in_spite_of_the_flag(tmp_path: Path) -> None:
    assert handed(tmp_path, lambda question: True, BOTH, apply=True) == NEW
    with pytest.raises(UsageError, match="needs a yes"):
        handed(tmp_path, lambda question: False, BOTH, apply=True)
    assert (tmp_path / "m.py").read_text() == OLD


def test_what_the_schedule_will_not_allow_is_refused_before_anything_is_spent(
    tmp_path: Path,
) -> None:
    never = Schedule().changed({"write-tree": "never"}, "mine")
    settings = load(tmp_path, {"apply": True})

    with pytest.raises(UsageError, match="never allows write-tree"):
        check_delivery(tmp_path, settings, never, person=True)
    with pytest.raises(UsageError, match="nobody is at a terminal"):
        check_delivery(tmp_path, settings, BOTH, person=False)
    check_delivery(tmp_path, settings, BOTH, person=True)


@pytest.mark.parametrize("what", ["read", "run-in-sandbox"])
def test_a_run_that_the_schedule_forbids_ends_before_it_starts(tmp_path: Path, what: str) -> None:
    never = Schedule().changed({what: "never"}, "mine")
    both = Schedule().changed({what: "both"}, "mine")
    asked: list[str] = []

    with pytest.raises(UsageError, match=f"never allows {what}"):
        check_run(never, lambda question: True)
    with pytest.raises(UsageError, match="nobody is at a terminal"):
        check_run(both)
    with pytest.raises(UsageError, match="refused"):
        check_run(both, lambda question: False)
    check_run(both, lambda question: not asked.append(question))  # type: ignore[func-returns-value]
    assert what in asked[0]


def test_a_patch_goes_into_no_file_where_the_schedule_forbids_drafts(tmp_path: Path) -> None:
    settings = load(tmp_path, {"output": tmp_path / "fix.patch"})
    never = Schedule().changed({"draft": "never"}, "mine")

    with pytest.raises(UsageError, match="never allows draft"):
        check_delivery(tmp_path, settings, never, person=True)
    check_delivery(tmp_path, settings, Schedule(), person=False)


def test_the_command_obeys_a_schedule_that_forbids_runs(tmp_path: Path) -> None:
    (tmp_path / "fixit.toml").write_text('[autonomy]\nrun-in-sandbox = "never"\n')

    ran = fixit(tmp_path)

    assert ran.code == 2
    assert "never allows run-in-sandbox" in ran.err


def test_a_patch_is_offered_exactly_where_a_person_would_be_asked_to_have_it_written(
    tmp_path: Path,
) -> None:
    def offered(person: bool = True, schedule: Schedule = SHIPPED, **flags: object) -> bool:
        return offers(tmp_path, load(tmp_path, flags), schedule, person=person)

    assert offered()
    assert not offered(person=False)
    assert not offered(apply=True)
    assert not offered(output=tmp_path / "fix.patch")
    assert not offered(schedule=Schedule().changed({"write-tree": "flag"}, "mine"))


def test_only_a_person_at_a_terminal_is_asked_and_never_in_ci(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With real terminals in place of stdin and stderr."""
    main, terminal = os.openpty()
    try:
        with open(terminal, "r+b", buffering=0, closefd=False) as raw:
            text = io.TextIOWrapper(raw, write_through=True)
            monkeypatch.delenv("CI", raising=False)
            assert _asker("text") is None  # nothing here is a terminal
            monkeypatch.setattr("sys.stdin", text)
            monkeypatch.setattr("sys.stderr", text)
            assert _asker("text") is not None
            assert _asker("json") is None
            monkeypatch.setenv("CI", "true")
            assert _asker("text") is None
    finally:
        os.close(main)
        os.close(terminal)


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap not installed")
def test_a_yes_at_the_terminal_writes_the_fix(tmp_path: Path) -> None:
    root = write(tmp_path, SHOP)
    main, terminal = os.openpty()
    os.write(main, b"y\n")
    clean = {k: v for k, v in os.environ.items() if k != "CI"}
    with subprocess.Popen(
        [*COMMAND, str(root), "--sandbox", "local", "--test", BARE],
        stdin=terminal, stdout=subprocess.PIPE, stderr=terminal, env={**clean, **QUIET},
    ) as run:  # fmt: skip
        os.close(terminal)
        seen = _all_of(main)
        out = run.stdout.read() if run.stdout else b""

    assert run.returncode == 0, seen
    assert b"Write this into" in seen
    assert b"$0.33 to hand it over" in seen
    assert FIX in (root / "shop/cart.py").read_text()
    assert b"patch applied to your tree" in out


def _all_of(main: int) -> bytes:
    """What is written to a terminal until its last user closes it."""
    seen = b""
    try:
        while piece := os.read(main, 65536):
            seen += piece
    except OSError:  # how Linux says that nobody is left
        pass
    finally:
        os.close(main)
    return seen
