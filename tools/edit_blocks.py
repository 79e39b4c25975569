"""Search/replace blocks as models write them.

    shop/cart.py
    <<<<<<< SEARCH
    lines that stand in the file
    =======
    lines that shall stand there instead
    >>>>>>> REPLACE

The path stands alone on the line before the block, or is taken over from the block before. Code
fences around a block, or between the path and the block, do not matter. An empty SEARCH part
makes a new file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fixit_runtime.tools.source import split_lines

FORMAT = """\
Write each change as a block like this one, with the file's path alone on the line before it:

path/to/file.py
<<<<<<< SEARCH
whole lines exactly as they stand in the file, with their indentation
=======
the lines that replace them
>>>>>>> REPLACE

The SEARCH lines must occur exactly once in the file: add lines around them until they do.
Use several blocks for several changes. An empty SEARCH part makes a new file.
"""

_SEARCH = re.compile(r"<{5,9} ?SEARCH\b[ :]*(.*?)\s*")
_DIVIDER = re.compile(r"={7}\s*")
_REPLACE = re.compile(r">{5,9} ?REPLACE\b.*")
_FENCE = re.compile(r"\s*(?:```+|~~~+)\s*(.*?)\s*")
_PATH = re.compile(r"[^<>|*?\"'`:=]*(?:\.\w{1,12}|/[\w.-]+)")
_LABEL = re.compile(r"(?:in )?(?:file ?path|file ?name|file|path)\s*[:=]\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines to find in a file, and the lines to put there; all without their ends."""

    path: str
    search: tuple[str, ...]
    replace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EditProblem:
    """Why an edit does not apply, told to the model that wrote it. `shown` are lines of the
    file that come nearest to what was searched for, "" where none do."""

    path: str
    message: str
    shown: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        nearest = f"\nThe nearest lines of the file are:\n{self.shown}" if self.shown else ""
        return f"{where}{self.message}{nearest}"


def parse(reply: str) -> Iterator[Edit | EditProblem]:
    """The blocks of a model's reply, in its order; what is no proper block as a problem."""
    lines = [line.rstrip("\r\n") for line in split_lines(reply)]
    starts = [at for at, line in enumerate(lines) if _SEARCH.fullmatch(line)]
    if not starts:
        yield EditProblem("", "The reply holds no <<<<<<< SEARCH block.")
    path, free = "", 0
    for start, limit in pairwise([*starts, len(lines)]):
        path = _named_in(lines[start]) or _named_above(lines[free:start]) or path
        found = _block(path, lines[start + 1 : limit])
        yield found
        body = len(found.search) + len(found.replace) + 3 if isinstance(found, Edit) else 1
        free = start + body


def render(path: str, search: str, replace: str) -> str:
    """The block that `parse` reads as this edit. A text's last line end may be missing."""
    old, new = (
        text if not text or text.endswith("\n") else f"{text}\n" for text in (search, replace)
    )
    return f"{path}\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n"


def _block(path: str, rest: Sequence[str]) -> Edit | EditProblem:
    """The block whose lines start here; `rest` ends before the next block's SEARCH marker."""
    end = next((at for at, line in enumerate(rest) if _REPLACE.fullmatch(line)), None)
    if end is None:
        return EditProblem(path, "A block is not closed: its >>>>>>> REPLACE line is missing.")
    dividers = [at for at, line in enumerate(rest[:end]) if _DIVIDER.fullmatch(line)]
    if len(dividers) != 1:
        count = "no" if not dividers else "more than one"
        return EditProblem(
            path, f"A block holds {count} ======= line; it takes exactly one between its parts."
        )
    if not path:
        return EditProblem("", "The file's path is missing on the line before <<<<<<< SEARCH.")
    middle = dividers[0]
    return Edit(path, tuple(rest[:middle]), tuple(rest[middle + 1 : end]))


def _named_in(marker: str) -> str:
    found = _SEARCH.fullmatch(marker)
    return _as_path(found[1]) if found else ""


def _named_above(lines: Sequence[str]) -> str:
    """The path on the nearest line above that says anything; "" if that is no path."""
    for line in reversed(lines):
        fence = _FENCE.fullmatch(line)
        said = fence[1].split(maxsplit=1)[-1:] if fence else [line]
        words = "".join(said).strip()
        if fence and not _as_path(words):
            continue
        if words:
            return _as_path(words)
    return ""


def _as_path(words: str) -> str:
    quoted = re.findall(r"`([^`]+)`", words)
    bare = quoted[0] if len(quoted) == 1 else words.strip("`")
    bare = _LABEL.sub("", bare.strip("*#- \t")).strip("*` \t").rstrip(":").strip("*`\"' \t")
    bare = bare.removeprefix("./")
    return bare if len(bare) <= 300 and _PATH.fullmatch(bare) else ""
