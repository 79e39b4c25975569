"""Files of a candidate put in place and taken back. Sent into the sandbox with `worker.py`:
Python 3.8+, standard library only.

No link is followed below the root: code that ran before may have put one anywhere.
"""
# Descriptors of folders are the only safe way, and pathlib has none of it.
# ruff: noqa: PTH118, PTH119, PTH120, PTH208

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Mapping

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_MODE = 0o644
_MOST_NOTED = 10_000  # a worker that starts late finds what runs have left
TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")


class Kept:
    """A file as it was: its bytes (None: there was none), mode and time."""

    def __init__(self, data: bytes | None, mode: int, time_ns: int) -> None:
        self.data, self.mode, self.time_ns = data, mode, time_ns


class Overlay:
    """Files in place of others below `root`, until `restore`."""

    def __init__(self, root: str) -> None:
        self._root = root
        self.kept: dict[str, Kept] = {}
        self._new_folders: list[str] = []

    def keep(self, files: Mapping[str, bytes | None]) -> None:
        """Take note of what stands at these paths. Raises OSError where that is neither a
        regular file nor nothing."""
        self.kept = {path: self._read(path) for path in files}

    def apply(self, files: Mapping[str, bytes | None]) -> None:
        """Put files (None: nothing) where `keep` has looked. Raises OSError."""
        for path, data in files.items():
            self._new_folders += self._missing_folders(path) if data is not None else []
            self._write(path, data, self.kept[path].mode, None)

    def restore(self) -> bool:
        """Put everything back, whatever stands there now; whether it reads as before."""
        try:
            for path, kept in self.kept.items():
                self._write(path, kept.data, kept.mode, kept.time_ns)
            for folder in reversed(self._new_folders):
                self._write(folder, None, 0, None)
            same = all(self._read(path).data == kept.data for path, kept in self.kept.items())
        except OSError:
            return False
        self.kept, self._new_folders = {}, []
        return same

    def _read(self, path: str) -> Kept:
        try:
            folder, name = self._folder(path)
        except FileNotFoundError:
            return Kept(None, FILE_MODE, 0)
        try:
            fd = os.open(name, _READ, dir_fd=folder)
        except FileNotFoundError:
            return Kept(None, FILE_MODE, 0)
        finally:
            os.close(folder)
        with os.fdopen(fd, "rb") as file:
            about = os.fstat(fd)
            if not stat.S_ISREG(about.st_mode):
                raise OSError("no regular file stands at " + path)
            return Kept(file.read(), stat.S_IMODE(about.st_mode), about.st_mtime_ns)

    def _write(self, path: str, data: bytes | None, mode: int, time_ns: int | None) -> None:
        try:
            folder, name = self._folder(path, make=data is not None)
        except (FileNotFoundError, NotADirectoryError):
            return  # nothing to delete
        try:
            _delete(name, folder)
            if data is None:
                return
            with os.fdopen(os.open(name, _WRITE, mode, dir_fd=folder), "wb") as file:
                file.write(data)
                os.fchmod(file.fileno(), mode)
            if time_ns is not None:
                os.utime(name, ns=(time_ns, time_ns), dir_fd=folder, follow_symlinks=False)
        finally:
            os.close(folder)

    def _folder(self, path: str, make: bool = False) -> tuple[int, str]:
        """The folder of a path, opened, and the name in it. `make`: where a folder of the way
        is missing, or something else stands in its place, there is one afterwards."""
        *ways, name = _parts(path)
        folder = os.open(self._root, _FOLDER)
        for way in ways:
            try:
                deeper = _made(way, folder) if make else os.open(way, _FOLDER, dir_fd=folder)
            finally:
                os.close(folder)
            folder = deeper
        return folder, name

    def _missing_folders(self, path: str) -> list[str]:
        parts = _parts(path)
        ways = ["/".join(parts[: depth + 1]) for depth in range(len(parts) - 1)]
        return [way for way in ways if not os.path.lexists(os.path.join(self._root, way))]


def _parts(path: str) -> list[str]:
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise OSError("not a path below the repository: " + path)
    return parts


def _made(name: str, folder: int) -> int:
    """The folder of this name, opened; a new one, if something else is called so."""
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except (FileNotFoundError, NotADirectoryError):
        _delete(name, folder)
        os.mkdir(name, 0o755, dir_fd=folder)
        return os.open(name, _FOLDER, dir_fd=folder)


class Temporary:
    """The folders for temporary files, and what stood in them at first: places where other file
    systems are mounted, the repository's own perhaps."""

    def __init__(self) -> None:
        self._first: set[str] = set()
        todo = list(TEMPORARY)
        while todo and len(self._first) < _MOST_NOTED:
            found = _entries(todo.pop())
            self._first.update(found)
            todo += found

    def empty(self) -> bool:
        """Remove what came later; whether nothing of it is left."""
        clean, todo = True, list(TEMPORARY)
        while todo:
            place = todo.pop()
            found = _entries(place)
            todo += [path for path in found if path in self._first]
            for path in found:
                if path not in self._first and not _removed(path, place):
                    clean = False
        return clean


def _removed(path: str, place: str) -> bool:
    try:
        folder = os.open(place, _FOLDER)
    except OSError:
        return False
    try:
        _delete(os.path.basename(path), folder)
    except OSError:
        return False
    finally:
        os.close(folder)
    return True


def _entries(place: str) -> list[str]:
    """What a folder holds; nothing for a link, or where another file system is mounted."""
    try:
        about, above = os.lstat(place), os.lstat(os.path.dirname(place))
        mounted = about.st_dev != above.st_dev and place not in TEMPORARY
        if mounted or not stat.S_ISDIR(about.st_mode):
            return []
        return [place + "/" + name for name in os.listdir(place)]
    except OSError:
        return []


def _delete(name: str, folder: int) -> None:
    """Remove whatever stands there, if anything does."""
    try:
        if _is_folder(name, folder):
            _delete_tree(name, folder)
        else:
            os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass


def _delete_tree(name: str, folder: int) -> None:
    """However deep it is: what lies in it is brought up before it is removed."""
    prefix, todo = ".fixit-" + os.urandom(8).hex(), [name]
    for number in itertools.count():
        if not todo:
            return
        emptied = todo.pop()
        os.chmod(emptied, 0o700, dir_fd=folder)  # a test may have taken permissions away
        inside = os.open(emptied, _FOLDER, dir_fd=folder)
        try:
            if os.fstat(inside).st_dev != os.fstat(folder).st_dev:
                raise OSError("another file system is mounted at " + emptied)
            for order, inner in enumerate(os.listdir(inside)):
                if not _is_folder(inner, inside):
                    os.unlink(inner, dir_fd=inside)
                    continue
                os.chmod(inner, 0o700, dir_fd=inside)
                todo.append(f"{prefix}-{number}-{order}")
                os.rename(inner, todo[-1], src_dir_fd=inside, dst_dir_fd=folder)
        finally:
            os.close(inside)
        os.rmdir(emptied, dir_fd=folder)


def _is_folder(name: str, folder: int) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
