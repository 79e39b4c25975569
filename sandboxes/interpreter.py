"""The interpreter that the tests run on: which one, and which folders it needs.

A user's own environment is used as it is: a virtual environment, pyenv, conda or the system's
Python, wherever it lies. The local sandbox mounts what is listed here, read-only, at its place.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fixit_runtime.agent.errors import SandboxError, UsageError
from fixit_runtime.sandboxes.listing import is_tracked

_PROBE_S = 30.0

# Runs on the user's interpreter, which may be older than ours; prints one line of JSON.
_PROBE = """
import json, os, site, sys
extra = [p for p in sys.path if p and os.path.isabs(p)]
for name, module in list(sys.modules.items()):
    if name.startswith("__editable__"):
        extra += [p for p in getattr(module, "MAPPING", {}).values()]
        for paths in getattr(module, "NAMESPACES", {}).values():
            extra += list(paths)
print(json.dumps({
    "executable": sys.executable,
    "prefixes": [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix],
    "version": list(sys.version_info[:3]),
    "paths": extra,
    "user_base": site.getuserbase() if site.ENABLE_USER_SITE else "",
}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that answered. `executable` is the path to call (a venv's own, never resolved);
    `prefixes` its folders, base first; `paths` what it imports from besides (editable
    installs); `user_base` where `pip install --user` put packages, if they are visible."""

    executable: Path
    prefixes: tuple[Path, ...]
    paths: tuple[Path, ...]
    version: tuple[int, int, int]
    user_base: Path | None = None


def find_python(
    root: Path,
    asked: Path | None,
    environ: Mapping[str, str],
    say: Callable[[str], None] = lambda _: None,
) -> Path:
    """The interpreter for the tests of `root`: the one asked for, else an active environment
    that is not fixit's own, else `.venv` or `venv` in the repository, else fixit's own.

    An environment that came with the repository, since git tracks it, is anybody's code: it is
    left alone, and said.

    Raises:
        UsageError: the one asked for does not exist or is no Python.
    """
    if asked is not None:
        path = _absolute(asked.expanduser())
        if path.is_dir():
            path = path / "bin" / "python"
        return inspect_python(path, root).executable
    active = (environ.get(name, "") for name in ("VIRTUAL_ENV", "CONDA_PREFIX"))
    places = [Path(place) for place in active if place and not _is_own(Path(place))]
    for name in (".venv", "venv"):
        if is_tracked(root, name):
            say(f"{name} came with the repository, so it is not used; --python {name} would")
        else:
            places.append(root / name)
    for place in places:
        python = place / "bin" / "python"
        if python.exists():
            return _absolute(python)
    return Path(sys.executable)


def inspect_python(path: Path, root: Path | None = None) -> Interpreter:
    """Ask an interpreter about itself: confined, wherever that is possible. One that belongs to
    the repository at `root` never runs unconfined.

    Raises:
        UsageError: there is none, it is no Python, or it cannot be asked safely.
    """
    hint = "Name an interpreter with --python, or activate the environment with the dependencies."
    if not path.exists():
        raise UsageError(f"there is no Python at {path}", hint=hint)
    command = [str(path), "-E", "-B", "-c", _PROBE]
    places = (path, path.parent.resolve())
    own = root is not None and any(place.is_relative_to(root) for place in places)
    try:
        about = json.loads(_answer(command, must_be_confined=own).splitlines()[-1])
        prefixes = tuple(dict.fromkeys(Path(p) for p in reversed(about["prefixes"])))
        executable = Path(about["executable"])
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError, KeyError) as error:
        raise UsageError(f"{path} is no Python that runs here", hint=hint) from error
    if not any(executable.is_relative_to(prefix) for prefix in prefixes):
        executable = executable.resolve()  # reached through a link from elsewhere, as ~/bin/python
    return Interpreter(
        executable=executable,
        # one that may lie must not have any folder shown that it names
        prefixes=tuple(p for p in prefixes if not own or _holds_python(p)),
        paths=tuple(dict.fromkeys(Path(p) for p in about["paths"])),
        version=tuple(about["version"]),
        user_base=Path(about["user_base"]) if about["user_base"] else None,
    )


def _answer(command: list[str], *, must_be_confined: bool) -> bytes:
    """What an interpreter says. Raises OSError, TimeoutExpired, UsageError."""
    if sys.platform == "linux":
        from fixit_runtime.sandboxes.confined import ask

        with contextlib.suppress(SandboxError):
            return ask(command)
    if must_be_confined:
        raise UsageError(
            f"{command[0]} belongs to the repository, and cannot be asked safely here",
            hint="Name another interpreter with --python, install bubblewrap, or use Docker.",
        )
    return subprocess.run(
        command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_S
    ).stdout


def _holds_python(prefix: Path) -> bool:
    marks = ("pyvenv.cfg", "conda-meta", "bin/python", "bin/python3")
    return any((prefix / mark).exists() for mark in marks) or any(prefix.glob("lib*/python3*"))


def links_to(executable: Path) -> Iterator[tuple[Path, str]]:
    """Every symbolic link on the way from a path to the file that it names: (link, target)."""
    todo, seen = executable, set[Path]()
    while todo not in seen:
        seen.add(todo)
        for place in (*reversed(todo.parents), todo):
            if place.is_symlink():
                target = str(place.readlink())
                yield place, target
                onward = Path(os.path.normpath(place.parent / target))
                todo = onward / todo.relative_to(place)
                break


def _absolute(path: Path) -> Path:
    """Without following links: the link is what makes an environment's Python its own."""
    return Path(os.path.normpath(Path.cwd() / path))


def _is_own(environment: Path) -> bool:
    return environment.resolve() == Path(sys.prefix).resolve()
