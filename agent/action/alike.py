"""Whether two candidates are one change, however it is typed."""

from __future__ import annotations

import ast

from fixit_runtime.agent.errors import PatchRefused
from fixit_runtime.agent.seams import Candidate
from fixit_runtime.tools.source import parsable

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError, PatchRefused)


def alike(one: Candidate, other: Candidate) -> bool:
    """Whether both make the same program of the same files; comments and layout aside."""
    if not one.files or one.files.keys() != other.files.keys():
        return False
    return all(
        _program(path, text) == _program(path, other.files[path])
        for path, text in one.files.items()
    )


def _program(path: str, text: str | None) -> str | None:
    if text is None or not path.endswith(".py"):
        return text
    try:
        return ast.dump(ast.parse(parsable(text)))
    except _UNREADABLE:
        return text
