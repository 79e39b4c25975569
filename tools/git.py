"""Commits of a repair, without touching what the user has open.

A branch commit is made beside the working tree: a temporary index, git's plumbing, no hook and
no checkout, so files, index and current branch stay as they are. Paths are relative to `root`,
which may be a folder inside a git repository; texts are as `source` reads them.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fixit_runtime.agent.errors import DirtyTree, UsageError
from fixit_runtime.tools.source import read_beneath, to_bytes

if TYPE_CHECKING:
    import git

Texts = Mapping[str, str | None]

_OWN = ("fixit", "fixit@localhost")
_SETTINGS = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.splitIndex=false")
_QUIET = tuple(word for setting in _SETTINGS for word in ("-c", setting))
_ANY_SIZE = 1 << 40


def is_repository(root: Path) -> bool:
    """Whether `root` lies in the working tree of a git repository (and git is installed)."""
    try:
        with _opened(root):
            return True
    except UsageError:
        return False


def dirty_paths(root: Path, *, untracked: bool = False) -> tuple[str, ...]:
    """Paths below `root` whose changes are not committed, staged or not; with `untracked` also
    files that git neither knows nor ignores.

    Raises:
        UsageError: no git repository, or git refuses it.
    """
    with _opened(root) as work:
        which = "all" if untracked else "no"
        status = ("status", "--porcelain=v1", "-z", "--no-renames", f"--untracked-files={which}")
        shown = work.run(*status, "--", work.prefix or ".")
        paths = (entry[3:] for entry in shown.split("\0") if entry)
        return tuple(path.removeprefix(work.prefix) for path in paths)


def check_branch(root: Path, branch: str) -> None:
    """Refuse what `commit_on_branch` would refuse, before anything is spent.

    Raises:
        UsageError: no repository, no commit yet, no valid name, or the branch exists.
    """
    with _opened(root) as work:
        work.head()
        _check_branch(work, branch)


def check_committed(root: Path, originals: Texts) -> None:
    """Make sure that a commit of a repair of these files would hold the repair only.

    Raises:
        DirtyTree: one of them is not in the last commit as it was read.
        UsageError: no repository, or no commit yet.
    """
    with _opened(root) as work, tempfile.TemporaryDirectory() as scratch:
        for path, text in originals.items():
            _Blob.at(work, Path(scratch), path, _bytes(text))


def commit_on_branch(
    root: Path, branch: str, files: Texts, message: str, originals: Texts | None = None
) -> str:
    """Make `branch` from HEAD with one commit that holds these new texts (None deletes).

    Nothing else changes: not the working tree, the index or the current branch; no hook runs.

    Args:
        originals: the texts that the repair was made from; the working tree's unless given.
    Returns: the commit's id.
    Raises:
        DirtyTree: a file is not in HEAD as it was read, so the commit would hold more than
            the repair.
        UsageError: no repository, no commit yet, no valid name, or the branch exists.
    """
    with _opened(root) as work, tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        head = work.head()
        _check_branch(work, branch)
        aside = work.with_index(scratch / "index")
        aside.run("read-tree", head)
        for path, text in sorted(files.items()):
            base = work.bytes_of(path) if originals is None else _bytes(originals.get(path))
            blob = _Blob.at(aside, scratch, path, base)
            if text is None:
                aside.run("update-index", "--force-remove", "--", work.prefix + path)
            else:
                entry = f"{blob.mode},{blob.write(to_bytes(text))},{work.prefix}{path}"
                aside.run("update-index", "--add", "--cacheinfo", entry)
        tree = aside.run("write-tree")
        commit = aside.run("commit-tree", tree, "-p", head, "-m", message, env=_identity(work))
        work.run("update-ref", f"refs/heads/{branch}", commit, "")
        return commit


def commit_paths(root: Path, paths: Sequence[str], message: str) -> str:
    """Commit these files, as they stand in the working tree, on the current branch.

    What else is staged stays staged. The user's own hooks run, as for any commit of theirs.
    Whether the files held other changes must be asked before they are written
    (`check_committed`).

    Returns: the commit's id.
    Raises:
        UsageError: no repository, no commit yet, or git or a hook refuses; the index is then
            as it was.
    """
    with _opened(root) as work:
        work.head()
        full = [work.prefix + path for path in paths]
        known = set(work.run("ls-files", "-z", "--", *full).split("\0"))
        new = [path for path in full if path not in known and (work.top / path).exists()]
        if new:
            work.run("add", "--intent-to-add", "--", *new)
        try:
            commit = ("commit", "--quiet", "--only", "-m", message, "--", *full)
            work.run(*commit, env=_identity(work), quiet=False)
        except BaseException:
            if new:
                work.run("reset", "--quiet", "--", *new)
            raise
        return work.head()


@dataclass(frozen=True, slots=True)
class _Work:
    """An open repository: its top folder, and `root` inside it as "" or "sub/folder/"."""

    repo: git.Repo
    root: Path
    top: Path
    prefix: str
    env: Mapping[str, str] = field(default_factory=dict)

    def run(
        self,
        *arguments: str,
        stdin: Path | None = None,
        env: Mapping[str, str] | None = None,
        quiet: bool = True,
    ) -> str:
        """One git command in the top folder; `quiet` runs no hook. Raises UsageError."""
        from git.exc import GitCommandError

        command = ["git", *(_QUIET if quiet else ()), *arguments]
        try:
            with contextlib.ExitStack() as stack:
                given = stack.enter_context(stdin.open("rb")) if stdin else None
                said = self.repo.git.execute(
                    command, istream=given, env={**self.env, **(env or {})}
                )
        except GitCommandError as error:
            why = str(error.stderr or error).strip().removeprefix("stderr:").strip("' \n")
            raise UsageError(
                f"git {arguments[0]} failed in {self.top}: {why}",
                hint="The tree itself is as it was; take the patch by --output FILE.",
            ) from error
        return str(said)

    def head(self) -> str:
        try:
            return self.run("rev-parse", "--verify", "HEAD^{commit}")
        except UsageError as error:
            if "single revision" not in error.message:
                raise
            raise UsageError(
                f"{self.top} has no commit yet, so nothing can be committed on top of one",
                hint="Make a first commit, or take the patch by --apply or --output FILE.",
            ) from error

    def with_index(self, index: Path) -> _Work:
        return replace(self, env={**self.env, "GIT_INDEX_FILE": str(index)})

    def bytes_of(self, path: str) -> bytes | None:
        try:
            return read_beneath(self.root, path, _ANY_SIZE)
        except ValueError as error:
            raise DirtyTree(f"{path} cannot be committed: {error}") from error


@dataclass(frozen=True, slots=True)
class _Blob:
    """How a file is stored: its mode, and whether git's filters (line ends) apply to it."""

    work: _Work
    scratch: Path
    path: str
    mode: str
    filtered: bool

    @classmethod
    def at(cls, work: _Work, scratch: Path, path: str, base: bytes | None) -> _Blob:
        """The file in HEAD, which must be `base`. Raises DirtyTree."""
        listed = work.run("ls-tree", "-z", "HEAD", "--", work.prefix + path).rstrip("\0")
        mode, _, stored = listed.partition("\t")[0].split() if listed else ("100644", "", None)
        for filtered in (True, False):
            blob = cls(work, scratch, path, mode, filtered)
            if stored == (None if base is None else blob.write(base)) and mode != "120000":
                return blob
        what = "is not in the last commit" if stored is None else "differs from the last commit"
        raise DirtyTree(
            f"{path} {what}, and the commit would hold that too",
            hint="Commit it first, or take the patch by --output FILE.",
        )

    def write(self, data: bytes) -> str:
        """Store these bytes; returns their object id."""
        content = self.scratch / "content"
        content.write_bytes(data)
        how = f"--path={self.work.prefix}{self.path}" if self.filtered else "--no-filters"
        return self.work.run("hash-object", "-w", how, "--stdin", stdin=content)


