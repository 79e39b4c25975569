"""The interpreter that the tests run on: which one, and which folders it needs.

A user's own environment is used as it is: a virtual environment, pyenv, conda or the system's
Python, wherever it lies. The local sandbox mounts what is listed here, read-only, at its place.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fixit_runtime.agent.errors import UsageError

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


def find_python(root: Path, asked: Path | None, environ: Mapping[str, str]) -> Path:
    """The interpreter for the tests of `root`: the one asked for, else an active environment
    that is not fixit's own, else `.venv` or `venv` in the repository, else fixit's own.

    Raises:
        UsageError: the one asked for does not exist or is no Python.
    """
    if asked is not None:
        path = _absolute(asked.expanduser())
        if path.is_dir():
            path = path / "bin" / "python"
        return inspect_python(path).executable
    active = (environ.get(name, "") for name in ("VIRTUAL_ENV", "CONDA_PREFIX"))
    places = [Path(place) for place in active if place and not _is_own(Path(place))]
    for place in (*places, root / ".venv", root / "venv"):
        python = place / "bin" / "python"
        if python.exists():
            return _absolute(python)
    return Path(sys.executable)


def inspect_python(path: Path) -> Interpreter:
    """Ask an interpreter about itself (it is run once, on the host, without any of the
    repository's code).

    Raises:
        UsageError: there is none, or it is no Python.
    """
    hint = "Name an interpreter with --python, or activate the environment with the dependencies."
    if not path.exists():
        raise UsageError(f"there is no Python at {path}", hint=hint)
    command = [str(path), "-E", "-B", "-c", _PROBE]
    try:
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_S
        )
        about = json.loads(done.stdout.splitlines()[-1])
        prefixes = tuple(dict.fromkeys(Path(p) for p in reversed(about["prefixes"])))
        executable = Path(about["executable"])
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError, KeyError) as error:
        raise UsageError(f"{path} is no Python that runs here", hint=hint) from error
    if not any(executable.is_relative_to(prefix) for prefix in prefixes):
        executable = executable.resolve()  # reached through a link from elsewhere, as ~/bin/python
    return Interpreter(
        executable=executable,
        prefixes=prefixes,
        paths=tuple(dict.fromkeys(Path(p) for p in about["paths"])),
        version=tuple(about["version"]),
        user_base=Path(about["user_base"]) if about["user_base"] else None,
    )


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
