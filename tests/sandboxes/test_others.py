"""The choice between sandboxes, and the two that isolate nothing."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import SandboxError, UsageError
from fixit_runtime.agent.seams import Completed, RunLimits, Sandbox
from fixit_runtime.sandboxes.choose import choose, find_python
from fixit_runtime.sandboxes.leftovers import UNSAFE, new_folder
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.memory import Command, MemorySandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.sandboxes.unsafe import UnsafeLocalSandbox

from .conftest import IMAGE, git

PYTHON = Path(sys.executable)


class Said(list[str]):
    """Collects what would be shown."""


@pytest.fixture
def snapshot(repository: Path) -> Snapshot:
    return Snapshot.of(repository)


def test_auto_without_an_image_is_local_and_says_why(
    snapshot: Snapshot, local_missing: str
) -> None:
    if local_missing:
        pytest.skip(local_missing)
    said = Said()
    make = choose("auto", snapshot, python=PYTHON, image=None, say=said.append)
    first, second = make(), make()
    assert isinstance(first, LocalSandbox)
    assert first is not second
    assert len(said) == 1
    assert "local (bubblewrap)" in said[0]
    assert "not docker" in said[0]


@pytest.mark.docker
def test_auto_with_an_image_that_is_there_is_docker(
    snapshot: Snapshot, docker_missing: str
) -> None:
    if docker_missing:
        pytest.skip(docker_missing)
    said = Said()
    make = choose("auto", snapshot, python=PYTHON, image=IMAGE, say=said.append)
    assert make().name == "docker"
    assert len(said) == 1
    assert IMAGE in said[0]


def test_auto_without_a_daemon_is_local_and_says_so(
    snapshot: Snapshot, local_missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if local_missing:
        pytest.skip(local_missing)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    said = Said()
    make = choose("auto", snapshot, python=PYTHON, image="x:1", say=said.append)
    assert make().name == "local"
    assert "no Docker daemon answers" in said[0]


@pytest.mark.parametrize("kind", ["auto", "local"])
def test_where_no_sandbox_works_none_is_made(
    kind: str, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = Said()
    with pytest.raises(SandboxError, match="bubblewrap"):
        choose(kind, snapshot, python=PYTHON, image=None, say=said.append)
    assert said == []


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_on_other_systems_docker_is_the_sandbox(
    platform: str, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SandboxError, match="Docker is the sandbox"):
        choose("auto", snapshot, python=PYTHON, image=None, say=print)


def test_docker_by_name_needs_a_daemon(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    with pytest.raises(SandboxError, match="no Docker daemon"):
        choose("docker", snapshot, python=PYTHON, image=None, say=print)
    with pytest.raises(SandboxError, match="no Docker daemon"):
        choose("docker", snapshot, python=PYTHON, image="x:1", say=print)


def test_an_unknown_kind_is_a_usage_error(snapshot: Snapshot) -> None:
    with pytest.raises(UsageError, match="unsafe-local"):
        choose("vm", snapshot, python=PYTHON, image=None, say=print)


def test_unsafe_local_is_made_only_by_name_and_loudly(snapshot: Snapshot) -> None:
    said = Said()
    make = choose("unsafe-local", snapshot, python=PYTHON, image=None, say=said.append)
    assert isinstance(make(), UnsafeLocalSandbox)
    assert "NOTHING is isolated" in said[0]
    assert "NOTHING IS ISOLATED" in (UnsafeLocalSandbox.__doc__ or "")


def test_unsafe_local_works_on_a_copy_and_keeps_limits(
    snapshot: Snapshot, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIXIT_TEST_SECRET", "hunter2")
    sandbox = UnsafeLocalSandbox(snapshot, python=PYTHON)
    assert isinstance(sandbox, Sandbox)
    sandbox.start()
    try:
        sandbox.put({"pkg/zahl.py": b"ONE = 2\n"})
        code = "import os, pkg.zahl; print(pkg.zahl.ONE, 'FIXIT_TEST_SECRET' in os.environ)"
        assert sandbox.run([sandbox.python, "-c", code]).output == b"2 False\n"
        assert sandbox.run(["cat"], stdin=b"x" * 300_000).output == b"x" * 300_000
        assert sandbox.run(["no-such-command"]).returncode == 127
        assert sandbox.run(["sleep", "9"], limits=RunLimits(wall_s=0.2)).timed_out
        flood = sandbox.run(["yes"], limits=RunLimits(wall_s=0.3, output_bytes=50))
        assert (len(flood.output), flood.truncated) == (50, True)
        folder = sandbox.workdir
    finally:
        sandbox.close()
        sandbox.close()
    assert not Path(folder).exists()
    assert (repository / "pkg/zahl.py").read_text() == "ONE = 1\n"


def test_a_sandbox_in_memory_answers_from_its_files() -> None:
    def answer(command: Command) -> Completed:
        return Completed(0, command.files["a.py"] + b" ".join(map(str.encode, command.argv)), 1, 1)

    sandbox = MemorySandbox({"a.py": b"x"}, answer)
    assert isinstance(sandbox, Sandbox)
    with pytest.raises(SandboxError):
        sandbox.run(["python"])
    sandbox.start()
    sandbox.put({"b/c.py": b"123", f"{sandbox.workdir}/a.py": b"y", "/scratch/r": b"s", "no": None})
    assert sandbox.get("b/c.py", max_bytes=2) == b"12"
    assert sandbox.get("/scratch/r") == b"s"
    assert sandbox.run(["python", "-V"], env={"A": "1"}).output == b"ypython -V"
    assert [c.env for c in sandbox.commands] == [{"A": "1"}]
    with pytest.raises(SandboxError):
        sandbox.put({"../x": b""})
    with pytest.raises(SandboxError):
        sandbox.get("/etc/passwd")
    sandbox.put({"b/c.py": None})
    assert sandbox.get("b/c.py") is None


def test_a_sandbox_in_memory_can_refuse_to_start() -> None:
    with pytest.raises(SandboxError, match="not today"):
        MemorySandbox(fails=SandboxError("not today")).start()


def environment(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def test_the_python_is_the_one_asked_for_else_active_else_the_repositorys_else_our_own(
    tmp_path: Path,
) -> None:
    asked, active = environment(tmp_path / "asked"), environment(tmp_path / "active")
    root = tmp_path / "repo"
    root.mkdir()
    assert find_python(root, None, {}) == PYTHON
    assert find_python(root, None, {"VIRTUAL_ENV": sys.prefix}) == PYTHON
    own = environment(root / ".venv")
    assert find_python(root, None, {}) == own
    assert find_python(root, None, {"VIRTUAL_ENV": sys.prefix}) == own
    assert find_python(root, None, {"VIRTUAL_ENV": str(tmp_path / "gone")}) == own
    assert find_python(root, None, {"VIRTUAL_ENV": str(active.parents[1])}) == active
    assert find_python(root, asked, {"VIRTUAL_ENV": str(active.parents[1])}) == asked
    assert find_python(root, asked.parents[1], {}) == asked


HOSTILE = """#!/bin/sh
echo was-here > {mark}
exec {python} "$@"
"""


def hostile_environment(root: Path, mark: Path) -> Path:
    """An environment in the repository whose start does something, by program and by `.pth`."""
    python = environment(root / ".venv")
    packages = next((root / ".venv/lib").glob("python*/site-packages"))
    (packages / "evil.pth").write_text(f"import os; open({str(mark)!r}, 'a').write('pth')\n")
    real = python.resolve()
    python.unlink()
    python.write_text(HOSTILE.format(mark=mark, python=real))
    python.chmod(0o755)
    return python


def test_an_environment_that_came_with_the_repository_is_not_used(tmp_path: Path) -> None:
    root, said = tmp_path / "repo", Said()
    root.mkdir()
    hostile_environment(root, tmp_path / "mark")
    git(root, "init", "-q")
    git(root, "add", "-f", ".")
    assert find_python(root, None, {}, said.append) == PYTHON
    assert ".venv came with the repository" in said[0]
    assert not (tmp_path / "mark").exists()


def test_an_interpreter_of_the_repository_never_runs_unconfined(
    tmp_path: Path, local_missing: str
) -> None:
    if local_missing:
        pytest.skip(local_missing)
    root = tmp_path / "repo"
    root.mkdir()
    python = hostile_environment(root, tmp_path / "mark")
    assert find_python(root, None, {}) == python
    sandbox = LocalSandbox(Snapshot.of(root), python=python)
    try:
        with contextlib.suppress(UsageError, SandboxError):  # what it says need not make sense
            find_python(root, python, {})
            sandbox.start()
    finally:
        sandbox.close()
    assert not (tmp_path / "mark").exists()


def test_a_lying_interpreter_of_the_repository_has_no_secrets_shown(
    tmp_path: Path, local_missing: str
) -> None:
    if local_missing:
        pytest.skip(local_missing)
    root, keys = tmp_path / "repo", tmp_path / "keys"
    for folder in (root / ".venv/bin", keys):
        folder.mkdir(parents=True)
    (keys / "id_rsa").write_text("hunter2")
    about = {
        "executable": sys.executable,
        "prefixes": [str(keys), sys.prefix, sys.base_prefix],
        "version": [3, 11, 0],
        "paths": [str(keys), str(keys / "id_rsa")],
        "user_base": "",
    }
    python = root / ".venv/bin/python"
    python.write_text(f"#!/bin/sh\necho '{json.dumps(about)}'\n")
    python.chmod(0o755)
    sandbox = LocalSandbox(Snapshot.of(root), python=python)
    sandbox.start()
    try:
        assert sandbox.run(["cat", str(keys / "id_rsa")]).returncode != 0
        assert sandbox.run(["ls", str(keys)]).returncode != 0
    finally:
        sandbox.close()


def test_files_that_tests_may_miss_are_named(tmp_path: Path, local_missing: str) -> None:
    if local_missing:
        pytest.skip(local_missing)
    for name in ("server.key", ".env", "ca.pem", "plain.py"):
        (tmp_path / name).write_text("-----BEGIN PRIVATE KEY-----")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").write_bytes(b"")
    said = Said()
    choose("local", Snapshot.of(tmp_path), python=PYTHON, image=None, say=said.append)
    assert said[0].startswith("left out of the copy: ")
    assert all(name in said[0] for name in ("server.key", ".env", "ca.pem"))
    assert "pyc" not in said[0]


@pytest.mark.parametrize("text", [None, "#!/bin/sh\necho no Python\n", "#!/bin/sh\nexit 3\n"])
def test_a_python_that_is_none_is_a_usage_error(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "python"
    if text is not None:
        path.write_text(text)
        path.chmod(0o755)
    with pytest.raises(UsageError, match="--python"):
        find_python(tmp_path, path, dict(os.environ))


def test_the_folder_of_an_unsafe_run_that_died_is_removed_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, held = new_folder(UNSAFE)
    os.close(held)
    (tmp_path / "repository").mkdir()
    sandbox = UnsafeLocalSandbox(Snapshot.of(tmp_path / "repository"), python=PYTHON)
    sandbox.start()
    assert not dead.exists()
    assert Path(sandbox.workdir).is_dir()
    sandbox.close()
    assert [path.name for path in tmp_path.iterdir()] == ["repository"]
