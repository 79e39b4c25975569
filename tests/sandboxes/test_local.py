"""What is the local sandbox's own: the user's interpreter, the repository's path, bubblewrap."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import RunLimits
from fixit_runtime.sandboxes.cgroup import Cgroup, remove_dead_groups
from fixit_runtime.sandboxes.ground import running_with
from fixit_runtime.sandboxes.interpreter import find_python
from fixit_runtime.sandboxes.leftovers import new_folder, remove, remove_leftovers
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot

if shutil.which("bwrap") is None:
    pytest.skip("bubblewrap is not installed", allow_module_level=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository in src layout."""
    root = tmp_path / "mein projekt"
    (root / "src" / "ware").mkdir(parents=True)
    (root / "src" / "ware" / "__init__.py").write_text("WHO = 'original'\n")
    return root


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of this test's own."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder


def environment(folder: Path, *, imports: Path | None = None) -> Path:
    """A virtual environment; `imports` is installed in it as `pip install -e` does."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    if imports is not None:
        packages = next((folder / "lib").glob("python*/site-packages"))
        (packages / "editable.pth").write_text(f"{imports}\n")
    return folder / "bin" / "python"


def who(root: Path, python: Path) -> str:
    """What tests would import, once the copy has been changed and the original has not."""
    sandbox = LocalSandbox(Snapshot.of(root), python=python)
    sandbox.start()
    try:
        sandbox.put({"src/ware/__init__.py": b"WHO = 'copy'\n"})
        code = "import ware; print(ware.WHO, ware.__file__)"
        return sandbox.run([sandbox.python, "-c", code]).output.decode().strip()
    finally:
        sandbox.close()


def test_an_editable_install_imports_the_copy_at_the_same_path(
    project: Path, tmp_path: Path
) -> None:
    python = environment(tmp_path / "env", imports=project / "src")
    assert who(project, python) == f"copy {project}/src/ware/__init__.py"
    assert "original" in (project / "src/ware/__init__.py").read_text()


def test_an_editable_install_by_another_path_imports_the_copy_too(
    project: Path, tmp_path: Path
) -> None:
    (tmp_path / "alias").symlink_to(project)
    python = environment(tmp_path / "env", imports=tmp_path / "alias" / "src")
    assert who(project, python).startswith("copy ")


@pytest.mark.parametrize(("home", "shim"), [("/root", True), ("/home", False)])
def test_an_environment_in_the_users_home_is_used_and_nothing_else_of_it_is_shown(
    home: str, shim: bool, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not os.access(home, os.W_OK):
        pytest.skip(f"this user cannot write to {home}")
    with tempfile.TemporaryDirectory(dir=home, prefix="fixit-test-") as folder:
        own = Path(folder)
        monkeypatch.setenv("HOME", folder)
        (own / "secret").write_text("hunter2")
        python = environment(own / "envs" / "mine", imports=project / "src")
        if shim:  # a program that starts the interpreter, as pyenv's do
            (own / "python").write_text(f'#!/bin/sh\nexec {python} "$@"\n')
            (own / "python").chmod(0o755)
            python = find_python(project, own / "python", {})
        assert who(project, python) == f"copy {project}/src/ware/__init__.py"
        sandbox = LocalSandbox(Snapshot.of(project), python=python)
        sandbox.start()
        try:
            assert sandbox.run(["cat", str(own / "secret")]).returncode != 0
        finally:
            sandbox.close()


def test_an_environment_inside_the_repository_is_there_and_cannot_be_changed(
    project: Path,
) -> None:
    python = environment(project / "envs" / "tief" / ".venv", imports=project / "src")
    assert who(project, python).startswith("copy ")
    sandbox = LocalSandbox(Snapshot.of(project), python=python)
    sandbox.start()
    try:
        assert sandbox.python == str(python)
        tries = ["mv envs away", "mv envs/tief envs/away", "rm -rf envs", "touch envs/tief/.venv/x"]
        for line in tries:
            assert sandbox.run(["sh", "-c", line]).returncode != 0
            assert sandbox.run([sandbox.python, "-c", "import ware"]).returncode == 0
    finally:
        sandbox.close()
    assert python.exists()


def test_another_projects_secrets_are_not_shown_with_its_modules(
    project: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    (other / "lib").mkdir(parents=True)
    (other / "lib" / "__init__.py").write_text("HERE = 1\n")
    (other / "alone.py").write_text("ALONE = 1\n")
    (other / ".env").write_text("hunter2")
    python = environment(tmp_path / "env", imports=other)
    sandbox = LocalSandbox(Snapshot.of(project), python=python)
    sandbox.start()
    try:
        code = "import lib, alone, os; print(lib.HERE + alone.ALONE, sorted(os.listdir(%r)))"
        done = sandbox.run([sandbox.python, "-c", code % str(other)])
        assert done.output == b"2 ['alone.py', 'lib']\n"
    finally:
        sandbox.close()


def test_without_bubblewrap_the_message_names_the_package(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="apt-get install bubblewrap") as caught:
        LocalSandbox(Snapshot.of(project), python=Path(sys.executable)).start()
    assert "--sandbox docker" in str(caught.value)


def test_where_namespaces_are_forbidden_nothing_runs_and_bubblewraps_words_are_shown(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, temporary: Path
) -> None:
    refusing = tmp_path / "bin" / "bwrap"
    refusing.parent.mkdir()
    refusing.write_text(
        "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2; exit 1\n"
    )
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{refusing.parent}:{os.environ['PATH']}")
    with pytest.raises(SandboxError, match="uid map: Permission denied"):
        LocalSandbox(Snapshot.of(project), python=Path(sys.executable)).start()
    assert list(temporary.iterdir()) == []


def test_a_python_that_does_not_run_inside_is_refused_at_the_start(
    project: Path, tmp_path: Path, temporary: Path
) -> None:
    odd = tmp_path / "odd" / "python"
    odd.parent.mkdir()
    odd.write_text(f'#!/bin/sh\n[ -e {tmp_path}/odd ] && exec {sys.executable} "$@"\nexit 9\n')
    odd.chmod(0o755)
    sandbox = LocalSandbox(Snapshot.of(project), python=odd)
    try:
        sandbox.start()
        assert sandbox.python != str(odd)  # a shim: the interpreter behind it is used
    finally:
        sandbox.close()
    assert list(temporary.iterdir()) == []


def test_a_repository_that_would_hide_the_system_is_refused(tmp_path: Path) -> None:
    sandbox = LocalSandbox(
        Snapshot(Path("/usr"), {}, (), Snapshot.of(tmp_path)._bytes), python=Path()
    )
    with pytest.raises(SandboxError, match="folder of its own"):
        sandbox.start()


def test_closing_leaves_no_folder_whatever_was_left_in_it(project: Path, temporary: Path) -> None:
    sandbox = LocalSandbox(Snapshot.of(project), python=Path(sys.executable))
    sandbox.start()
    assert len(list(temporary.iterdir())) == 1
    deep = "import os\nfor _ in range(1500):\n os.mkdir('d'); os.chdir('d')\nos.mkdir('x', 0)"
    assert sandbox.run(["python", "-c", deep]).returncode == 0
    sandbox.close()
    assert list(temporary.iterdir()) == []


SLEEPER = """
import sys
from pathlib import Path
from fixit_runtime.agent.seams import RunLimits
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
sandbox = LocalSandbox(Snapshot.of(Path(sys.argv[1])), python=Path(sys.executable))
sandbox.start()
run = [sandbox.python, "-c", "print('up', flush=True); import time; time.sleep(600)", sys.argv[2]]
process = sandbox.spawn(run)
print(process.stdout.read(3), flush=True)
sandbox.run(["sleep", "600"])
"""


def test_when_fixit_is_killed_everything_inside_dies_with_it(
    project: Path, temporary: Path
) -> None:
    token = f"sleeper-{os.getpid()}"
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPER, project, token],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as fixit:
        assert fixit.stdout is not None
        assert b"up" in fixit.stdout.readline()
        assert len(running_with(token)) >= 2
        fixit.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while running_with(token) and time.monotonic() < until:
        time.sleep(0.02)
    assert running_with(token) == []


@pytest.mark.parametrize("place", [0, 1], ids=["bubblewrap", "process 1"])
def test_a_sandbox_that_is_killed_from_outside_gives_no_result(place: int, project: Path) -> None:
    sandbox = LocalSandbox(Snapshot.of(project), python=Path(sys.executable))
    sandbox.start()
    try:
        token = f"sleeper-{os.getpid()}-{place}"

        def kill() -> None:
            while len(running_with(token)) < 3:  # bubblewrap, process 1, the command
                time.sleep(0.02)
            os.kill(sorted(running_with(token))[place], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(SandboxError, match="lost"):
            sandbox.run(["sh", "-c", "echo out; sleep 60; exit", token])
        killer.join()
        assert sandbox.run(["sh", "-c", "kill -9 $$"]).returncode == -signal.SIGKILL
    finally:
        sandbox.close()


def test_the_folder_of_a_dead_run_is_removed_and_that_of_a_live_one_is_kept(
    temporary: Path,
) -> None:
    (dead, dead_fd), (live, live_fd) = (new_folder() for _ in range(2))
    os.close(dead_fd)
    assert remove_leftovers() == [dead]
    assert list(temporary.iterdir()) == [live]
    os.close(live_fd)
    remove(live)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may remove what is another user's")
def test_a_folder_of_another_users_dead_run_is_removed_only_where_that_is_asked(
    temporary: Path,
) -> None:
    dead, fd = new_folder()
    os.close(fd)
    os.chown(dead, 4321, 4321)
    os.utime(dead, (0, 0))
    assert remove_leftovers() == []
    assert remove_leftovers(others=True) == [dead]
    assert not dead.exists()


def test_the_control_groups_of_a_dead_run_are_removed_and_those_of_a_live_one_are_kept() -> None:
    if not Cgroup.available():
        pytest.skip("no control groups can be made here")
    code = (
        "from fixit_runtime.sandboxes.cgroup import Cgroup\n"
        "print(*Cgroup.make(1 << 26, 16)._folders, sep='\\n')"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    dead = [Path(line) for line in made.splitlines()]
    live = Cgroup.make(1 << 26, 16)
    assert live is not None
    try:
        assert set(dead) <= set(remove_dead_groups())
        assert not any(folder.exists() for folder in dead)
        assert all(folder.exists() for folder in live._folders)
    finally:
        live.remove()


AS_ANOTHER = """
import sys
from pathlib import Path
from fixit_runtime.agent.seams import RunLimits
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
sandbox = LocalSandbox(Snapshot.of(Path(sys.argv[1])), python=Path(sys.executable))
sandbox.start()
small = RunLimits(wall_s=20, memory_mb=150)
bomb = "x = bytearray(600_000_000); print('HELD')"
many = '''
import os, time
for _ in range(5): os.fork()
x = os.urandom(100) * 400_000
time.sleep(3)
'''
forks = '''
import os, time
made = 0
try:
    while True:
        if os.fork() == 0: time.sleep(60)
        made += 1
except OSError:
    print(made < 300)
'''
writable = '''
import os
for top, _, names in os.walk("/proc/sys"):
    for name in names:
        try: os.close(os.open(os.path.join(top, name), os.O_WRONLY)); print("OPENED", name)
        except OSError: pass
'''
try:
    print(sandbox.run(["sh", "-c", "id -u; grep CapEff /proc/self/status"]).output.decode())
    print(sandbox.run(["python3", "-c", writable]).output.decode())
    print(sandbox.run(["python3", "-c", bomb], limits=small).returncode != 0)
    print(sandbox.run(["python3", "-c", many], limits=small).returncode)
    print(sandbox.run(["python3", "-c", forks], limits=small).output.decode())
    sandbox.put({"a": b"1"})
    print(sandbox.run(["sh", "-c", "echo 2 >> a && cat a && rm a"]).output.decode())
    print(sandbox.run(["sleep", "60"], limits=RunLimits(wall_s=0.3)).timed_out)
