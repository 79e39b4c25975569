"""What of a repository is copied into a sandbox."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.private import holds_private_key, why_left_out
from fixit_runtime.sandboxes.snapshot import File, Link, Snapshot

from .conftest import git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of this test's own."""
    folder = tmp_path / "ein Projekt ü"
    folder.mkdir()
    git(folder, "init", "-q")
    fill(folder, {"pkg/__init__.py": "", "pkg/a.py": "A = 1\n", ".gitignore": "*.log\nbuilt/\n"})
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


def fill(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def paths(root: Path) -> set[str]:
    return set(Snapshot.of(root).files)


BASE = {"pkg/__init__.py", "pkg/a.py", ".gitignore"}


def test_tracked_and_untracked_files_are_copied_and_ignored_ones_are_not(root: Path) -> None:
    fill(root, {"pkg/new.py": "", "notes.log": "", "built/x.py": "", "ein ordner/ä b.py": ""})
    assert paths(root) == BASE | {"pkg/new.py", "ein ordner/ä b.py"}


def test_a_tracked_file_that_is_deleted_is_not_copied(root: Path) -> None:
    (root / "pkg/a.py").unlink()
    assert paths(root) == BASE - {"pkg/a.py"}


def test_a_tracked_folder_that_became_a_link_is_not_followed(root: Path, tmp_path: Path) -> None:
    fill(tmp_path, {"outside/a.py": "secret"})
    shutil.rmtree(root / "pkg")
    (root / "pkg").symlink_to(tmp_path / "outside")
    snapshot = Snapshot.of(root)
    assert set(snapshot.files) == {".gitignore"}
    assert [x.path for x in snapshot.left_out] == ["pkg"]


def test_ignored_files_that_imports_need_are_copied(root: Path) -> None:
    fill(root, {".gitignore": "_version.py\n*.so\n*.egg-info/\ndata.py\nout/\n"})
    needed = {"pkg/_version.py", "pkg/_fast.so", "pkg.egg-info/PKG-INFO"}
    fill(root, dict.fromkeys(needed, "x"))
    fill(root, {"pkg/data.py": "x" * 100_000, "out/made.py": "x"})
    assert paths(root) == BASE | needed


def test_what_was_compiled_from_a_module_is_not_imported_in_its_place(root: Path) -> None:
    fill(root, {".gitignore": "*.so\n", "pkg/a.cpython-311-x86_64-linux-gnu.so": "x"})
    assert paths(root) == BASE
    shutil.rmtree(root / ".git")
    assert paths(root) == BASE


def test_a_folder_without_git_is_copied_whole_but_for_what_is_never_copied(tmp_path: Path) -> None:
    fill(tmp_path, {"a.py": "", "b/c.py": "", "b/__pycache__/c.pyc": "", "node_modules/x.js": ""})
    fill(tmp_path, {"env39/pyvenv.cfg": "", "env39/lib/x.py": "", ".venv/lib/y.py": ""})
    assert paths(tmp_path) == {"a.py", "b/c.py"}


def test_a_folder_inside_a_repository_is_copied_alone(root: Path) -> None:
    assert paths(root / "pkg") == {"__init__.py", "a.py"}


def test_repositories_inside_are_copied_without_their_history(root: Path) -> None:
    inner = root / "vendor" / "lib"
    inner.mkdir(parents=True)
    git(inner, "init", "-q")
    fill(inner, {"lib.py": "", "skip.log": "", ".gitignore": "*.log\n"})
    git(inner, "add", ".")
    git(inner, "commit", "-qm", "inner")
    assert paths(root) == BASE | {"vendor/lib/lib.py", "vendor/lib/.gitignore"}
    git(root, "add", "vendor/lib")  # now git lists it as one entry, as it does a submodule
    assert paths(root) == BASE | {"vendor/lib/lib.py", "vendor/lib/.gitignore"}


SECRETS = [
    ".env", ".env.local", "deploy/.env.prod", "id_rsa", "keys/id_ed25519", "server.key",
    ".netrc", ".pypirc", ".npmrc", ".aws/config", ".ssh/config", "credentials.json",
    "service-account.json", "client_secret_1.json", "terraform.tfstate", "cert.p12",
    ".git-credentials", "secrets.yaml", "CREDENTIALS.JSON", ".fixit/runs/x",
]  # fmt: skip


def test_secrets_are_never_copied_even_when_tracked(root: Path) -> None:
    fill(root, dict.fromkeys(SECRETS, "hunter2"))
    git(root, "add", "-f", ".")
    snapshot = Snapshot.of(root)
    assert set(snapshot.files) == BASE
    assert {x.path for x in snapshot.left_out} == set(SECRETS)
    assert all(x.reason for x in snapshot.left_out)


@pytest.mark.parametrize(
    "path", ["environment.py", "src/env.py", "keys.py", "tests/test_credentials.py", "key.txt"]
)
def test_ordinary_names_are_no_secrets(path: str) -> None:
    assert why_left_out(path) is None


def test_of_pem_files_only_those_with_a_private_key_are_left_out(root: Path) -> None:
    begin = "-----BEGIN {}-----\nAAAA\n"
    fill(root, {"ca.pem": begin.format("CERTIFICATE"), "own.pem": begin.format("RSA PRIVATE KEY")})
    snapshot = Snapshot.of(root)
    assert set(snapshot.files) == BASE | {"ca.pem"}
    assert [(x.path, x.reason) for x in snapshot.left_out] == [
        ("own.pem", "it holds a private key")
    ]
    assert not holds_private_key("readme.txt", b"PRIVATE KEY")


def test_virtual_environments_of_any_name_are_left_out(root: Path) -> None:
    fill(root, {"my env/pyvenv.cfg": "", "my env/lib/python3/site.py": "", "my env/bin/x": ""})
    assert paths(root) == BASE
    fill(root, {"pyvenv.cfg": "", "lib/python3/site.py": "", "bin/python": "", "library/a.py": ""})
    assert paths(root) == BASE | {"library/a.py"}


def test_links_that_stay_inside_are_kept_and_others_are_listed(root: Path) -> None:
    (root / "same.py").symlink_to("pkg/a.py")
    (root / "pkg" / "up").symlink_to("../.gitignore")
    (root / "absolute").symlink_to(root / "pkg")
    (root / "out").symlink_to("../../etc")
    (root / "passwd").symlink_to("/etc/passwd")
    snapshot = Snapshot.of(root)
    links = {p: e.target for p, e in snapshot.files.items() if isinstance(e, Link)}
    assert links == {"same.py": "pkg/a.py", "pkg/up": "../.gitignore", "absolute": "pkg"}
    assert {x.path for x in snapshot.left_out} == {"out", "passwd"}


def test_pipes_are_left_out_and_do_not_block(root: Path) -> None:
    os.mkfifo(root / "pipe")
    git(root, "add", "-A")
    assert paths(root) == BASE


def test_a_file_that_cannot_be_read_is_listed(root: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (root / "closed.py").write_text("")
    (root / "closed.py").chmod(0)
    assert [x.path for x in Snapshot.of(root).left_out] == ["closed.py"]


def test_a_repository_of_another_user_can_be_copied(root: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    for place in (root, *root.rglob("*")):
        os.chown(place, 65534, 65534, follow_symlinks=False)
    fill(root, {"notes.log": ""})
    assert paths(root) == BASE


def test_nothing_that_the_repository_configures_is_run(root: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    hook.chmod(0o755)
    git(root, "config", "core.fsmonitor", str(hook))
    git(root, "config", "core.pager", str(hook))
    before = (root / ".git" / "index").read_bytes()
    assert paths(root) == BASE
    assert not ran.exists()
    assert (root / ".git" / "index").read_bytes() == before


def test_variables_that_point_git_elsewhere_are_ignored(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert paths(root) == BASE


def test_a_broken_repository_gets_a_message(root: Path) -> None:
    (root / ".git" / "index").write_bytes(b"DIRC broken")
    with pytest.raises(SandboxError, match="git cannot list"):
        Snapshot.of(root)


def test_too_many_files_or_bytes_are_refused_with_what_to_do(root: Path) -> None:
    fill(root, {"big.bin": "x" * 10_000})
    with pytest.raises(SandboxError, match="gitignore"):
        Snapshot.of(root, max_files=3)
    with pytest.raises(SandboxError, match=r"big\.bin"):
        Snapshot.of(root, max_bytes=5_000)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="no folder"):
        Snapshot.of(tmp_path / "nowhere")


def test_a_snapshot_keeps_what_it_read(root: Path, tmp_path: Path) -> None:
    snapshot = Snapshot.of(root)
    fill(root, {"pkg/a.py": "A = 2\n"})
    (root / "pkg/__init__.py").unlink()
    snapshot.write_to(tmp_path / "copy")
    assert (tmp_path / "copy/pkg/a.py").read_text() == "A = 1\n"
    assert (tmp_path / "copy/pkg/__init__.py").read_text() == ""
    assert snapshot.read("pkg/a.py") == b"A = 1\n"


def test_the_digest_follows_contents_names_execute_bits_and_links(root: Path) -> None:
    seen = {Snapshot.of(root).digest()}
    assert Snapshot.of(root).digest() in seen
    changes = [
        lambda: fill(root, {"pkg/a.py": "A = 3\n"}),
        lambda: (root / "pkg/a.py").rename(root / "pkg/b.py"),
        lambda: (root / "pkg/b.py").chmod(0o755),
        lambda: (root / "link").symlink_to("pkg"),
    ]
    for number, change in enumerate(changes, 2):
        change()
        seen.add(Snapshot.of(root).digest())
        assert len(seen) == number


def test_the_tar_holds_what_the_folder_holds(root: Path, tmp_path: Path) -> None:
    fill(root, {"tool": "#!/bin/sh\n", "long/" + "ä" * 60 + "/" + "n" * 120: "deep"})
    (root / "tool").chmod(0o755)
    (root / "link").symlink_to("pkg/a.py")
    snapshot = Snapshot.of(root)
    snapshot.write_to(tmp_path / "written")
    with snapshot.tar() as archive, tarfile.open(fileobj=archive) as members:
        members.extractall(tmp_path / "unpacked", filter="data")
    for path, entry in snapshot.files.items():
        one, two = tmp_path / "written" / path, tmp_path / "unpacked" / path
        if isinstance(entry, File):
            assert one.read_bytes() == two.read_bytes() == snapshot.read(path)
            assert one.stat().st_mode & 0o777 == two.stat().st_mode & 0o777 == entry.mode
            assert int(one.stat().st_mtime) == entry.mtime
        else:
            assert one.readlink() == two.readlink() == Path(entry.target)


def test_a_copy_into_a_place_that_cannot_be_written_gets_a_message(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxError, match="cannot copy"):
        Snapshot.of(root).write_to(tmp_path / "file")
