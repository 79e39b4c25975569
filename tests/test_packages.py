"""Short form of `python benchmarks/packages.py`: one package of our own, of most of its shapes."""

from __future__ import annotations

import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from benchmarks.packages import BASE, Package, measure
from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.daemon import check_docker

FILES = {
    "PKG-INFO": "Metadata-Version: 2.1\nName: corp-till\nVersion: 1.2\n",
    "pyproject.toml": """
        [build-system]
        requires = ["setuptools>=64", "setuptools-scm>=8"]
        build-backend = "setuptools.build_meta"
        [project]
        name = "corp-till"
        dynamic = ["version"]
        [tool.setuptools_scm]
        version_file = "src/corp/till/_version.py"
        """,
    "src/corp/till/__init__.py": """
        from corp.till._version import version
        def change(paid, price):
            return paid - price
        """,
    "tests/test_till.py": """
        import importlib.metadata, os, corp.till, pytest
        def test_change(): assert corp.till.change(5, 3) == 2
        def test_nothing(): assert corp.till.change(3, 3) == 0
        def test_version(): assert corp.till.version == importlib.metadata.version("corp-till")
        @pytest.mark.skipif(os.name == "posix", reason="elsewhere")
        def test_elsewhere(): assert 0
        @pytest.mark.xfail
        def test_short(): assert corp.till.change(1, 2) >= 0
        """,
}
TILL = Package(
    "corp-till", "1.2", "namespace package in src layout, version from git",
    "src/corp/till/__init__.py", "paid - price", "paid + price",
)  # fmt: skip


@pytest.mark.docker
def test_what_turns_green_is_the_copy_as_in_a_run_in_place(tmp_path: Path) -> None:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    try:
        check_docker(BASE)
    except SandboxError as error:
        pytest.skip(f"{error.message} (.ci/base-image makes it)")
    root = tmp_path / "unpacked"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(dedent(text))

    try:
        row = measure(TILL, root, tmp_path)
    except SandboxError as error:
        if "Temporary failure" in error.message:
            pytest.skip("PyPI cannot be reached from a build")
        raise

    assert (row.tests, row.red_before, row.red_after) == (5, 2, 0), row
    assert row.equal, row.examples
    assert row.cold_runs == 0
