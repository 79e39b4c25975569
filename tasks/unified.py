"""Applies a unified diff to bytes, exactly: no fuzz, no offset."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fixit_runtime.agent.errors import PatchRefused

if TYPE_CHECKING:
    from unidiff.patch import Hunk, PatchedFile, PatchSet

NOWHERE = "/dev/null"


def patched(diff: str, read: Callable[[str], bytes | None]) -> Mapping[str, bytes | None]:
    """Whole new contents by path after a unified diff with a/ and b/ headers; None deletes.

    Args:
        read: the contents now, None where there is no such file.
    Raises:
        PatchRefused: it is no unified diff, changes nothing or a binary file, a hunk does not
            fit the contents at its own line, or a new file is there already.
    """
    files: dict[str, bytes | None] = {}
    for file in _parsed(diff):
        old, new = _path(file.source_file), _path(file.target_file)
        if file.is_binary_file:
            raise PatchRefused(f"{new}: binary changes cannot be applied")
        if old == NOWHERE and read(new) is not None:
            raise PatchRefused(f"{new}: the patch creates it, but it is there already")
        text = "" if old == NOWHERE else _text(old, read)
        if old not in (NOWHERE, new):
            files[old] = None
        if new == NOWHERE:
            _applied(file, old, text)
        else:
            files[new] = _applied(file, new, text).encode()
    if not files:
        raise PatchRefused("the patch changes nothing", hint="it must be a unified diff")
    return files


def _parsed(diff: str) -> PatchSet:
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    try:
        return PatchSet(diff)
    except UnidiffParseError as error:
        raise PatchRefused(f"not a unified diff: {error}", hint="make it with git diff") from error


def _path(header: str) -> str:
    """The path of a header without a/ or b/; git writes unusual letters as octal in quotes."""
    if header.startswith('"'):
        header = header[1:-1].encode().decode("unicode_escape").encode("latin-1").decode()
    return header if header == NOWHERE else re.sub("^[ab]/", "", header)


def _text(path: str, read: Callable[[str], bytes | None]) -> str:
    data = read(path)
    if data is None:
        raise PatchRefused(f"{path}: the patch changes it, but it is not there")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise PatchRefused(f"{path} is not UTF-8, so no text patch fits it") from error


def _applied(file: PatchedFile, path: str, text: str) -> str:
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    done: list[str] = []
    place = 0
    for hunk in file:
        # A hunk without old lines is numbered by the line that it comes after.
        start = hunk.source_start - (1 if hunk.source_length else 0)
        before, after = _sides(hunk)
        if start < place or lines[start : start + len(before)] != before:
            raise PatchRefused(f"{path}: the hunk at line {hunk.source_start} does not fit")
        done += [*lines[place:start], *after]
        place = start + len(before)
    return "".join([*done, *lines[place:]])


def _sides(hunk: Hunk) -> tuple[list[str], list[str]]:
    """The lines that a hunk replaces, and those that it puts there."""
    before: list[str] = []
    after: list[str] = []
    last: tuple[list[str], ...] = ()
    for line in hunk:
        if line.is_context:
            last = (before, after)
        elif line.is_removed or line.is_added:
            last = (before,) if line.is_removed else (after,)
        else:  # "\ No newline at end of file" is about the line above it
            for side in last:
                side[-1] = side[-1].removesuffix("\n")
            continue
        for side in last:
            side.append(line.value)
    return before, after
