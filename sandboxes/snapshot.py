"""What of a repository goes into a sandbox, frozen.

A snapshot reads every file once. The repository may change while fixit works (an editor saves,
a branch is switched): each sandbox made from the same snapshot still gets the same bytes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import posixpath
import stat
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.listing import paths_to_copy
from fixit_runtime.sandboxes.private import holds_private_key, why_left_out

MAX_FILES = 50_000
MAX_BYTES = 1_000_000_000
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """A regular file: `mode` is 0o644 or 0o755, `sha256` of its bytes in hex."""

    mode: int
    size: int
    mtime: int
    sha256: str
    offset: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link that stays inside the repository; `target` is relative to its folder."""

    target: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A path that git would have us copy, and why it is not."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of `root` by relative posix path, and their bytes as they were."""

    root: Path
    files: Mapping[str, File | Link]
    left_out: tuple[LeftOut, ...]
    _bytes: _Store = field(repr=False)

    @classmethod
    def of(cls, root: Path, *, max_files: int = MAX_FILES, max_bytes: int = MAX_BYTES) -> Snapshot:
        """Read the repository at `root`: tracked and untracked files that git does not ignore,
        and the ignored ones that imports need; never secrets, history or environments.

        Raises:
            SandboxError: there is no such folder, it cannot be read, or it is too big.
        """
        root = root.resolve()
        if not root.is_dir():
            raise SandboxError(f"{root} is no folder", hint="Name the folder of the repository.")
        reader = _Reader(root, max_bytes)
        for path in paths_to_copy(root):
            reader.add(path)
            if len(reader.files) > max_files:
                raise SandboxError(
                    f"{root} has more than {max_files} files to copy into a sandbox",
                    hint="Add data and build output to .gitignore.",
                )
        return cls(root, reader.files, tuple(reader.left_out), reader.store)

    def digest(self) -> str:
        """A hash of paths, contents, execute bits and links; 64 hex digits."""
        whole = hashlib.sha256()
        for path, entry in sorted(self.files.items()):
            what = f"link {entry.target}" if isinstance(entry, Link) else (
                f"{entry.mode:o} {entry.sha256}"
            )  # fmt: skip
            whole.update(f"{path}\0{what}\0".encode(errors="surrogateescape"))
        return whole.hexdigest()

    def read(self, path: str) -> bytes:
        """The bytes of a regular file. Raises KeyError if the snapshot has none there."""
        entry = self.files[path]
        if isinstance(entry, Link):
            raise KeyError(path)
        return self._bytes.read(entry.offset, entry.size)

    def write_to(self, folder: Path) -> None:
        """Write all files and links into a new or empty folder. Raises SandboxError."""
        try:
            for parent in sorted({posixpath.dirname(path) for path in self.files}):
                (folder / parent).mkdir(parents=True, exist_ok=True)
            for path, entry in self.files.items():
                if isinstance(entry, Link):
                    (folder / path).symlink_to(entry.target)
                else:
                    self._write(folder / path, entry)
        except OSError as error:
            raise SandboxError(
                f"cannot copy {self.root} to {folder}: {error.strerror}",
                hint="Make room there, or set TMPDIR to a folder with more space.",
            ) from error

    def tar(self) -> IO[bytes]:
        """All files and links as an uncompressed tar, at its start; owned by uid and gid 1000.
        The caller closes it."""
        out = tempfile.TemporaryFile()  # noqa: SIM115  (handed to the caller)
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path, entry in self.files.items():
                info = tarfile.TarInfo(path)
                info.uid = info.gid = 1000
                if isinstance(entry, Link):
                    info.type, info.linkname = tarfile.SYMTYPE, entry.target
                    archive.addfile(info)
                else:
                    info.mode, info.size, info.mtime = entry.mode, entry.size, entry.mtime
                    archive.addfile(info, self._bytes.reader(entry.offset, entry.size))
        out.seek(0)
        return out

    def _write(self, path: Path, entry: File) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, entry.mode)
        with os.fdopen(fd, "wb", buffering=0) as out:
            os.fchmod(fd, entry.mode)
            for at in range(entry.offset, entry.offset + entry.size, _PIECE):
                out.write(self._bytes.read(at, min(_PIECE, entry.offset + entry.size - at)))
            os.utime(fd, (entry.mtime, entry.mtime))


