"""What attacks are tried on: each real sandbox, with what stands around it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.docker import DockerSandbox, check_docker
from fixit_runtime.sandboxes.ground import Ground
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot

IMAGE = "fixit-base:dev"
KINDS = ["local", pytest.param("docker", marks=pytest.mark.docker)]


def new_sandbox(kind: str, root: Path) -> Sandbox:
    """A sandbox on the repository at `root`, not started; skips where the kind cannot work."""
    if kind == "local":
        if shutil.which("bwrap") is None:
            pytest.skip("bubblewrap is not installed")
        return LocalSandbox(Snapshot.of(root), python=Path(sys.executable))
    try:
        check_docker(IMAGE)
    except SandboxError as error:
        pytest.skip(f"{error.message} (.ci/base-image makes it)")
    return DockerSandbox(Snapshot.of(root), image=IMAGE)


@pytest.fixture(scope="package")
def ground() -> Iterator[Ground]:
    with Ground() as standing:
        yield standing


@pytest.fixture(params=KINDS, scope="module")
def sandbox(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """Each real kind, started; one for all attacks, each of which must leave it usable."""
    root = tmp_path_factory.mktemp("repository")
    (root / "code.py").write_text("ONE = 1\n")
    made = new_sandbox(request.param, root)
    made.start()
    try:
        yield made
    finally:
        made.close()
