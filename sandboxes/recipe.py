"""How an image for a repository's tests is made: in which steps, each from what.

    the repository's Dockerfile, or a base image (python:X-slim, or one that was named)
    └── with what the repository declares that its tests need, and pytest       with the network
        ├── with the repository installed in place                              without
        └── or, where that fails, with its folders on the import path           without

The repository's own code never runs with the network, unless its own Dockerfile has it so. The
image holds none of the code that tests run: it is mounted over, by the copy, at the same path.
What the build made beside the code (extension modules, generated versions) is kept, and unpacked
into each copy. An image is named by a hash of what it is made from.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from shlex import quote
from typing import IO

from fixit_runtime.sandboxes.dependencies import Declared, declared
from fixit_runtime.sandboxes.guard import USER
from fixit_runtime.sandboxes.image_scripts import (
    DEPENDENCIES,
    IMPORTABLE,
    INSTALL,
    KEPT,
    NEEDS,
    OPEN,
)
from fixit_runtime.sandboxes.listing import quiet_git
from fixit_runtime.sandboxes.snapshot import File, Snapshot

REPOSITORY = "fixit-env"
LABEL = "fixit.env"
DOCKERFILE = "Dockerfile"
_IMPORT_ROOTS = ("src", "lib", "python")
_COMPILED_FROM_PYTHON = re.compile(r"(?i)cython|mypy")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an image is for. `base_image`: what to build on; None takes the repository's
    Dockerfile, or else `python:X-slim`. `python`: the X, "3.12", unless the repository has
    another. `ca_bundle`: certificates, PEM, that pip is to trust besides in the build."""

    snapshot: Snapshot
    base_image: str | None
    python: str
    ca_bundle: bytes = b""

    @property
    def base(self) -> str | None:
        """The image to build on; None where the repository's Dockerfile makes it."""
        if self.base_image is not None:
            return self.base_image
        if isinstance(self.snapshot.files.get(DOCKERFILE), File):
            return None
        return f"python:{_supported(self.python, self.needs().python)}-slim"

    def needs(self) -> Declared:
        return declared(self.snapshot.files, lambda path: _text(self.snapshot, path))


@dataclass(frozen=True, slots=True)
class Step:
    """One image to build, whose name is known before. `context` is a tar, at its start, with the
    Dockerfile; the caller closes it. `network`: whether the build may use it."""

    what: str
    tag: str
    context: Callable[[], IO[bytes]] = field(repr=False)
    network: bool = False
    own: bool = False  # by the repository's Dockerfile


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps, each on the one before. The last may fail, if `instead` can stand in for it."""

    steps: tuple[Step, ...]
    instead: Step | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """Of the images that would do, best first."""
        return (self.steps[-1].tag, *((self.instead.tag,) if self.instead else ()))


def plan(wanted: Wanted, base_id: str = "") -> Plan:
    """How to make an image for this repository. `base_id`: which image the base's name means at
    present."""
    snapshot, needs, steps = wanted.snapshot, wanted.needs(), []
    base = wanted.base
    if base is None:
        steps.append(_own(snapshot, needs))
        base = steps[-1].tag
    steps.append(_dependencies(base, base_id, needs, wanted.ca_bundle))
    onto = steps[-1].tag
    if not needs.installable:
        return Plan((*steps, _importable(onto, snapshot, needs)))
    installed = _installed(onto, snapshot, needs)
    return Plan((*steps, installed), instead=_importable(onto, snapshot, needs, installed.tag))


def _own(snapshot: Snapshot, needs: Declared) -> Step:
    tag = _tag("own", _counted(snapshot, needs))
    return Step("the repository's Dockerfile", tag, snapshot.tar, network=True, own=True)


def _dependencies(base: str, base_id: str, needs: Declared, ca_bundle: bytes) -> Step:
    lines = [*needs.requirements, *needs.build, "pytest"]
    files = {f"needs/declared/{path}": text.encode() for path, text in needs.texts.items()}
    files["needs/needs.txt"] = "\n".join([*lines, ""]).encode()
    files["needs/locked.txt"] = "\n".join([*needs.constraints, ""]).encode()
    if ca_bundle:
        files["needs/ca.pem"] = ca_bundle
    hashed = [path for path in needs.files if "--hash=" in needs.texts.get(path, "")]
    words = [f"declared/{path}" for path in hashed] + ["--"]
    words += [w for path in needs.files if path not in hashed for w in ("-r", f"declared/{path}")]
    files["needs/install.sh"] = (_call("set --", words) + DEPENDENCIES).encode()
    dockerfile = (
        f"FROM {base}\nLABEL {LABEL}=1\nUSER root\nCOPY needs {NEEDS}\n"
        f"RUN cd {NEEDS} && sh install.sh\n"
    )
    what = f"{len(lines)} requirements and {len(needs.files)} files of them on {base}"
    return _step(what, dockerfile, files, base_id, network=True)


def _installed(base: str, snapshot: Snapshot, needs: Declared) -> Step:
    """The project itself, in place."""
    files = {"kept.py": KEPT.encode(), "open.sh": OPEN.encode(), "install.sh": INSTALL.encode()}
    version = _version_of(snapshot)
    dockerfile = (
        f"FROM {base}\nLABEL {LABEL}=1\nUSER root\nCOPY . /opt/fixit\n"
        f"RUN sh /opt/fixit/open.sh {quote(needs.name)}\nUSER {USER}:{USER}\n"
        f"RUN sh /opt/fixit/install.sh {quote(version)}\nUSER root\n"
    )
    what = "the repository, installed in place"
    return _step(what, dockerfile, files, _counted(snapshot, needs), copied=snapshot)


def _counted(snapshot: Snapshot, needs: Declared) -> str:
    """What of the repository a build depends on. Of most modules the text does not matter, only
    that they are there, since the copy's are imported: a change of theirs builds nothing anew."""
    compiled = any(_COMPILED_FROM_PYTHON.search(need) for need in needs.build)
    counted = [
        (path, entry.sha256 if isinstance(entry, File) else entry.target)
        if compiled or _matters(snapshot, path)
        else (path, "")
        for path, entry in sorted(snapshot.files.items())
    ]
    return json.dumps(counted)


