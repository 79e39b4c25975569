"""Commits of a repair on a real git repository, with the user's own work left alone."""

import os
import subprocess

import pytest

from fixit_runtime.agent.errors import DirtyTree, UsageError
from fixit_runtime.tools.git import (
    check_branch,
    check_committed,
    commit_on_branch,
    commit_paths,
    dirty_paths,
    is_repository,
)

ANNA = {"GIT_AUTHOR_NAME": "Anna", "GIT_AUTHOR_EMAIL": "anna@example.org"}
ANNA |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in ANNA.items()}
PATH = "shop/größe x.py"


@pytest.fixture(autouse=True)
def own_settings_only(monkeypatch, tmp_path_factory):
    """No git settings of the person who runs the tests."""
    for name in [name for name in os.environ if name.startswith("GIT_") or name == "EMAIL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("XDG_CONFIG_HOME", os.environ["HOME"])
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


def git(root, *arguments, **env):
    done = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, env={**os.environ, **ANNA, **env}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


@pytest.fixture
def root(tmp_path):
    """A repository in a folder with a space, one commit on the branch main."""
    top = tmp_path / "my repository"
    (top / "shop").mkdir(parents=True)
    (top / PATH).write_text("x = 1\n")
    (top / "run.py").write_text("y = 1\n")
    (top / "run.py").chmod(0o755)
    git(top, "init", "-q", "-b", "main")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "first")
    return top


def state(root):
    """All that a branch commit must leave alone."""
    status = git(root, "status", "--porcelain", GIT_OPTIONAL_LOCKS="0")
    files = {p: p.read_bytes() for p in root.rglob("*") if p.is_file() and ".git" not in p.parts}
    index = (root / ".git" / "index").read_bytes()
    head = (root / ".git" / "HEAD").read_text()
    return files, index, head, git(root, "rev-parse", "main"), status


def test_a_folder_is_a_repository_or_not(root, tmp_path):
    assert is_repository(root)
    assert is_repository(root / "shop")
    assert not is_repository(tmp_path)
    assert not is_repository(tmp_path / "gone")


def test_a_branch_commit_holds_exactly_the_patch(root):
    files = {PATH: "x = 2\n", "run.py": "y = 2\n", "new/ä b.py": "z = 1\n"}
    before = state(root)
    commit = commit_on_branch(root, "fix/prices", files, "Fix prices\n\nWell.")
    assert state(root) == before
    assert git(root, "rev-parse", "fix/prices").strip() == commit
    assert git(root, "rev-parse", "fix/prices^") == git(root, "rev-parse", "main")
    assert {path: git(root, "show", f"{commit}:{path}") for path in files} == files
    changed = git(root, "diff", "--name-only", "-z", "main", commit).split("\0")
    assert set(changed) == {*files, ""}
    assert git(root, "ls-tree", commit, "run.py").startswith("100755")
    assert git(root, "log", "-1", "--format=%B", commit).strip() == "Fix prices\n\nWell."


def test_other_changes_staged_or_not_stay_out_of_it_and_as_they_are(root):
    (root / "staged.py").write_text("s = 1\n")
    git(root, "add", "staged.py")
    (root / "run.py").write_text("y = 9\n")
    before = state(root)
    commit = commit_on_branch(root, "fix", {PATH: "x = 2\n"}, "m")
    assert state(root) == before
    assert git(root, "diff", "--name-only", "-z", "main", commit) == f"{PATH}\0"


def test_a_file_can_be_deleted_on_the_branch(root):
    commit = commit_on_branch(root, "fix", {"run.py": None}, "m")
    assert git(root, "ls-tree", "-r", "--name-only", "-z", commit) == f"{PATH}\0"


