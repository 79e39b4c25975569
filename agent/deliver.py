"""Handing a confirmed patch over: to a file, into the tree, onto a branch. Only when told to.

Writing to the user's tree is an action class of its own (design §4): it needs a flag, it is
refused where it would mix with uncommitted work, and it happens whole or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fixit_runtime.agent.config import Settings
from fixit_runtime.agent.errors import DirtyTree, UsageError
from fixit_runtime.tools import git
from fixit_runtime.tools.patch import apply_to_tree, diff_bytes


def check_delivery(root: Path, settings: Settings) -> None:
    """Refuse what could not be delivered, before anything is spent.

    Raises:
        UsageError: a flag that needs git in a folder that is no repository, or two that clash.
        DirtyTree: --apply would write beside uncommitted changes.
    """
    wants_git = settings.branch is not None or settings.commit
    if wants_git and not git.is_repository(root):
        raise UsageError(
            f"{root} is not a git repository, so nothing can be committed there",
            hint="use --apply or --output FILE, or run `git init` first",
        )
    if settings.branch is not None and not settings.commit and not settings.apply:
        raise UsageError("--branch needs --commit", hint="add --commit, or leave --branch out")
    if settings.branch is not None:
        git.check_branch(root, settings.branch)
    if settings.output is not None and not settings.output.absolute().parent.is_dir():
        raise UsageError(
            f"the folder of --output {settings.output} does not exist",
            hint="create it, or name another file",
        )
    if settings.apply and not settings.allow_dirty and git.is_repository(root):
        dirty = git.dirty_paths(root)
        if dirty:
            raise DirtyTree(
                f"{len(dirty)} uncommitted change(s) in {root}, first {dirty[0]}: --apply would "
                "mix the patch with them",
                hint="commit or stash them, add --allow-dirty, or take the patch by --output FILE",
            )


def deliver(
    root: Path,
    settings: Settings,
    files: Mapping[str, str | None],
    originals: Mapping[str, str | None],
) -> list[str]:
    """Write the patch where the flags say. Returns one line for each thing done."""
    done = []
    if settings.output is not None:
        settings.output.write_bytes(diff_bytes(originals, files))
        done.append(f"patch written to {settings.output}")
    message = f"Fix failing tests\n\nFound and verified by fixit in {len(files)} file(s)."
    if settings.branch is not None:
        commit = git.commit_on_branch(root, settings.branch, files, message, originals)
        done.append(f"committed {commit[:12]} on new branch {settings.branch}; your tree is as was")
    commits_here = settings.commit and settings.branch is None
    if commits_here:
        git.check_committed(root, originals)
    if settings.apply or commits_here:
        apply_to_tree(root, files, originals)
        done.append("patch applied to your tree")
    if commits_here:
        commit = git.commit_paths(root, list(files), message)
        done.append(f"committed {commit[:12]} on the current branch")
    return done