class _Store:
    """Bytes in a file without a name: it goes when the last snapshot that uses it goes."""

    def __init__(self) -> None:
        with tempfile.TemporaryFile() as file:
            self._fd = os.dup(file.fileno())
        self.size = 0

    def __del__(self) -> None:
        os.close(self._fd)

    def append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.pwrite(self._fd, view, self.size)
            self.size += written
            view = view[written:]

    def read(self, offset: int, size: int) -> bytes:
        data = b""
        while len(data) < size and (piece := os.pread(self._fd, size - len(data), offset)):
            data, offset = data + piece, offset + len(piece)
        return data

    def reader(self, offset: int, size: int) -> _Slice:
        return _Slice(self, offset, size)


class _Slice:
    """The part of a store that `tarfile` reads."""

    def __init__(self, store: _Store, offset: int, size: int) -> None:
        self._store, self._at, self._end = store, offset, offset + size

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._at
        data = self._store.read(self._at, left if size < 0 else min(size, left))
        self._at += len(data)
        return data


class _Reader:
    """Reads the paths of one repository, in order, into a store; follows no link."""

    def __init__(self, root: Path, max_bytes: int) -> None:
        self.files: dict[str, File | Link] = {}
        self.left_out: list[LeftOut] = []
        self.store = _Store()
        self._root = root
        self._max_bytes = max_bytes

    def add(self, path: str) -> None:
        if reason := why_left_out(path):
            self.left_out.append(LeftOut(path, reason))
            return
        try:
            folder = _open_folder(self._root, path)
        except (FileNotFoundError, NotADirectoryError):
            return  # tracked, but deleted, or its folder has become a link: nothing to copy
        try:
            self._add(folder, path)
        except FileNotFoundError:
            return
        except PermissionError:
            self.left_out.append(LeftOut(path, "it cannot be read"))
        finally:
            os.close(folder)

    def _add(self, folder: int, path: str) -> None:
        name = posixpath.basename(path)
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            self._add_link(path, os.readlink(name, dir_fd=folder))
        elif stat.S_ISREG(mode):
            self._add_file(folder, path, name)
        elif not stat.S_ISDIR(mode):
            self.left_out.append(LeftOut(path, "it is neither a file nor a link"))

    def _add_link(self, path: str, target: str) -> None:
        here = posixpath.dirname(path)
        if posixpath.isabs(target):
            inside = os.path.relpath(posixpath.normpath(target), self._root)
        else:
            inside = posixpath.normpath(posixpath.join(here, target))
        if inside == ".." or inside.startswith("../"):
            self.left_out.append(LeftOut(path, "it is a link that leads out of the repository"))
        elif posixpath.isabs(target):
            self.files[path] = Link(posixpath.relpath(inside, here or "."))
        else:
            self.files[path] = Link(target)

    def _add_file(self, folder: int, path: str, name: str) -> None:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        with os.fdopen(os.open(name, flags, dir_fd=folder), "rb", buffering=0) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                return
            self._check_room(path, about.st_size)
            content, offset = hashlib.sha256(), self.store.size
            while piece := file.read(_PIECE):
                if holds_private_key(path, piece):
                    self.left_out.append(LeftOut(path, "it holds a private key"))
                    return
                self._check_room(path, len(piece))
                content.update(piece)
                self.store.append(piece)
        mode = 0o755 if about.st_mode & 0o100 else 0o644
        size = self.store.size - offset
        self.files[path] = File(mode, size, int(about.st_mtime), content.hexdigest(), offset)

    def _check_room(self, path: str, size: int) -> None:
        if self.store.size + size > self._max_bytes:
            raise SandboxError(
                f"{self._root} has more than {self._max_bytes / 1e6:.0f} MB to copy into a sandbox"
                f" (the limit was reached at {path})",
                hint="Add data and build output to .gitignore.",
            )


def _open_folder(root: Path, path: str) -> int:
    """The folder of `path`, opened without following a link below `root`.

    Raises: FileNotFoundError, NotADirectoryError.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(root, flags)
    for part in path.split("/")[:-1]:
        try:
            inner = os.open(part, flags, dir_fd=fd)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise NotADirectoryError(part) from error
            raise
        finally:
            os.close(fd)
        fd = inner
    return fd
