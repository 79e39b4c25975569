"""Requirements files: which of a repository's are of use for its tests, and what they include."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

_FILES = re.compile(
    r"(?:requirements|reqs)/[^/]+\.txt|(?:[^/]*[-_.])?requirements(?:[-_.][^/]*)?\.txt"
)
_FOR_ALL = re.compile(r"base|common|main|core|^requirements\.txt$")
_FOR_TESTS, _FOR_DEVELOPERS = re.compile(r"test"), re.compile(r"dev|\bci\b")
_NOT_FOR_TESTS = re.compile(r"doc|lint|style|format|release|prod|deploy|docker|bench|typing")
_INCLUDES = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)")
_DEPTH = 10


def is_requirements(path: str) -> bool:
    return _FILES.fullmatch(path) is not None


def of_use(paths: Iterable[str]) -> tuple[str, ...]:
    """Of requirements files those for all, and those for tests, or else those for developers."""
    fit = [path for path in paths if not _NOT_FOR_TESTS.search(path.lower())]
    tests = [path for path in fit if _FOR_TESTS.search(path.lower())]
    more = tests or [path for path in fit if _FOR_DEVELOPERS.search(path.lower())]
    return tuple(sorted({*more, *(path for path in fit if _FOR_ALL.search(path.lower()))}))


def with_included(
    paths: Iterable[str], read: Callable[[str], str | None], depth: int = 0
) -> Mapping[str, str]:
    """The texts of these files and of those that they include, without their lines on folders:
    these are the repository itself, not needs of it."""
    found: dict[str, str] = {}
    for path in paths:
        text = read(path)
        if text is None or path in found:
            continue
        found[path] = _without_folders(text)
        if depth < _DEPTH:
            found = {**with_included(_included(path, text), read, depth + 1), **found}
    return found


def _included(path: str, text: str) -> Iterator[str]:
    for line in text.splitlines():
        if match := _INCLUDES.match(line):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1]))


def _without_folders(text: str) -> str:
    kept = []
    for line in text.splitlines():
        bare = line.strip().removeprefix("--editable").removeprefix("-e").strip(" =\"'")
        if _INCLUDES.match(line) or not bare.startswith((".", "/", "file:")):
            kept.append(line)
    return "\n".join(kept) + "\n"
