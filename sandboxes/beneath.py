"""File access below a folder that hostile code can write to.

Code in a sandbox may leave links, devices, pipes and huge files behind, in the hope that
someone outside follows them. Here every path is walked folder by folder from an open folder,
no link is ever followed, only regular files are read, and a file is written under a new name
and then renamed, so that neither a link, a hard link nor a pipe standing at its place is
written through. This holds also while code inside is running.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from fixit_runtime.agent.errors import SandboxError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# NONBLOCK: opening a pipe that nobody writes to would otherwise never return
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def parts_below(path: str) -> tuple[str, ...]:
    """The components of a relative path.

    Raises:
        SandboxError: it is empty, absolute, holds a NUL byte or a `..`.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise SandboxError(
            f"{path!r} is not a path inside the sandbox",
            hint="Give a path relative to the repository, or an absolute one below the scratch.",
        )
    return parts


def read_beneath(root: Path, path: str, max_bytes: int) -> bytes | None:
    """At most `max_bytes` of a regular file; None if there is none, or something else stands there.

    Raises: SandboxError, for a path that leads out.
    """
    parts = parts_below(path)
    try:
        with _folder(root, parts[:-1], make=False) as folder:
            return _read(folder, parts[-1], max_bytes)
    except OSError as error:
        if error.errno in _NOT_THERE:
            return None
        raise SandboxError(f"cannot read {path!r} in the sandbox: {error.strerror}") from error


def write_beneath(root: Path, path: str, data: bytes) -> None:
    """Put a regular file there, with its folders; an old one's execute bit is kept.

    Raises:
        SandboxError: the path leads out, a link or a file stands where a folder must be, or a
            folder stands where the file must be.
    """
    parts = parts_below(path)
    try:
        with _folder(root, parts[:-1], make=True) as folder:
            _write(folder, parts[-1], data)
    except OSError as error:
        raise SandboxError(
            f"cannot write {path!r} in the sandbox: {error.strerror}",
            hint="A link, or a file of another kind, stands in its way.",
        ) from error


def delete_beneath(root: Path, path: str) -> None:
    """Remove a file or a link (never what it points to); nothing happens if there is none.

    Raises: SandboxError, as `write_beneath`.
    """
    parts = parts_below(path)
    try:
        with _folder(root, parts[:-1], make=False) as folder:
            os.unlink(parts[-1], dir_fd=folder)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise SandboxError(
                f"cannot delete {path!r} in the sandbox: {error.strerror}"
            ) from error


_NOT_THERE = {
    errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG, errno.EISDIR,
}  # fmt: skip


@contextmanager
def _folder(root: Path, parts: tuple[str, ...], *, make: bool) -> Iterator[int]:
    fd = os.open(root, _FOLDER)
    try:
        for part in parts:
            if make:
                _make_folder(fd, part)
            inner = os.open(part, _FOLDER, dir_fd=fd)
            os.close(fd)
            fd = inner
        yield fd
    finally:
        os.close(fd)


def _make_folder(fd: int, name: str) -> None:
    try:
        os.mkdir(name, 0o755, dir_fd=fd)
    except FileExistsError:
        return  # opening it next tells a folder from a link
    made = os.open(name, _FOLDER, dir_fd=fd)
    try:
        _share_owner(fd, made)
    finally:
        os.close(made)


def _share_owner(folder: int, made: int) -> None:
    """What root puts into a folder belongs to the folder's owner, who must be able to change it."""
    owner = os.fstat(folder)
    if owner.st_uid != os.geteuid():
        os.fchown(made, owner.st_uid, owner.st_gid)


def _read(folder: int, name: str, max_bytes: int) -> bytes | None:
    fd = os.open(name, _READ, dir_fd=folder)
    with os.fdopen(fd, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        data = bytearray()
        while len(data) < max_bytes and (piece := file.read(max_bytes - len(data))):
            data += piece
        return bytes(data)


def _write(folder: int, name: str, data: bytes) -> None:
    mode = 0o644
    try:
        old = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(old.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
        if stat.S_ISREG(old.st_mode) and old.st_mode & 0o100:
            mode = 0o755
    except FileNotFoundError:
        pass
    new = f".fixit-{secrets.token_hex(8)}"
    try:
        with os.fdopen(os.open(new, _NEW, mode, dir_fd=folder), "wb") as file:
            os.fchmod(file.fileno(), mode)
            _share_owner(folder, file.fileno())
            file.write(data)
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        _unlink_quietly(folder, new)
        raise


def _unlink_quietly(folder: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except OSError:
        return  # it was never made, or has been renamed
