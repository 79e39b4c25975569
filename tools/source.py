"""The user's source files as text, and back to the same bytes.

A file's text is its bytes decoded, and nothing else: line endings and a byte-order mark (as the
first character, U+FEFF) stay in it. The encoding is what the text itself declares (PEP 263: a
byte-order mark, or a coding comment in the first two lines; else UTF-8), so `to_bytes` needs no
memory of where a text came from: `to_bytes(from_bytes(data)) == data`, or `from_bytes` refuses.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from fixit_runtime.agent.errors import PatchRefused

MAX_BYTES = 2_000_000
BOM = "\ufeff"
_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)
_BLANK = re.compile(r"^[ \t\f]*(?:#.*)?$")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_NEVER_SOURCE = frozenset({"__pycache__", "node_modules", "site-packages"})
_BUILT_AT_ROOT = frozenset({"build", "dist", "venv", "env"})


def from_bytes(data: bytes) -> str:
    """The text of a source file.

    Raises:
        ValueError: it is not text in the encoding that it declares, in words for a person.
    """
    head = data[:1000].decode("latin-1").removeprefix("\xef\xbb\xbf")
    encoding = "utf-8" if data.startswith(codecs.BOM_UTF8) else declared_encoding(head)
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise ValueError(f"it is not {encoding} text") from error
    if "\0" in text:
        raise ValueError("it holds null bytes")
    if to_bytes(text) != data:
        raise ValueError(f"its {encoding} text cannot be written back as it was")
    return text


def to_bytes(text: str) -> bytes:
    """The bytes of a source file with this text.

    Raises:
        ValueError: a character does not exist in the encoding that the text declares.
    """
    encoding = "utf-8" if text.startswith(BOM) else declared_encoding(text[:1000])
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        letter = text[error.start]
        raise ValueError(f"{letter!r} does not exist in {encoding}, which it declares") from error
    except LookupError as error:
        raise ValueError(f"its declared encoding {encoding} is unknown") from error


def declared_encoding(head: str) -> str:
    """The encoding that a file's first two lines declare (PEP 263); "utf-8" where none is."""
    for line in split_lines(head)[:2]:
        if found := _COOKIE.match(line):
            return found[1].lower()
        if not _BLANK.match(line.rstrip("\r\n")):
            break
    return "utf-8"


def parsable(text: str) -> str:
    """The text as `ast.parse` and `compile` take it: without the byte-order mark."""
    return text.removeprefix(BOM)


def split_lines(text: str) -> list[str]:
    r"""Lines with their ends, as Python counts them: \n, \r\n and \r end one, nothing else."""
    return _LINE.findall(text)


def newline_of(text: str) -> str:
    r"""The line end that this text uses most; \n where it has none."""
    counts = {"\r\n": text.count("\r\n")}
    counts["\n"] = text.count("\n") - counts["\r\n"]
    counts["\r"] = text.count("\r") - counts["\r\n"]
    return max(("\n", "\r\n", "\r"), key=lambda end: counts[end])


def read_beneath(root: Path, path: str, max_bytes: int = MAX_BYTES) -> bytes | None:
    """One regular file below `root`, no link followed on the way; None where there is nothing.

    Raises:
        ValueError: a link or no regular file stands there, or it is too large, in words.
        OSError: it cannot be read.
    """
    try:
        descriptor = _open_beneath(root, path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is not a regular file")
        if found.st_size > max_bytes:
            raise ValueError(f"it is larger than {max_bytes // 1000} kB")
        return file.read(found.st_size)


class SourceTree:
    """The source files of a repository, each read once.

    A path is relative to the root, with forward slashes. What was read stays as it was for the
    life of the tree, so that an editor that saves in between cannot mix two versions: it is
    the original against which a patch is made, and that a patch is checked against.

    `paths` limits `python_files` (what git does not ignore, say); without it the folder is
    walked, leaving out hidden folders, environments and build output.
    """

    def __init__(
        self, root: Path, paths: Iterable[str] | None = None, *, max_bytes: int = MAX_BYTES
    ) -> None:
        self.root = root
        self._paths = None if paths is None else tuple(paths)
        self._max_bytes = max_bytes
        self._texts: dict[str, str | None] = {}

    def read(self, path: str) -> str | None:
        """The file's text; None where there is no file.

        Raises:
            PatchRefused: there is one that cannot be edited as text (a link, too large,
                not in its encoding, outside the tree), and why.
        """
        if path not in self._texts:
            self._texts[path] = self._fresh(path)
        return self._texts[path]

    def text(self, path: str) -> str:
        """The file's text; "" where there is none that can be edited."""
        try:
            return self.read(path) or ""
        except PatchRefused:
            return ""

    def python_files(self) -> list[str]:
        """The paths of all Python files that can be edited, sorted."""
        paths = _walk(self.root) if self._paths is None else self._paths
        return sorted(path for path in paths if path.endswith(".py") and self._editable(path))

    def _editable(self, path: str) -> bool:
        try:
            return self.read(path) is not None
        except PatchRefused:
            return False

    def _fresh(self, path: str) -> str | None:
        try:
            data = read_beneath(self.root, path, self._max_bytes)
            return None if data is None else from_bytes(data)
        except (ValueError, OSError) as error:
            why = error.strerror or "" if isinstance(error, OSError) else str(error)
            raise PatchRefused(
                f"{path} cannot be edited: {why}", hint="fixit edits plain text files only"
            ) from error


def _open_beneath(root: Path, path: str) -> int:
    """Open for reading, component by component, so that no link is followed."""
    *folders, name = path.split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in (*folders, name)):
        raise ValueError("it is not a plain path inside the repository")
    where = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            inner = _open_no_link(folder, os.O_RDONLY | os.O_DIRECTORY, where)
            os.close(where)
            where = inner
        return _open_no_link(name, os.O_RDONLY | os.O_NONBLOCK, where)
    finally:
        os.close(where)


def _open_no_link(name: str, flags: int, where: int) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=where)
    except OSError as error:
        link = error.errno in {errno.ELOOP, errno.ENOTDIR} and _is_link(name, where)
        if link:
            raise ValueError("a symbolic link stands there") from error
        raise


def _is_link(name: str, where: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=where, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        inside = Path(folder).relative_to(root)
        if inside.parts and "pyvenv.cfg" in files:
            folders.clear()
            continue
        without = _NEVER_SOURCE if inside.parts else _NEVER_SOURCE | _BUILT_AT_ROOT
        folders[:] = [f for f in folders if not f.startswith(".") and f not in without]
        yield from ((inside / name).as_posix() for name in files)
