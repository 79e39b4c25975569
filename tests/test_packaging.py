"""Guards of the layout: what is in the checkout is what gets installed, under one name."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("agent", "tools", "sandboxes", "tasks")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAVY = ("litellm", "docker", "git", "numpy", "pydantic_settings", "openai", "unidiff")


def test_every_package_folder_is_listed_for_the_wheel() -> None:
    folders = {
        f"fixit_runtime.{init.parent.relative_to(ROOT).as_posix().replace('/', '.')}"
        for folder in FOLDERS
        for init in (ROOT / folder).rglob("__init__.py")
        if "bundled" not in init.parts
    }

    assert folders == set(PYPROJECT["tool"]["setuptools"]["packages"])


def test_a_folder_with_modules_is_a_package() -> None:
    modules = [m for f in FOLDERS for m in (ROOT / f).rglob("*.py") if "bundled" not in m.parts]

    assert [m for m in modules if not (m.parent / "__init__.py").exists()] == []


def test_nothing_occupies_the_namespace_root() -> None:
    assert not (ROOT / ".src" / "fixit_runtime" / "__init__.py").exists()
    links = {p.name: p.readlink().as_posix() for p in (ROOT / ".src/fixit_runtime").iterdir()}
    assert links == {name: f"../../{name}" for name in FOLDERS}


def test_bare_folder_names_are_banned_as_imports() -> None:
    banned = PYPROJECT["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]

    assert set(banned) == set(FOLDERS)


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_needs_none_of_the_heavy_imports(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from fixit_runtime.agent.cli import app\n"
        "try:\n"
        f"    app({arguments!r}, prog_name='fixit')\n"
        "except SystemExit as done:\n"
        "    assert not done.code, done.code\n"
        f"print('HEAVY', sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip().endswith("HEAVY []")


def test_the_loop_stays_readable_in_one_sitting() -> None:
    lines = (ROOT / "agent" / "loop.py").read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 150


def test_the_readme_maps_every_file_as_the_file_describes_itself() -> None:
    printed = subprocess.run(
        [sys.executable, ROOT / ".ci" / "file-map"], capture_output=True, text=True, check=True
    ).stdout

    assert printed in (ROOT / "README.md").read_text(encoding="utf-8"), (
        "run: python .ci/file-map --write"
    )
