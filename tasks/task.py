"""What is to be fixed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about a task besides the task; "" where nobody said.

    `title` is one line for a list of tasks. `fault` is the kind of bug ("off-by-one"), `layout`
    where the modules lie ("flat" or "src"), `style` how the tests are written ("pytest" or
    "unittest"). `reach` is "template" where one edit of a common shape is the whole fix, and
    "beyond" where it takes several edits at once or new logic.
    """

    title: str = ""
    fault: str = ""
    layout: str = ""
    style: str = ""
    reach: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A repository whose tests fail.

    `root` is its folder. `failing` are the node ids to make green; empty where they are still to
    be found. `instruction` says in a user's words what is wrong. `solution` is a reference fix,
    a unified diff with a/ and b/ headers. `test_command` is as a person would type it; None
    where it is to be found out.
    """

    name: str
    root: Path
    failing: tuple[str, ...] = ()
    instruction: str = ""
    solution: str | None = field(default=None, repr=False)
    test_command: str | None = None
    metadata: Metadata = Metadata()