finally:
    sandbox.close()
print(*Path(sys.argv[2]).iterdir())
"""
SEEN = "1000 CapEff: 0000000000000000 True -9 True 12 True"


def run_as(setpriv: list[str], root: Path, temporary: Path) -> str:
    """Run the script above as somebody else, on an interpreter that they can reach."""
    python = "/usr/bin/python3"
    shared = Path(tempfile.mkdtemp(dir="/tmp", prefix="fixit-as-"))
    try:
        (shared / "tmp").mkdir()
        for place in (shared, shared / "tmp"):
            place.chmod(0o777)
        shutil.copytree(root, shared / "repo")
        (shared / "fixit_runtime").mkdir()
        checkout = Path(__file__).parents[2]
        for part in ("agent", "sandboxes"):
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(checkout / part, shared / "fixit_runtime" / part, ignore=ignore)
        paths = [str(shared), *(p for p in sys.path if p.endswith("site-packages"))]
        done = subprocess.run(
            ["setpriv", *setpriv, python, "-B", "-c", AS_ANOTHER, shared / "repo", shared / "tmp"],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(paths), "HOME": str(shared),
                 "TMPDIR": str(shared / "tmp")},
            cwd=shared, capture_output=True, text=True,
        )  # fmt: skip
        if "ModuleNotFoundError" in done.stderr:
            pytest.skip(f"{python} cannot import what fixit needs: {done.stderr.splitlines()[-1]}")
        return " ".join(done.stdout.split()) + done.stderr
    finally:
        remove(shared)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(
    "setpriv",
    [
        ["--reuid=65534", "--regid=65534", "--clear-groups"],
        ["--bounding-set=-sys_admin", "--inh-caps=-sys_admin"],
    ],
    ids=["an ordinary user", "root without root's rights"],
)
def test_it_holds_without_control_groups_and_without_rights(
    setpriv: list[str], project: Path, temporary: Path
) -> None:
    if shutil.which("setpriv") is None or not Path("/usr/bin/python3").exists():
        pytest.skip("setpriv and a system Python are needed to become somebody else")
    assert run_as(setpriv, project, temporary) == SEEN


def test_limits_hold_for_each_run_alone(project: Path) -> None:
    sandbox = LocalSandbox(Snapshot.of(project), python=Path(sys.executable))
    sandbox.start()
    try:
        assert sandbox.run(["sleep", "9"], limits=RunLimits(wall_s=0.2)).timed_out
        assert sandbox.run(["sh", "-c", "ulimit -t"], limits=RunLimits(cpu_s=7)).output == b"7\n"
        assert not sandbox.run(["true"], limits=RunLimits(memory_mb=100)).timed_out
    finally:
        sandbox.close()