def test_a_file_with_uncommitted_work_is_not_committed_with_it(root):
    (root / PATH).write_text("x = 1\nmine = 3\n")
    with pytest.raises(DirtyTree, match="differs from the last commit"):
        commit_on_branch(root, "fix", {PATH: "x = 2\nmine = 3\n"}, "m")
    with pytest.raises(DirtyTree, match="differs"):
        check_committed(root, {PATH: "x = 1\nmine = 3\n"})
    check_committed(root, {PATH: "x = 1\n", "new.py": None})
    (root / "extra.py").write_text("e = 1\n")
    with pytest.raises(DirtyTree, match="is not in the last commit"):
        commit_on_branch(root, "fix", {"extra.py": "e = 2\n"}, "m")
    assert git(root, "branch", "--format=%(refname:short)").split() == ["main"]


def test_the_originals_decide_where_they_are_given(root):
    (root / PATH).write_text("x = 2\n")  # the repair, applied already
    commit = commit_on_branch(root, "fix", {PATH: "x = 2\n"}, "m", {PATH: "x = 1\n"})
    assert git(root, "show", f"{commit}:{PATH}") == "x = 2\n"


def test_a_folder_inside_the_repository_can_be_the_root(root):
    name = PATH.split("/")[1]
    (root / PATH).write_text("x = 5\n")
    (root / "run.py").write_text("y = 5\n")
    assert dirty_paths(root / "shop") == (name,)
    git(root, "checkout", "-q", ".")
    commit = commit_on_branch(root / "shop", "fix", {name: "x = 2\n"}, "m")
    assert git(root, "show", f"{commit}:{PATH}") == "x = 2\n"


def test_no_hook_of_the_user_runs_for_a_branch_commit(root):
    hooks = root / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("pre-commit", "commit-msg", "post-commit", "reference-transaction",
                 "post-index-change", "prepare-commit-msg"):  # fmt: skip
        (hooks / hook).write_text("#!/bin/sh\ntouch ran; exit 1\n")
        (hooks / hook).chmod(0o755)
    commit_on_branch(root, "fix", {PATH: "x = 2\n"}, "m")
    assert not list(root.rglob("ran"))


@pytest.mark.parametrize("branch", ["main", "other", "group"])
def test_an_existing_branch_is_refused(root, branch):
    git(root, "branch", "other")
    git(root, "branch", "group/member")
    before = git(root, "show-ref")
    with pytest.raises(UsageError, match="exists"):
        commit_on_branch(root, branch, {PATH: "x = 2\n"}, "m")
    with pytest.raises(UsageError, match="exists"):
        check_branch(root, branch)
    assert git(root, "show-ref") == before


@pytest.mark.parametrize("branch", ["", "-d", "a..b", "a b", "x.lock", "@{-1}", "refs/../x"])
def test_an_impossible_branch_name_is_refused(root, branch):
    with pytest.raises(UsageError, match="no name for a branch"):
        commit_on_branch(root, branch, {PATH: "x = 2\n"}, "m")


def test_without_a_repository_or_a_commit_there_is_one_clear_error(tmp_path):
    with pytest.raises(UsageError, match="not in a git repository") as caught:
        commit_on_branch(tmp_path, "fix", {"a.py": "x\n"}, "m")
    assert "--apply" in caught.value.hint
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("x\n")
    for act in (
        lambda: commit_on_branch(tmp_path, "fix", {"a.py": "y\n"}, "m"),
        lambda: commit_paths(tmp_path, ["a.py"], "m"),
        lambda: check_branch(tmp_path, "fix"),
    ):
        with pytest.raises(UsageError, match="no commit yet"):
            act()
    assert dirty_paths(tmp_path) == ()
    assert dirty_paths(tmp_path, untracked=True) == ("a.py",)


