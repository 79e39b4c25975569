"""Unified diffs, and putting a repair into the user's tree all or nothing.

`files` are whole new texts by path relative to the repository (None deletes), `originals` the
texts before (None where there was no file), both as `source` reads them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from fixit_runtime.agent.errors import DirtyTree, UsageError
from fixit_runtime.tools.source import read_beneath, to_bytes

Texts = Mapping[str, str | None]

_CONTEXT = 3
_LONG = 1000  # lines
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_ANY_SIZE = 1 << 40


def make_diff(originals: Texts, files: Texts) -> str:
    r"""The change as `git diff` shows it: a/ and b/ headers, new and deleted files, the mark
    for a missing last line end. Unchanged files do not appear; "" if nothing changes.

    Lines end at \n only, as for git, so a \r before it is part of the line. As UTF-8, `git
    apply` accepts it for UTF-8 files; `diff_bytes` is for all.
    """
    return "".join(_file_diff(path, old, new) for path, old, new in _changes(originals, files))


def diff_bytes(originals: Texts, files: Texts) -> bytes:
    """The same in each file's own encoding, as a patch file must be for `git apply`."""
    parts = []
    for path, old, new in _changes(originals, files):
        raw_old, raw_new = (
            None if x is None else to_bytes(x).decode("latin-1") for x in (old, new)
        )
        header, body = _header(path, old, new), _hunks(raw_old or "", raw_new or "")
        parts.append(header.encode() + body.encode("latin-1"))
    return b"".join(parts)


def _changes(originals: Texts, files: Texts) -> Iterator[tuple[str, str | None, str | None]]:
    for path, new in sorted(files.items()):
        old = originals.get(path)
        if old != new:
            yield path, old, new


def _file_diff(path: str, old: str | None, new: str | None) -> str:
    return _header(path, old, new) + _hunks(old or "", new or "")


def _header(path: str, old: str | None, new: str | None) -> str:
    before, after = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    lines = [f"diff --git {before} {after}"]
    if old is None:
        lines.append("new file mode 100644")
    if new is None:
        lines.append("deleted file mode 100644")
    if old or new:
        lines.append(f"--- {'/dev/null' if old is None else _tabbed(before)}")
        lines.append(f"+++ {'/dev/null' if new is None else _tabbed(after)}")
    return "".join(f"{line}\n" for line in lines)


def _quoted(path: str) -> str:
    """A path as git writes it: in quotes where it holds a quote, a backslash or a control
    character. Letters beyond ASCII stay readable (git's core.quotePath=false)."""
    if not any(letter in _ESCAPES or ord(letter) < 32 for letter in path):
        return path
    escaped = (_ESCAPES.get(x, f"\\{ord(x):03o}" if ord(x) < 32 else x) for x in path)
    return f'"{"".join(escaped)}"'


def _tabbed(path: str) -> str:
    """Git ends a name with spaces by a tab, so that it is not taken for a time stamp."""
    return f"{path}\t" if " " in path and not path.startswith('"') else path


class _Matcher(SequenceMatcher[str]):
    """Compares only what lies between the common head and tail, since edits are local; a long
    middle is compared by its rarer lines, since many equal ones take quadratic time."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        pairs = zip(old, new, strict=False)
        self._head = next(
            (at for at, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new))
        )
        most = min(len(old), len(new)) - self._head
        tail = 0
        while tail < most and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        self._ends = len(old), len(new), tail
        middle = old[self._head : len(old) - tail], new[self._head : len(new) - tail]
        super().__init__(None, *middle, autojunk=max(map(len, middle)) > _LONG)

    def get_opcodes(self) -> list[tuple[str, int, int, int, int]]:  # type: ignore[override]
        head, (old, new, tail) = self._head, self._ends
        middle = [
            (tag, a + head, b + head, c + head, d + head)
            for tag, a, b, c, d in super().get_opcodes()
        ]
        first = [("equal", 0, head, 0, head)] if head else []
        last = [("equal", old - tail, old, new - tail, new)] if tail else []
        return [*first, *middle, *last]


def _hunks(old_text: str, new_text: str) -> str:
    old, new = _lines(old_text), _lines(new_text)
    hunks = []
    for group in _Matcher(old, new).get_grouped_opcodes(_CONTEXT):
        (_, a, _, c, _), (_, _, b, _, d) = group[0], group[-1]
        hunks.append(f"@@ -{_range(a, b)} +{_range(c, d)} @@\n")
        for tag, first_old, last_old, first_new, last_new in group:
            if tag == "equal":
                hunks += [_marked(" ", line) for line in old[first_old:last_old]]
                continue
            hunks += [_marked("-", line) for line in old[first_old:last_old]]
            hunks += [_marked("+", line) for line in new[first_new:last_new]]
    return "".join(hunks)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _marked(mark: str, line: str) -> str:
    return (
        f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"
    )


def _range(start: int, stop: int) -> str:
    count = stop - start
    first = start + 1 if count else start
    return str(first) if count == 1 else f"{first},{count}"


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk of a diff: lines from 1, of the file before and after."""

    path: str
    old_start: int
    old_lines: int
    new_start: int
    new_lines: int


