"""A small repository, and each real sandbox on a copy of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.docker import DockerSandbox, check_docker
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot

IMAGE = "fixit-base:dev"
KINDS = ["local", pytest.param("docker", marks=pytest.mark.docker)]


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository whose path has a space and letters that are not ASCII."""
    root = tmp_path_factory.mktemp("user") / "mein Gerät"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "__init__.py").write_text("")
    (root / "pkg" / "zahl.py").write_text("ONE = 1\n")
    (root / "tool.sh").write_text("#!/bin/sh\necho tool\n")
    (root / "tool.sh").chmod(0o755)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    return root


@pytest.fixture(scope="session")
def docker_missing() -> str:
    """Why the Docker tests cannot run here; "" when they can."""
    try:
        check_docker(IMAGE)
    except SandboxError as error:
        return f"{error.message} (.ci/base-image makes it)"
    return ""


@pytest.fixture(scope="session")
def local_missing() -> str:
    """Why the local sandbox cannot run here; "" when it can."""
    return "" if shutil.which("bwrap") else "bubblewrap is not installed"


@pytest.fixture(scope="module")
def make(repository: Path, docker_missing: str, local_missing: str) -> Callable[[str], Sandbox]:
    """A new sandbox of a kind on the repository, not started; skips where it cannot work."""

    def new(kind: str) -> Sandbox:
        snapshot = Snapshot.of(repository)
        if missing := docker_missing if kind == "docker" else local_missing:
            pytest.skip(missing)
        if kind == "docker":
            return DockerSandbox(snapshot, image=IMAGE)
        return LocalSandbox(snapshot, python=Path(sys.executable))

    return new


@pytest.fixture(params=KINDS, scope="module")
def sandbox(request: pytest.FixtureRequest, make: Callable[[str], Sandbox]) -> Iterator[Sandbox]:
    """Each real kind, started; one for all tests of a file, which leave the copy's own files be."""
    made = make(request.param)
    made.start()
    try:
        yield made
    finally:
        made.close()
