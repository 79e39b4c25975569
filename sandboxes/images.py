"""An image with what the repository's tests need, where the user has named none.

From the repository's own Dockerfile; else from a base image (`python:X-slim`, or the one that the
settings name) and what the repository declares. In two steps: the dependencies, with the network;
then the repository itself, without it, so that its own code never runs with the network. An image
is named by a hash of what it was made from, and made once.

The image holds no code that tests run: it is mounted over, by the copy, at the same path. What
the build made beside the code (extension modules, generated versions) is kept in `BUILT`, and
unpacked into each copy.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.daemon import connect, daemon_errors
from fixit_runtime.sandboxes.dependencies import Declared, declared
from fixit_runtime.sandboxes.hardening import BUILT, WORK
from fixit_runtime.sandboxes.snapshot import File, Snapshot

if TYPE_CHECKING:
    import docker

REPOSITORY = "fixit-env"
LABEL = "fixit.env"
DOCKERFILES = ("Dockerfile", ".devcontainer/Dockerfile")
_MEMORY_BYTES = 4_000_000_000
_TAIL = 2_000
_OLD = "30m"
_HERE = f"{WORK}/repo"
# pip as root, on a system's Python too, and without a word on itself
_PIP = (
    "export PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_CACHE_DIR=1"
    " PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1;"
    ' p=$(command -v python || command -v python3); pip() { "$p" -m pip "$@"; };'
)
# Of what a build has made: not what it needs itself, nor a compiled form of a module that is there
# as source, which would be imported in its place.
_KEPT = """
import os, sys, tarfile
def files():
    for folder, _, names in os.walk("."):
        for name in names: yield os.path.join(folder, name)
if sys.argv[1] == "note":
    open("/tmp/fixit-before", "w", errors="surrogateescape").write("\\0".join(files()))
else:
    before = set(open("/tmp/fixit-before", errors="surrogateescape").read().split("\\0"))
    os.remove("/tmp/fixit-before")
    def is_kept(path):
        folder, name = os.path.split(path)
        if name.endswith((".o", ".pyc")) or path.startswith("./build/temp"): return False
        compiled = name.endswith((".so", ".pyd"))
        return not (compiled and os.path.join(folder, name.split(".")[0] + ".py") in before)
    with tarfile.open(sys.argv[2], "w") as out:
        for path in sorted(set(files()) - before):
            if is_kept(path): out.add(path)