@contextlib.contextmanager
def _opened(root: Path) -> Iterator[_Work]:
    try:
        from git import Repo
        from git.exc import InvalidGitRepositoryError, NoSuchPathError
    except ImportError as error:  # GitPython asks for the git command when it is imported
        raise UsageError(
            "git is not installed", hint="Install git, or use --apply or --output FILE."
        ) from error
    try:
        repo = Repo(root, search_parent_directories=True, expand_vars=False)
    except (InvalidGitRepositoryError, NoSuchPathError) as error:
        raise _no_repository(root) from error
    with repo:
        if repo.working_tree_dir is None:
            raise _no_repository(root)
        top, inside = Path(repo.working_tree_dir).resolve(), root.resolve()
        prefix = "" if inside == top else f"{inside.relative_to(top).as_posix()}/"
        yield _Work(repo, inside, top, prefix, _environment(Path(repo.git_dir), top))


def _environment(git_dir: Path, top: Path) -> dict[str, str]:
    """For every git command. Where a git that called fixit (from a hook, say) has set its own
    repository, ours is set instead; else none is, since naming one switches off git's check
    of who owns it."""
    names = {"GIT_DIR": git_dir, "GIT_WORK_TREE": top, "GIT_INDEX_FILE": git_dir / "index"}
    inherited = any(name in os.environ for name in names)
    ours = {name: str(path) for name, path in names.items()} if inherited else {}
    fixed = ("GIT_LITERAL_PATHSPECS=1", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")
    return ours | dict(setting.split("=") for setting in fixed)


def _no_repository(root: Path) -> UsageError:
    return UsageError(
        f"{root} is not in a git repository, so nothing can be committed there",
        hint="Use --apply or --output FILE, or run `git init` and commit first.",
    )


def _check_branch(work: _Work, branch: str) -> None:
    try:
        work.run("check-ref-format", "--branch", branch)
    except UsageError as error:
        raise UsageError(
            f"{branch!r} is no name for a branch", hint="Take one like fix/failing-tests."
        ) from error
    if work.run("for-each-ref", "--format=%(refname)", f"refs/heads/{branch}"):
        raise UsageError(
            f"the branch {branch} exists (or branches below it)",
            hint="Name another --branch; fixit never adds to one that is there.",
        )


def _identity(work: _Work) -> dict[str, str]:
    """Nothing where the user has said who they are; else fixit's own name."""
    try:
        for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
            work.run("-c", "user.useConfigOnly=true", "var", who)
    except UsageError:
        name, email = _OWN
        roles = ("AUTHOR", "COMMITTER")
        names = {f"GIT_{role}_NAME": name for role in roles}
        return {**names, **{f"GIT_{role}_EMAIL": email for role in roles}}
    return {}


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else to_bytes(text)
