"""Files of a candidate put in place and taken back. Sent into the sandbox with `worker.py`:
Python 3.8+, standard library only.

No link is followed below the root: code that ran before may have put one anywhere.
"""
# Descriptors of folders are the only safe way, and pathlib has none of it.
# ruff: noqa: PTH119, PTH120, PTH208

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_MODE = 0o644
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
        self._made: list[str] = []  # folders

    def keep(self, files: Mapping[str, bytes | None]) -> None:
        """Take note of what stands at these paths. Raises OSError."""
        self.kept = {path: self._read(path) for path in files}

    def apply(self, files: Mapping[str, bytes | None]) -> None:
        """Put files (None: nothing) where `keep` has looked. Raises OSError."""
        for path, data in files.items():
            self._write(path, data, self.kept[path].mode, None)

    def restore(self) -> bool:
        """Put everything back, whatever stands there now; whether it reads as before."""
        try:
            for path, kept in self.kept.items():
                self._write(path, kept.data, kept.mode, kept.time_ns)
            for folder in reversed(self._made):
                self._remove_folder(folder)
            same = all(self._read(path).data == kept.data for path, kept in self.kept.items())
        except OSError:
            return False
        self.kept, self._made = {}, []
        return same

    def _read(self, path: str) -> Kept:
        try:
            folder, name = self._folder(path, make=False)
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
        except FileNotFoundError:
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

    def _folder(self, path: str, make: bool) -> tuple[int, str]:
        """The folder of a path, opened, and the name in it."""
        parts = path.split("/")
        if path.startswith("/") or any(part in ("", ".", "..") for part in parts):
            raise OSError("not a path below the repository: " + path)
        folder = os.open(self._root, _FOLDER)
        for depth, part in enumerate(parts[:-1]):
            try:
                if make:
                    try:
                        os.mkdir(part, 0o755, dir_fd=folder)
                        self._made.append("/".join(parts[: depth + 1]))
                    except FileExistsError:
                        pass
                deeper = os.open(part, _FOLDER, dir_fd=folder)
            finally:
                os.close(folder)
            folder = deeper
        return folder, parts[-1]

    def _remove_folder(self, path: str) -> None:
        folder, name = self._folder(path, make=False)
        try:
            _delete(name, folder)
        finally:
            os.close(folder)


class Temporary:
    """The folders for temporary files, and what stood in them at first: places where other file
    systems are mounted, the repository's own perhaps."""

    def __init__(self) -> None:
        self._first: set[str] = set()
        for place in TEMPORARY:
            self._note(place)

    def empty(self) -> bool:
        """Remove what came later; whether nothing of it is left."""
        return sum(not self._empty(place) for place in TEMPORARY) == 0

    def _note(self, place: str) -> None:
        for path in _entries(place):
            self._first.add(path)
            self._note(path)

    def _empty(self, place: str) -> bool:
        clean = True
        for path in _entries(place):
            if path in self._first:
                clean = self._empty(path) and clean
                continue
            try:
                folder = os.open(place, _FOLDER)
            except OSError:
                return False
            try:
                _delete(os.path.basename(path), folder)
            except (OSError, RecursionError):
                clean = False
            finally:
                os.close(folder)
        return clean


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
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            _delete_tree(name, folder)
        else:
            os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass


def _delete_tree(name: str, folder: int) -> None:
    os.chmod(name, 0o700, dir_fd=folder)  # a test may have taken permissions away
    inside = os.open(name, _FOLDER, dir_fd=folder)
    try:
        for inner in os.listdir(inside):
            _delete(inner, inside)
    finally:
        os.close(inside)
    os.rmdir(name, dir_fd=folder)
