"""Handing a confirmed patch over: to a file, into the tree, onto a branch. Only when told to.

What a run does, and what is done with its patch, are action classes (`action.autonomy`): each
needs what the schedule says, a flag or a yes at the terminal. Writing is refused where it would
mix with uncommitted work, and happens whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from fixit_runtime.agent.action.autonomy import ActionClass, Schedule
from fixit_runtime.agent.config import Settings
from fixit_runtime.agent.errors import DirtyTree, UsageError
from fixit_runtime.tools import git
from fixit_runtime.tools.patch import apply_to_tree, diff_bytes, make_diff

Ask = Callable[[str], bool]  # shows a question to the person at the terminal: yes or no


def wanted(settings: Settings) -> list[ActionClass]:
    """The classes of what the flags ask to have done with a patch."""
    here = settings.commit and settings.branch is None
    asked = {
        ActionClass.DRAFT: settings.output is not None,
        ActionClass.WRITE: settings.apply or here,
        ActionClass.COMMIT: settings.commit,
    }
    return [what for what, is_asked in asked.items() if is_asked]


def offers(root: Path, settings: Settings, schedule: Schedule, *, person: bool) -> bool:
    """Whether a patch that no flag asks to have written is offered to the person at the terminal:
    where it would mix with what is not committed, it is only shown."""
    nothing_said = not wanted(settings) and settings.branch is None
    if not (nothing_said and person and schedule.asks(ActionClass.WRITE, flag=False)):
        return False
    return not (git.is_repository(root) and git.dirty_paths(root))


def check_run(schedule: Schedule, ask: Ask | None = None) -> None:
    """Refuse a run that the schedule does not allow, asking first where it wants that. The
    command itself is the flag that a run needs.

    Raises:
        UsageError: reading the repository, or running its code in a sandbox, is not allowed.
    """
    for what in (ActionClass.READ, ActionClass.RUN):
        said_yes = schedule.asks(what, flag=True) and ask is not None and ask(f"Allow {what}?")
        _permit(schedule, what, person=ask is not None, said_yes=said_yes)


def check_delivery(
    root: Path, settings: Settings, schedule: Schedule | None = None, *, person: bool = False
) -> None:
    """Refuse what could not be delivered, before anything is spent.

    Raises:
        UsageError: a flag that needs git in a folder that is no repository, two that clash, or
            what the autonomy schedule does not allow here.
        DirtyTree: --apply would write beside uncommitted changes.
    """
    for what in wanted(settings):
        _permit(schedule or Schedule(), what, person=person, said_yes=True)
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
    schedule: Schedule | None = None,
    ask: Ask | None = None,
) -> list[str]:
    """Write the patch where the flags say, asking first where the schedule wants it. Returns one
    line for each thing done.

    Raises:
        UsageError: what was asked for was not confirmed; nothing was written then.
    """
    settings = _confirmed(root, settings, files, originals, schedule or Schedule(), ask)
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


def _confirmed(
    root: Path,
    settings: Settings,
    files: Mapping[str, str | None],
    originals: Mapping[str, str | None],
    schedule: Schedule,
    ask: Ask | None,
) -> Settings:
    """The settings with what the person at the terminal agrees to; a patch that nobody asked to
    have written is offered where it can be."""
    classes = wanted(settings)
    for what in classes:
        if schedule.asks(what, flag=True):
            said_yes = ask is not None and ask(f"{make_diff(originals, files)}\nAllow {what}?")
            _permit(schedule, what, person=ask is not None, said_yes=said_yes)
    if ask is None or not offers(root, settings, schedule, person=True):
        return settings
    question = f"{make_diff(originals, files)}\nWrite this into {root}?"
    return settings.model_copy(update={"apply": ask(question)})


def _permit(schedule: Schedule, what: ActionClass, *, person: bool, said_yes: bool) -> None:
    permit = schedule.permit(what, flag=True, person=person, said_yes=said_yes)
    if not permit.granted:
        raise UsageError(permit.why, hint="`fixit doctor --autonomy` shows what each class needs")
