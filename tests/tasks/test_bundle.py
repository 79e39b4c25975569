"""The bundled tasks are whole, valid and what they say they are."""

import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tasks.bundle import DEMO_TASK, bundled, copy_repository, load, names
from fixit_runtime.tasks.unified import patched
from fixit_runtime.tasks.validate import validate
from fixit_runtime.tools.detect import detect
from fixit_runtime.tools.protect import protected
from fixit_runtime.tools.pytest_run import PytestCommand

ROOT = Path(__file__).resolve().parents[2]
SHELF = ROOT / "tasks" / "bundled"
CONFIGURATION = ("pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", "conftest.py")
needs_bwrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")
each_task = pytest.mark.parametrize("name", names())


def repository(name: str) -> Path:
    return SHELF / name / "environment" / "repo"


def test_there_is_a_choice_of_faults() -> None:
    tasks = bundled()

    assert len(tasks) >= 14
    assert len({task.metadata.fault for task in tasks}) == len(tasks)
    assert {task.metadata.layout for task in tasks} == {"flat", "src"}
    assert {task.metadata.style for task in tasks} == {"pytest", "unittest"}
    assert sum(task.metadata.reach == "beyond" for task in tasks) >= 3
    assert load(DEMO_TASK).metadata.reach == "template"


@each_task
def test_a_folder_has_all_that_harbor_wants(name: str) -> None:
    folder = SHELF / name
    table = tomllib.loads((folder / "task.toml").read_text("utf-8"))

    assert load(name).name == name
    assert table["task"]["name"] == f"fixit/{name}"
    assert table["task"]["authors"] == [{"name": "The fixit developers"}]
    assert table["environment"]["workdir"] == "/app"
    assert {"agent", "verifier", "environment", "metadata"} <= set(table)
    assert "COPY repo /app" in (folder / "environment/Dockerfile").read_text("utf-8")
    for script in ("solution/solve.sh", "tests/test.sh"):
        assert os.access(folder / script, os.X_OK), script
        subprocess.run(["bash", "-n", str(folder / script)], check=True)


@each_task
def test_the_instruction_names_the_failing_tests(name: str) -> None:
    task = load(name)

    assert task.metadata.title in task.instruction
    assert [nodeid for nodeid in task.failing if f"`{nodeid}`" not in task.instruction] == []


@each_task
def test_a_repository_is_small_and_clean(name: str) -> None:
    inside = [path.relative_to(SHELF) for path in repository(name).rglob("*")]
    files = [SHELF / path for path in inside if (SHELF / path).is_file()]
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in files)

    assert 1 <= len(load(name).failing) <= 5
    assert 100 <= lines <= 400
    assert [path for path in inside if {".git", "__pycache__"} & set(path.parts)] == []


@each_task
def test_harbor_guards_the_tests_by_their_hashes(name: str) -> None:
    root = repository(name)
    guarded = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and (path.is_relative_to(root / "tests") or path.name in CONFIGURATION)
    }
    listing = (SHELF / name / "tests/unchanged.sha256").read_text("utf-8")
    listed = [line.split("  ") for line in listing.splitlines()]

    assert {path: digest for digest, path in listed} == guarded


@each_task
def test_the_reference_fix_applies_with_git_and_leaves_the_tests_alone(
    name: str, tmp_path: Path
) -> None:
    root = copy_repository(load(name), tmp_path / name)
    patch = SHELF / name / "solution" / "fix.patch"
    ours = patched(patch.read_text("utf-8"), lambda path: (root / path).read_bytes())

    subprocess.run(["git", "apply", str(patch)], cwd=root, check=True)

    assert ours == {path: (root / path).read_bytes() for path in ours}
    assert [path for path in ours if protected(path)] == []