"""
_IMPORT_ROOTS = ("src", "lib", "python")


@dataclass(frozen=True, slots=True)
class Step:
    """One image to build: a Dockerfile and the files beside it. `network`: whether it may use
    the network. `tag` is known before it is built."""

    what: str
    dockerfile: str
    files: Mapping[str, bytes]
    network: bool
    base: str

    @property
    def tag(self) -> str:
        whole = hashlib.sha256(json.dumps([self.dockerfile, self.base, self.network]).encode())
        for path, data in sorted(self.files.items()):
            whole.update(f"{path}\0{hashlib.sha256(data).hexdigest()}\0".encode(errors="replace"))
        return f"{REPOSITORY}:{whole.hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Plan:
    """How an image for a repository is made: the steps, each on the one before. `optional` steps
    may fail: `instead` then stands in for the last."""

    steps: tuple[Step, ...]
    instead: Step | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """Of the images that would do, best first."""
        return (self.steps[-1].tag, *((self.instead.tag,) if self.instead else ()))


def plan(snapshot: Snapshot, *, base_image: str | None, python: str) -> Plan:
    """How to make an image for this repository.

    `base_image`: what to build on; None takes the repository's Dockerfile, or `python:X-slim`
    for `python` "3.11", say.
    """
    if base_image is None:
        for path in DOCKERFILES:
            if path in snapshot.files:
                return Plan((_own(snapshot, path),))
    base = base_image or f"python:{python}-slim"
    needs = declared(snapshot.files, lambda path: _text(snapshot, path))
    dependencies = _dependencies(base, needs)
    plainly = _importable(dependencies.tag, snapshot)
    if not needs.installable:
        return Plan((dependencies, plainly))
    return Plan((dependencies, _installed(dependencies.tag, snapshot, needs)), instead=plainly)


def cached(made: Plan) -> str | None:
    """The image of this plan, if the daemon has it already. Raises SandboxError."""
    client = connect()
    try:
        return next((tag for tag in made.tags if _is_there(client, tag)), None)
    finally:
        client.close()


def build(made: Plan, say: Callable[[str], None]) -> str:
    """Make the image, as far as it is not there; its tag. `say` gets a line for each step.

    Raises:
        SandboxError: there is no daemon, the base image cannot be had, or the build failed.
    """
    client = connect()
    try:
        if made.instead is not None and _is_there(client, made.instead.tag):
            return made.instead.tag  # installing has failed before, on the same files
        for step in made.steps:
            if _is_there(client, step.tag):
                continue
            say(f"building an image, once: {step.what}")
            try:
                _build(client, step)
            except SandboxError as error:
                if made.instead is None or step is not made.steps[-1]:
                    raise
                say(f"{error.message.splitlines()[0]}; it is imported from its source instead")
                _build(client, made.instead)
                return made.instead.tag
        return made.steps[-1].tag
    finally:
        client.close()


def remove_halves(client: docker.DockerClient) -> list[str]:
    """Remove what builds that failed have left, unless it is so new that one may still be
    running; the ids. Raises SandboxError."""
    old = {"dangling": True, "label": f"{LABEL}=1", "until": _OLD}
    with daemon_errors():
        removed = client.images.prune(old).get("ImagesDeleted") or []
    return [image["Deleted"] for image in removed if "Deleted" in image]


def env_images() -> list[str]:
    """The images that were built for repositories, latest first. Raises SandboxError."""
    client = connect()
    try:
        with daemon_errors():
            images = client.images.list(REPOSITORY)
        return [tag for image in images for tag in image.tags]
    finally:
        client.close()


def _own(snapshot: Snapshot, path: str) -> Step:
    files = {name: snapshot.read(name) for name in _regular(snapshot)}
    return Step(f"{path} of the repository", _text(snapshot, path), files, True, "")


def _dependencies(base: str, needs: Declared) -> Step:
    files = {f"declared/{path}": text.encode() for path, text in needs.files.items()}
    lines = [*needs.requirements, *needs.build, "pytest"]
    files["needs.txt"] = "\n".join([*lines, ""]).encode()
    files["locked.txt"] = "\n".join([*needs.constraints, ""]).encode()
    hashed = [path for path, text in needs.files.items() if "--hash=" in text]
    together = "".join(f" -r 'declared/{path}'" for path in needs.files if path not in hashed)
    alone = "".join(f" && pip install -r 'declared/{path}'" for path in hashed)
    dockerfile = (
        f"FROM {base}\nLABEL {LABEL}=1\nUSER root\n"
        "COPY . /opt/fixit/needs\nWORKDIR /opt/fixit/needs\n"
        f"RUN {_PIP} pip install -c locked.txt -r needs.txt{together}{alone}\n"
        f"WORKDIR /\n"
    )
    what = f"{len(lines)} requirements and {len(needs.files)} files of them on {base}"
    return Step(what, dockerfile, files, True, base)


def _importable(base: str, snapshot: Snapshot) -> Step:
    """The copy is on the import path, nothing else."""
    roots = [name for name in _IMPORT_ROOTS if f"{name}/" in "\0".join(snapshot.files)]
    lines = "".join(f"{_HERE}/{root}\\n" for root in roots) + f"{_HERE}\\n"
    find = "import sysconfig; print(sysconfig.get_path('purelib'))"
    dockerfile = (
        f"FROM {base}\nLABEL {LABEL}=1\nUSER root\n"
        f'RUN {_PIP} printf "{lines}" > "$("$p" -c "{find}")/fixit-repository.pth"\n'
    )
    return Step("the repository's source on the import path", dockerfile, {}, False, base)


def _installed(base: str, snapshot: Snapshot, needs: Declared) -> Step:
    """The project itself, editable. Most modules' text does not matter, only that they are
    there: what is imported is the copy. A change of theirs alone builds nothing anew."""
    files = {"kept.py": _KEPT.encode()}
    compiled = any("ython" in need or "mypy" in need for need in needs.build)
    for path in _regular(snapshot):
        data, pure = snapshot.read(path), PurePosixPath(path)
        plain = pure.suffix == ".py" and len(pure.parts) > 1 and "build" not in pure.name
        matters = compiled or not plain or b"version" in data.lower()
        files[f"repo/{path}"] = data if matters else b""
    version = _version_of(snapshot)
    pretend = f"export SETUPTOOLS_SCM_PRETEND_VERSION={version} PBR_VERSION={version}"
    pretend += f" PDM_BUILD_SCM_VERSION={version} POETRY_DYNAMIC_VERSIONING_BYPASS={version};"
    dockerfile = (
        f"FROM {base}\nLABEL {LABEL}=1\nUSER root\n"
        f"COPY kept.py /opt/fixit/kept.py\nCOPY repo {_HERE}\n"
        f'WORKDIR {_HERE}\nRUN {_PIP} {pretend} "$p" /opt/fixit/kept.py note'
        " && pip install --no-deps --no-build-isolation --no-index -e ."
        f' && "$p" /opt/fixit/kept.py keep {BUILT}\nWORKDIR /\n'
    )
    what = "the repository, installed in place, without network"
    return Step(what, dockerfile, files, False, base)


def _version_of(snapshot: Snapshot) -> str:
    """What a version taken from git would be: the last tag, or what a source distribution says."""
    for path in ("PKG-INFO", *(p for p in snapshot.files if p.endswith(".egg-info/PKG-INFO"))):
        if found := re.search(r"^Version: ([\w.+!-]+)$", _text(snapshot, path), re.MULTILINE):
            return found[1]
    command = ["git", "-c", "core.fsmonitor=false", "describe", "--tags", "--abbrev=0"]
    try:
        done = subprocess.run(command, cwd=snapshot.root, capture_output=True, text=True)
    except OSError:
        return "0.0.0"
    found = re.fullmatch(r"\D*(\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?)", done.stdout.strip())
    return found[1] if found else "0.0.0"


def _build(client: docker.DockerClient, step: Step) -> None:
    with daemon_errors():
        said = client.api.build(
            fileobj=_context(step),
            custom_context=True,
            encoding="identity",
            tag=step.tag,
            rm=True,
            forcerm=True,
            network_mode="default" if step.network else "none",
            container_limits={"memory": _MEMORY_BYTES, "memswap": _MEMORY_BYTES},
            use_config_proxy=step.network,
            decode=True,
        )
        lines = list(said)  # to its end, which closes the connection
    if wrong := next((line["error"].strip() for line in lines if "error" in line), ""):
        log = "".join(line.get("stream", "") for line in lines).strip()
        raise SandboxError(
            f"the image cannot be built ({step.what}): {wrong}\n{log[-_TAIL:]}",
            hint="Name an image that has what the tests need with --image, or another to build on"
            " with --base-image (one with a compiler, where something must be compiled).",
        )


def _context(step: Step) -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path, data in {**step.files, "Dockerfile": step.dockerfile.encode()}.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(data), 0o755 if data.startswith(b"#!") else 0o644
            archive.addfile(info, io.BytesIO(data))
    out.seek(0)
    return out


def _is_there(client: docker.DockerClient, tag: str) -> bool:
    from docker.errors import ImageNotFound

    try:
        with daemon_errors():
            client.images.get(tag)
    except ImageNotFound:
        return False
    return True


def _regular(snapshot: Snapshot) -> list[str]:
    return [path for path, entry in snapshot.files.items() if isinstance(entry, File)]


def _text(snapshot: Snapshot, path: str) -> str:
    try:
        return snapshot.read(path).decode(errors="replace")
    except KeyError:
        return ""
