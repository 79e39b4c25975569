"""Where traces lie: a private folder, one append-only file per run, and large payloads beside.

.fixit/                 made 0700, with a .gitignore of its own
  runs/RUN.jsonl        one line an event, one writer (an advisory lock on the file itself,
                        so that a crash leaves no stale lock)
  blobs/SHA256.json.gz  payloads over 8 kB, by the hash of their JSON; shared by all runs
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import json
import os
import secrets
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path

from fixit_runtime.agent.errors import TraceError

FOLDER = ".fixit"
LARGE = 8_000  # bytes of JSON
_SAY_WHERE = "Name a folder that you can write to with --state DIR."


def run_folder(state_dir: Path) -> Path:
    return state_dir / "runs"


def blob_folder(state_dir: Path) -> Path:
    return state_dir / "blobs"


def run_path(state_dir: Path, run: str) -> Path:
    return run_folder(state_dir) / f"{run}.jsonl"


def make_ready(state_dir: Path) -> None:
    """Make the folder and what belongs in it; harmless where that was done before.

    A folder that fixit makes, and any called `.fixit`, is hidden from git; one that held
    something of the user's before is left as it is.

    Raises:
        TraceError: it cannot be written, or a symbolic link stands in its place.
    """
    with _writing(state_dir):
        ours = state_dir.name == FOLDER or not state_dir.exists() or not any(state_dir.iterdir())
        _make_folder(state_dir)
        if ours:
            _write_once(state_dir / ".gitignore", b"*\n")
        _make_folder(run_folder(state_dir))
        _make_folder(blob_folder(state_dir))


class RunFile:
    """The file of one run, open for appending by one process.

    A line reaches the file by one write. A last line that an earlier crash cut is removed on
    opening (`cut_bytes` says how much that was).

    Raises:
        TraceError: somebody else writes this run, or the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with _writing(path):
            self._descriptor = os.open(path, flags, 0o600)
        try:
            self._lock()
            with _writing(path):
                self._size, self.lines, self.cut_bytes = self._whole_lines()
                os.ftruncate(self._descriptor, self._size)
                _sync_folder(path.parent)
        except BaseException:
            os.close(self._descriptor)
            raise

    def append(self, line: bytes, *, sync: bool) -> None:
        """Write one line (with its end) whole, or leave the file as it was."""
        with _writing(self.path):
            try:
                written = os.write(self._descriptor, line)
                if written != len(line):
                    raise OSError(0, f"only {written} of {len(line)} bytes went through")
            except OSError:
                os.ftruncate(self._descriptor, self._size)
                raise
            self._size += len(line)
            self.lines += 1
            if sync:
                os.fsync(self._descriptor)

    def settle(self) -> None:
        """Count again if an interrupt came between a write and its count."""
        if os.fstat(self._descriptor).st_size != self._size:
            self._size, self.lines, _ = self._whole_lines()
            os.ftruncate(self._descriptor, self._size)

    def sha256(self) -> str:
        """Of everything written so far, in hex."""
        return hashlib.sha256(self._read()[: self._size]).hexdigest()

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)  # this drops the lock
            self._descriptor = -1

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TraceError(
                f"the run {self.path.stem} is being written by another fixit",
                hint="Wait until it has ended, or start a run of your own without --resume.",
            ) from error

    def _read(self) -> bytes:
        return os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0)

    def _whole_lines(self) -> tuple[int, int, int]:
        """Bytes and number of the whole lines, and bytes after the last of them."""
        data = self._read()
        size = data.rfind(b"\n") + 1
        return size, data.count(b"\n"), len(data) - size


def put_blob(folder: Path, value: object) -> dict[str, object]:
    """Store a JSON value under its hash; returns what stands for it in an event."""
    data = json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    digest = hashlib.sha256(data).hexdigest()
    with _writing(folder):
        target = _blob_path(folder, digest)
        if not target.exists():
            _write_whole(target, gzip.compress(data, mtime=0))
    return {"$blob": digest, "bytes": len(data)}


def get_blob(folder: Path, digest: str) -> object:
    """The value of this hash.

    Raises:
        ValueError: it is not there, or not what was stored, in words.
    """
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ValueError(f"{digest!r:.80} is no hash")
    try:
        data = gzip.decompress(_blob_path(folder, digest).read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"the payload {digest[:12]} is missing or damaged") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"the payload {digest[:12]} is not what was stored")
    return json.loads(data)


def is_blob(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"$blob", "bytes"}


def _blob_path(folder: Path, digest: str) -> Path:
    return folder / f"{digest}.json.gz"


def _make_folder(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise TraceError(
            f"{folder} is a link or a file, and traces are not written through it",
            hint=_SAY_WHERE,
        )


def _write_once(path: Path, data: bytes) -> None:
    with contextlib.suppress(FileExistsError), path.open("xb") as file:
        file.write(data)


def _write_whole(target: Path, data: bytes) -> None:
    """So that no reader, and no run beside this one, ever sees half a file."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise TraceError(f"{path} cannot be written: {why}", hint=_SAY_WHERE) from error