def hunks(diff: str) -> tuple[Hunk, ...]:
    """The hunks of a unified diff, in order."""
    from unidiff.patch import PatchSet

    return tuple(
        Hunk(file.path, h.source_start, h.source_length, h.target_start, h.target_length)
        for file in PatchSet(diff)
        for h in file
    )


def changed_line_count(diff: str) -> int:
    """Added and removed lines of a unified diff."""
    from unidiff.patch import PatchSet

    patch = PatchSet(diff)
    return int(patch.added + patch.removed)


# --------------------------------------------------------------------------- into the tree


def apply_to_tree(root: Path, files: Texts, originals: Texts) -> None:
    """Write a repair into the user's tree: every file, or none.

    Each file is replaced at once by a finished one (a crash leaves the old or the new text),
    keeping its permissions.

    Raises:
        DirtyTree: a file is no longer what the repair was made from; nothing was written.
        UsageError: a file or folder cannot be written; what had been is put back.
    """
    undo, at = _Undo(root), ""
    try:
        for path in sorted(files):
            _still_original(root, at := path, originals)
        for path, text in sorted(files.items()):
            _still_original(root, at := path, originals)
            undo.note(path)
            _write(root / path, None if text is None else to_bytes(text))
    except BaseException as error:
        left = undo.restore(originals)
        if left or isinstance(error, OSError):
            raise _not_written(root / at, error, left) from error
        raise


def _not_written(target: Path, error: BaseException, left: Sequence[str]) -> UsageError:
    why = error.strerror if isinstance(error, OSError) else str(error)
    state = f"these could not be put back: {', '.join(left)}" if left else "nothing was changed"
    return UsageError(
        f"{target} cannot be written ({why}); {state}",
        hint="make it writable, or apply the saved patch with `git apply`",
    )


@dataclass(slots=True)
class _Undo:
    """What to put back: files that were to be written, with how they stood, and new folders."""

    root: Path
    files: list[tuple[str, os.stat_result | None]] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)

    def note(self, path: str) -> None:
        """Remember a file that is about to be written, and make the folders that it needs."""
        target = self.root / path
        for folder in reversed([f for f in target.parents if not f.exists()]):
            folder.mkdir()
            self.folders.append(folder)
        self.files.append((path, _stat(target)))

    def restore(self, originals: Texts) -> list[str]:
        """Put everything back, newest first; the paths for which that failed."""
        left = []
        for path, stood in reversed(self.files):
            try:
                data = _bytes(originals.get(path))
                if read_beneath(self.root, path, _ANY_SIZE) != data:
                    _write(self.root / path, data, stood)
            except (OSError, ValueError):
                left.append(path)
        for folder in reversed(self.folders):
            with contextlib.suppress(OSError):  # somebody else has put something into it
                folder.rmdir()
        return left


def _still_original(root: Path, path: str, originals: Texts) -> None:
    try:
        if read_beneath(root, path, _ANY_SIZE) == _bytes(originals.get(path)):
            return
        what = "has changed since fixit read it"
    except ValueError as error:  # a link, a folder
        what = f"is not the file that fixit read: {error}"
    raise DirtyTree(
        f"{root / path} {what}; nothing was written",
        hint="run fixit again on the tree as it is, or apply the saved patch with `git apply -3`",
    )


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else to_bytes(text)


def _stat(target: Path) -> os.stat_result | None:
    return target.stat(follow_symlinks=False) if os.path.lexists(target) else None


def _write(target: Path, data: bytes | None, like: os.stat_result | None = None) -> None:
    """Replace one file by a finished one, or remove it (None), with the permissions of the
    old one, or else of `like`. Raises OSError."""
    old = _stat(target)
    if old and not os.access(target, os.W_OK, effective_ids=True):
        raise PermissionError(errno.EACCES, "it is read-only", str(target))
    if data is None:
        if old:
            target.unlink()
        return
    finished = target.with_name(f".fixit-{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(finished, flags, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            _take_over(file.fileno(), old or like)
        finished.replace(target)
    except BaseException:
        finished.unlink(missing_ok=True)
        raise


def _take_over(descriptor: int, old: os.stat_result | None) -> None:
    """Give a file the permissions, and where allowed the owner, of the one it replaces."""
    if old is None:
        return
    with contextlib.suppress(PermissionError):
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
