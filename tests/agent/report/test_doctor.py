"""`fixit doctor`: what it says of sandboxes that hold, that do not, and that are not there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fixit_runtime.agent.action.forgery import FORGERIES, REPOSITORY, try_forgeries
from fixit_runtime.agent.report.doctor import Diagnosis, render, to_json
from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.attacks import Finding, Held
from fixit_runtime.sandboxes.doctor import ATTACKS, Check, Examined, State, checks, examine
from fixit_runtime.sandboxes.leftovers import PREFIX
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.sandboxes.unsafe import UnsafeLocalSandbox
from tests.cli import fixit

FEW = [attack for attack in ATTACKS if attack.name in ("home and keys", "one huge file")]
CHECK = Check("bubblewrap", State.MISSING, "not found", "sudo apt-get install bubblewrap")
HELD = Examined("docker", "", "", (Finding("mount", Held.YES, "refused", "mount the root"),))
LEAKS = Examined("local", "", "", (Finding("mount", Held.NO, "it mounted something"),))
UNTRIED = Examined("local", "", "", (Finding("mount", Held.UNKNOWN, "no luck"),))
GONE = Examined("local", "bubblewrap is missing", "install it", ())


def local(snapshot: Snapshot) -> Sandbox:
    return LocalSandbox(snapshot, python=Path(sys.executable))


def open_place(snapshot: Snapshot) -> Sandbox:
    return UnsafeLocalSandbox(snapshot, python=Path(sys.executable))


def test_a_sandbox_that_holds_is_found_to_hold() -> None:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    told: list[str] = []
    examined = examine(
        "local",
        local,
        REPOSITORY,
        attacks=FEW,
        more=lambda sandbox, fresh: try_forgeries(sandbox, fresh, FORGERIES[:2]),
        say=told.append,
    )
    assert examined.holds
    assert [f.held for f in examined.findings] == [Held.YES] * 4
    assert len(told) == 1  # that it began: nothing went wrong


def test_a_place_that_is_open_is_found_not_to_hold() -> None:
    examined = examine("open", open_place, REPOSITORY, attacks=FEW[:1])
    assert not examined.holds
    assert "read a secret" in examined.findings[0].seen
    diagnosis = Diagnosis((), "open", (examined,))
    assert diagnosis.exit_code == 3
    assert "cannot do what it promises" in render(diagnosis)


@pytest.mark.parametrize("bad", [LEAKS, UNTRIED, GONE], ids=["leaks", "untried", "gone"])
def test_only_the_chosen_sandbox_decides(bad: Examined) -> None:
    assert Diagnosis((CHECK,), "docker", (HELD, bad)).exit_code == 0
    assert Diagnosis((CHECK,), "local", (HELD, bad)).exit_code == 3
    assert Diagnosis((CHECK,), "unsafe-local", ()).exit_code == 0


def test_the_table_shows_each_attack_and_what_to_do() -> None:
    shown = render(Diagnosis((CHECK,), "local", (HELD, LEAKS)))
    assert "missing  bubblewrap" in shown
    assert "-> sudo apt-get install bubblewrap" in shown
    assert "  held      NOT HELD  mount" in shown
    assert "local, mount: NOT HELD: it mounted something" in shown
    assert "bugs of the kernel" in shown
    shown = render(Diagnosis((CHECK,), "local", (HELD, GONE)))
    assert "local could not be tried: bubblewrap is missing" in shown


def test_as_json_it_has_the_same_facts() -> None:
    told = json.loads(to_json(Diagnosis((CHECK,), "local", (HELD, LEAKS))))
    assert (told["schema"], told["ok"], told["chosen"]) == ("fixit.doctor/1", False, "local")
    assert told["checks"][0]["advice"] == CHECK.advice
    assert [one["holds"] for one in told["sandboxes"]] == [True, False]
    assert told["sandboxes"][1]["findings"][0]["held"] == "NOT HELD"


def test_what_is_here_is_told_without_starting_anything() -> None:
    found = {check.what: check for check in checks()}
    assert {"system", "bubblewrap", "Docker", "git"} <= found.keys()
    assert all(check.advice for check in found.values() if check.state is State.MISSING)


def test_a_chosen_sandbox_that_is_not_there_ends_with_3(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = fixit("doctor", tmp_path, "--sandbox", "local", env={"PATH": str(tmp_path / "empty")})
    assert ran.code == 3
    assert "apt-get install bubblewrap" in ran.out
    ran = fixit(
        *("doctor", tmp_path, "--sandbox", "docker", "--image", "x:1", "--format", "json"),
        env={"DOCKER_HOST": f"unix://{tmp_path}/no.sock"},
    )
    assert ran.code == 3
    assert "no Docker daemon answers" in ran.json["sandboxes"][0]["failure"]


CRASH = """
import os, signal, sys
from pathlib import Path
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
sandbox = LocalSandbox(Snapshot.of(Path(sys.argv[1])), python=Path(sys.executable))
sandbox.start()
sandbox.spawn(["cat"])
group = sandbox._spawned[0]._launched._cgroup
print(*(group._folders if group else ()), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_crashed_run_left_is_removed(tmp_path: Path) -> None:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    (tmp_path / "repository").mkdir()
    (tmp_path / "temporary").mkdir()
    env = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    crash = [sys.executable, "-c", CRASH, str(tmp_path / "repository")]
    groups = subprocess.run(crash, env=env, capture_output=True, text=True).stdout.split()
    (left,) = (tmp_path / "temporary").glob(f"{PREFIX}*")
    # any other fixit that has started since has removed them
    standing = [group for group in groups if Path(group).exists()]
    ran = fixit("doctor", "--clean", env={"TMPDIR": env["TMPDIR"]})
    assert ran.code == 0
    assert f"removed folder {left}" in ran.out
    assert all(f"removed control group {group}" in ran.out for group in standing)
    assert not any(Path(path).exists() for path in (left, *groups))
