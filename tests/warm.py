"""Sandboxes of both kinds on small repositories, for the tests of the warm worker."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Sandbox, SuiteRun
from fixit_runtime.sandboxes.docker import DockerSandbox, check_docker
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tools.pytest_run import PytestCommand

IMAGE = "fixit-base:dev"
KINDS = ["local", pytest.param("docker", marks=pytest.mark.docker)]
# without the plugins that happen to be installed beside fixit
BARE = PytestCommand(env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})


@contextmanager
def sandbox_on(
    kind: str, root: Path, files: Mapping[str, str], *, python: Path = Path(sys.executable)
) -> Iterator[Sandbox]:
    """A started sandbox on a repository with these files; skips where the kind cannot work."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(dedent(text), "utf-8")
    sandbox = _docker(root) if kind == "docker" else _local(root, python)
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.close()


def verdicts(run: SuiteRun) -> dict[str, tuple[str, str, tuple[tuple[str, int], ...]]]:
    """What a run says of each test."""
    return {r.nodeid: (r.outcome.value, r.error_type, r.frames) for r in run.results}


def outcomes(run: SuiteRun) -> dict[str, str]:
    return {result.nodeid.rpartition("::")[2]: result.outcome.value for result in run.results}


def _docker(root: Path) -> Sandbox:
    try:
        check_docker(IMAGE)
    except SandboxError as error:
        pytest.skip(f"{error.message} (.ci/base-image makes it)")
    return DockerSandbox(Snapshot.of(root), image=IMAGE)


def _local(root: Path, python: Path) -> Sandbox:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    return LocalSandbox(Snapshot.of(root), python=python)