def test_a_repository_of_somebody_else_is_refused_in_gits_words(root, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(UsageError, match="dubious ownership"):
        commit_on_branch(root, "fix", {PATH: "x = 2\n"}, "m")


def test_a_person_without_a_name_is_no_obstacle(root):
    for commit in (
        commit_on_branch(root, "fix", {PATH: "x = 2\n"}, "m"),
        changed(root, {PATH: "x = 3\n"}),
    ):
        assert git(root, "log", "-1", "--format=%an %cn", commit).strip() == "fixit fixit"


def test_the_persons_own_name_is_used_where_git_knows_it(root):
    git(root, "config", "user.name", "Bert")
    git(root, "config", "user.email", "bert@example.org")
    commit = commit_on_branch(root, "fix", {PATH: "x = 2\n"}, "m")
    assert git(root, "log", "-1", "--format=%an <%ae>", commit).strip() == "Bert <bert@example.org>"


def test_line_ends_are_stored_as_git_would_store_them(root):
    git(root, "config", "core.autocrlf", "true")
    (root / PATH).write_bytes(b"x = 1\r\n")
    commit = commit_on_branch(root, "fix", {PATH: "x = 2\r\n"}, "m")
    assert git(root, "show", f"{commit}:{PATH}") == "x = 2\n"


def test_files_stored_with_windows_line_ends_keep_them(root):
    (root / "dos.py").write_bytes(b"a = 1\r\nb = 2\r\n")
    git(root, "add", "dos.py")
    git(root, "commit", "-q", "-m", "dos")
    (root / ".git" / "info").mkdir(exist_ok=True)
    (root / ".git" / "info" / "attributes").write_text("*.py text=auto\n")
    commit = commit_on_branch(root, "fix", {"dos.py": "a = 1\r\nb = 3\r\n"}, "m")
    assert git(root, "show", f"{commit}:dos.py") == "a = 1\r\nb = 3\r\n"


def test_another_encoding_is_stored_in_its_bytes(root):
    (root / "old.py").write_bytes(b"# coding: latin-1\nx = '\xf6'\n")
    git(root, "add", "old.py")
    git(root, "commit", "-q", "-m", "old")
    commit = commit_on_branch(root, "fix", {"old.py": "# coding: latin-1\nx = 'öä'\n"}, "m")
    shown = subprocess.run(["git", "show", f"{commit}:old.py"], cwd=root, capture_output=True)
    assert shown.stdout == b"# coding: latin-1\nx = '\xf6\xe4'\n"


def test_a_linked_worktree_gets_its_branch_too(root, tmp_path):
    git(root, "worktree", "add", "-q", str(tmp_path / "second"), "-b", "second")
    commit = commit_on_branch(tmp_path / "second", "fix", {PATH: "x = 2\n"}, "m")
    assert git(root, "rev-parse", "fix").strip() == commit


def test_a_git_that_called_fixit_does_not_mislead_it(root, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    commit_on_branch(root, "fix", {PATH: "x = 2\n"}, "m")
    assert dirty_paths(root) == ()
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert "fix" in git(root, "branch")


# ------------------------------------------------------------------ the current branch


def changed(root, files, message="m"):
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text) if text is not None else (root / path).unlink()
    return commit_paths(root, list(files), message)


def test_changed_new_and_deleted_files_are_committed_on_the_current_branch(root):
    (root / "staged.py").write_text("s = 1\n")
    git(root, "add", "staged.py")
    commit = changed(root, {PATH: "x = 2\n", "new/ä*.py": "z = 1\n", "run.py": None}, "Fix it")
    assert git(root, "rev-parse", "main").strip() == commit
    assert git(root, "status", "--porcelain").split() == ["A", "staged.py"]
    listed = git(root, "ls-tree", "-r", "--name-only", "-z", commit).split("\0")
    assert set(listed) == {PATH, "new/ä*.py", ""}


def test_a_hook_that_says_no_leaves_the_index_as_it_was(root):
    hook = root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no such thing on Fridays >&2; exit 1\n")
    hook.chmod(0o755)
    with pytest.raises(UsageError, match="Fridays"):
        changed(root, {PATH: "x = 2\n", "new.py": "n = 1\n"})
    assert git(root, "status", "--porcelain", "-z").split("\0") == [f" M {PATH}", "?? new.py", ""]


def test_dirty_paths_are_named_staged_or_not(root):
    (root / PATH).write_text("x = 7\n")
    (root / "run.py").rename(root / "go.py")
    git(root, "add", "-A", "run.py", "go.py")
    assert set(dirty_paths(root)) == {PATH, "run.py", "go.py"}