def _matters(snapshot: Snapshot, path: str) -> bool:
    """Whether a build may read this file: all but modules inside packages, unless they have the
    version or are part of the build."""
    pure = PurePosixPath(path)
    if pure.suffix != ".py" or "build" in pure.name or len(pure.parts) == 1:
        return True
    in_package = str(pure.parent / "__init__.py") in snapshot.files
    return not in_package or "version" in _text(snapshot, path).lower()


def _importable(base: str, snapshot: Snapshot, needs: Declared, key: str = "") -> Step:
    """The copy is on the import path, nothing else."""
    roots = [
        root for root in _IMPORT_ROOTS if any(p.startswith(f"{root}/") for p in snapshot.files)
    ]
    words = [needs.name, *roots]
    files = {"importable.sh": (_call("set --", words) + IMPORTABLE).encode()}
    dockerfile = (
        f"FROM {base}\nLABEL {LABEL}=1\nUSER root\nCOPY importable.sh /opt/fixit/\n"
        "RUN sh /opt/fixit/importable.sh\n"
    )
    return _step("the repository's folders on the import path", dockerfile, files, key)


def _call(command: str, words: list[str]) -> str:
    return " ".join([command, *map(quote, words)]) + "\n"


def _step(
    what: str,
    dockerfile: str,
    files: Mapping[str, bytes],
    key: str,
    *,
    network: bool = False,
    copied: Snapshot | None = None,
) -> Step:
    """`key`: what the image depends on besides."""
    whole = {**files, DOCKERFILE: dockerfile.encode()}
    hashes = [(path, hashlib.sha256(data).hexdigest()) for path, data in sorted(whole.items())]
    tag = _tag(json.dumps([hashes, network]), key)
    return Step(what, tag, lambda: _context(whole, copied), network)


def _tag(*parts: str) -> str:
    return f"{REPOSITORY}:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:16]}"


def _context(files: Mapping[str, bytes], copied: Snapshot | None) -> IO[bytes]:
    out = tempfile.TemporaryFile()  # noqa: SIM115  (handed to the caller)
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        if copied is not None:
            with copied.tar() as inner:
                info = tarfile.TarInfo("repo.tar")
                info.size = inner.seek(0, io.SEEK_END)
                inner.seek(0)
                archive.addfile(info, inner)
    out.seek(0)
    return out


def _supported(python: str, supported: str) -> str:
    """The version nearest to "3.X" that a specifier such as ">=3.9,<3.12" allows."""
    minor = int(python.partition(".")[2])
    for relation, named in re.findall(r"(==|[<>]=?|~=|\^)\s*3\.(\d+)", supported):
        least = 0 if relation[0] == "<" else int(named)
        most = int(named) - (relation == "<") if relation in ("<", "<=", "==") else minor
        minor = max(min(minor, most), least)
    return f"3.{minor}"


def _version_of(snapshot: Snapshot) -> str:
    """What a version taken from git would be: what a source distribution says, or the last tag."""
    for path in ("PKG-INFO", *(p for p in snapshot.files if p.endswith(".egg-info/PKG-INFO"))):
        if found := re.search(r"^Version: ([\w.+!-]+)$", _text(snapshot, path), re.MULTILINE):
            return found[1]
    done = quiet_git(snapshot.root, "describe", "--tags", "--abbrev=0")
    found = re.fullmatch(
        r"\D*(\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?)",
        done.stdout.decode(errors="replace").strip() if done else "",
    )
    return found[1] if found else "0.0.0"


def _text(snapshot: Snapshot, path: str) -> str:
    try:
        return snapshot.read(path).decode(errors="replace")
    except KeyError:
        return ""
