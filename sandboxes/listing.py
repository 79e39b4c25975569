"""Which paths of a repository are worth copying: what git does not ignore, and what imports need.

Nothing here opens a file; `snapshot` decides by name and kind what of the list is copied.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.private import is_left_out_folder

_EXTENSIONS = (".so", ".pyd", ".dylib")
_GENERATED_BYTES = 64_000  # version files and small generated modules, not data
_METADATA = (".egg-info", ".dist-info")  # what importlib.metadata reads of an old-style editable


def paths_to_copy(root: Path) -> list[str]:
    """Relative posix paths, sorted, undecodable bytes as surrogates (`os.fsdecode`).

    Raises:
        SandboxError: git refuses to read the repository.
    """
    listed = _git(root, "-c", "-o")
    if not listed:  # no repository, an empty one, or a folder that an outer one ignores
        found = set(_without_environments(root, _walk(root)))
        return sorted(path for path in found if not _hides_source(PurePosixPath(path), found))
    kept = set(_without_environments(root, _with_nested(root, listed)))
    ignored = _git(root, "-o", "-i") or []
    return sorted(kept | set(_needed_by_imports(root, kept, ignored)))


def is_tracked(root: Path, path: str) -> bool:
    """Whether git tracks this path of a repository, or anything below it."""
    try:
        return bool(_git(root, "-c", "--", path))
    except SandboxError:
        return False


def quiet_git(root: Path, *words: str) -> subprocess.CompletedProcess[bytes] | None:
    """What git says there, with nothing of the repository's own configuration run; None where
    git is not installed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        # the repository may belong to another user (CI, containers); it is only looked at
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    safe = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]
    command = ["git", *safe, *words]
    try:
        return subprocess.run(
            command, cwd=root, env=environment, stdin=subprocess.DEVNULL, capture_output=True
        )
    except FileNotFoundError:
        return None


def _git(root: Path, *which: str) -> list[str] | None:
    """`git ls-files`; None if there is no repository."""
    done = quiet_git(root, "ls-files", "-z", "--exclude-standard", *which)
    if done is None:
        return None  # everything is copied that the rules allow
    if done.returncode == 0:
        return [os.fsdecode(path) for path in done.stdout.split(b"\0") if path]
    said = os.fsdecode(done.stderr).strip()
    if "not a git repository" in said:
        return None
    raise SandboxError(
        f"git cannot list the files of {root}: {said}",
        hint="Run `git status` there and mend what it reports.",
    )


def _with_nested(root: Path, listed: Iterable[str]) -> Iterator[str]:
    """Submodules and repositories inside the repository are listed as folders: list theirs."""
    for path in dict.fromkeys(listed):
        inner = root / path
        if not inner.is_symlink() and inner.is_dir():
            if not is_left_out_folder(inner.name):
                yield from (f"{path.rstrip('/')}/{below}" for below in paths_to_copy(inner))
        else:
            yield path


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        inside = Path(folder).relative_to(root)
        links = [name for name in folders if Path(folder, name).is_symlink()]
        folders[:] = [n for n in folders if n not in links and not is_left_out_folder(n)]
        if inside.parts and "pyvenv.cfg" in files:
            folders.clear()
            continue
        yield from ((inside / name).as_posix() for name in (*files, *links))


def _without_environments(root: Path, paths: Iterable[str]) -> Iterator[str]:
    """Drop what lies in a virtual environment, whatever its folder is called."""
    known: dict[PurePosixPath, bool] = {}

    def inside(folder: PurePosixPath) -> bool:
        if folder not in known:
            here = folder.parts != () and (root / folder / "pyvenv.cfg").is_file()
            known[folder] = here or (folder.parts != () and inside(folder.parent))
        return known[folder]

    own = (root / "pyvenv.cfg").is_file()  # an environment made in the repository's own folder
    for path in paths:
        pure = PurePosixPath(path)
        if own and pure.parts[0] in {"bin", "lib", "lib64", "include", "pyvenv.cfg"}:
            continue
        if not inside(pure.parent):
            yield path


def _needed_by_imports(root: Path, kept: set[str], ignored: Iterable[str]) -> Iterator[str]:
    """Of the ignored files: built extensions, small modules beside kept ones, metadata."""
    folders = {PurePosixPath(path).parent for path in kept}
    for path in _without_environments(root, ignored):
        pure = PurePosixPath(path)
        if any(is_left_out_folder(part) for part in pure.parts):
            continue
        generated = pure.suffix == ".py" and pure.parent in folders
        metadata = pure.parent.suffix in _METADATA and pure.parent.parent in folders
        small = generated or metadata
        if _hides_source(pure, kept):
            continue
        if pure.suffix in _EXTENSIONS or (small and _size(root / path) <= _GENERATED_BYTES):
            yield path


def _hides_source(path: PurePosixPath, kept: set[str]) -> bool:
    """Whether it was compiled from a module that is copied, and is imported in its place."""
    source = path.parent / f"{path.name.partition('.')[0]}.py"
    return path.suffix in _EXTENSIONS and str(source) in kept


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