@needs_bwrap
@each_task
def test_a_task_fails_before_its_fix_and_passes_after(name: str, tmp_path: Path) -> None:
    task = load(name)
    task = replace(task, root=copy_repository(task, tmp_path / name))

    def local(root: Path) -> Sandbox:
        return LocalSandbox(Snapshot.of(root), python=Path(sys.executable))

    command = PytestCommand(env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    validity = validate(task, local, lambda task: command)

    assert validity.problems == ()
    assert 6 <= len(validity.before.results) <= 25
    assert detect(task.root).command.text == "python -m pytest"


@needs_bwrap
@pytest.mark.parametrize("name", [DEMO_TASK, "lantern-config"])
def test_harbors_scripts_reward_the_fix_and_nothing_else(name: str, tmp_path: Path) -> None:
    app = copy_repository(load(name), tmp_path / "app")
    logs = tmp_path / "logs"
    logs.mkdir()

    def reward() -> str:
        in_container(app, SHELF / name, logs, "bash /tests/test.sh")
        return (logs / "verifier" / "reward.txt").read_text().strip()

    assert reward() == "0"
    in_container(app, SHELF / name, logs, "bash /solution/solve.sh")
    assert reward() == "1"
    module = app / load(name).failing[0].partition("::")[0]
    module.write_text("def test_nothing():\n    pass\n", "utf-8")
    assert reward() == "0"


def in_container(app: Path, folder: Path, logs: Path, command: str) -> None:
    """Run a command as Harbor does, with /app, /tests, /solution and /logs where it has them."""
    ours = {"app", "tests", "solution", "logs", "proc", "dev"}
    system: list[str] = []
    for entry in sorted(Path("/").iterdir()):
        if entry.name in ours:
            continue
        if entry.is_symlink():
            system += ["--symlink", str(entry.readlink()), str(entry)]
        elif entry.is_dir():
            system += ["--ro-bind", str(entry), str(entry)]
    mounts = [
        "--proc", "/proc", "--dev", "/dev",
        "--bind", str(app), "/app", "--bind", str(logs), "/logs",
        "--ro-bind", str(folder / "tests"), "/tests",
        "--ro-bind", str(folder / "solution"), "/solution",
    ]  # fmt: skip
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    environment = ["--clearenv", "--setenv", "PATH", path, "--setenv", "TMPDIR", "/logs"]
    alone = ["--unshare-all", "--die-with-parent"]
    subprocess.run(
        ["bwrap", *alone, *environment, *system, *mounts, "bash", "-c", command],
        check=True,
        capture_output=True,
    )


def test_the_wheel_takes_every_bundled_file() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = pyproject["tool"]["setuptools"]["package-data"]["fixit_runtime.tasks"]
    tasks = SHELF.parent
    taken: set[str] = set()
    for pattern in patterns:  # by the rules of `glob`, as setuptools: dot files are not in "*"
        taken.update(glob.glob(pattern, root_dir=tasks, recursive=True))  # noqa: PTH207
    files = {path.relative_to(tasks).as_posix() for path in SHELF.rglob("*") if path.is_file()}

    assert files - taken == set()


def test_nothing_bundled_is_ignored_by_git() -> None:
    done = subprocess.run(
        ["git", "status", "--porcelain", "--ignored", "--", "tasks/bundled"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("not a git checkout")

    assert [line for line in done.stdout.splitlines() if line.startswith("!!")] == []


def test_a_copy_has_dot_files_and_no_compiled_ones(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(load("lantern-config").root, source)
    for folder in (source / "__pycache__", source / ".git"):
        folder.mkdir()
        (folder / "left.pyc").write_bytes(b"")

    root = copy_repository(replace(load("lantern-config"), root=source), tmp_path / "deep" / "copy")

    assert root == tmp_path / "deep" / "copy"
    assert (root / ".gitignore").is_file()
    assert (root / "src/lantern/reader.py").is_file()
    assert not (root / "__pycache__").exists()
    assert not (root / ".git").exists()


def test_a_copy_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("x = 1\n", "utf-8")

    with pytest.raises(UsageError, match="not empty"):
        copy_repository(load(DEMO_TASK), tmp_path)
    with pytest.raises(UsageError, match="not empty"):
        copy_repository(load(DEMO_TASK), tmp_path / "mine.py")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


def test_an_unknown_task_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="'corner-bakry'") as caught:
        load("corner-bakry")

    assert caught.value.hint == "there is corner-bakery"
