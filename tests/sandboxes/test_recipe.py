"""What an image is made from, and when it must be made anew."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import UsageError
from fixit_runtime.sandboxes.choose import choose
from fixit_runtime.sandboxes.recipe import Wanted, plan
from fixit_runtime.sandboxes.snapshot import Snapshot

from .conftest import git


def wanted(root: Path, base: str | None = "base:1", **more: bytes) -> Wanted:
    return Wanted(Snapshot.of(root), base, "3.12", **more)


@pytest.mark.parametrize(
    ("supported", "version"),
    [
        ("", "3.12"),
        (">=3.8", "3.12"),
        (">=3.13", "3.13"),
        (">=3.8, <3.11", "3.10"),
        ("^3.9", "3.12"),
        ("~=3.14", "3.14"),
        ("==3.9.*", "3.9"),
        ("<4,>=3.8", "3.12"),
        ("<=3.11", "3.11"),
    ],
)
def test_without_another_base_it_is_the_users_python_or_the_nearest_that_is_supported(
    supported: str, version: str, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nrequires-python = "{supported}"\n')
    assert wanted(tmp_path, None).base == f"python:{version}-slim"


def test_secrets_and_what_git_ignores_are_no_part_of_a_build(tmp_path: Path) -> None:
    for name in ("Dockerfile", ".env", "id_rsa", "one.py", "data.bin"):
        (tmp_path / name).write_text(name)
    (tmp_path / ".gitignore").write_text("*.bin\n")
    git(tmp_path, "init", "-q")
    step = plan(wanted(tmp_path, None)).steps[0]
    assert step.own
    with step.context() as context, tarfile.open(fileobj=context) as archive:
        assert sorted(archive.getnames()) == [".gitignore", "Dockerfile", "one.py"]


@pytest.mark.parametrize("base", ["base:1", None])
def test_an_image_is_made_anew_when_what_it_is_made_from_has_changed(
    base: str | None, tmp_path: Path
) -> None:
    """With a Dockerfile of its own the dependencies are installed onto that."""

    def changes(path: str, text: str) -> tuple[bool, bool]:
        """Whether another text of a file makes other dependencies, and another image."""
        before = plan(wanted(tmp_path, base))
        (tmp_path / path).write_text(text)
        after = plan(wanted(tmp_path, base))
        assert len(after.steps) == (2 if base else 3)
        return before.steps[-2].tag != after.steps[-2].tag, before.tags != after.tags

    own = base is None
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    (tmp_path / "ware").mkdir()
    (tmp_path / "ware/__init__.py").write_text("")
    (tmp_path / "setup.py").write_text("")
    assert changes("ware/code.py", "A = 1\n") == (own, True)
    assert changes("ware/code.py", "A = 2\n") == (False, False)
    assert changes("ware/code.py", "__version__ = '2'\n") == (own, True)
    assert changes("ware/code.c", "int a;\n") == (own, True)
    assert changes("setup.py", "x = 1\n") == (own, True)
    assert changes("requirements.txt", "six\n") == (True, True)
    assert changes("uv.lock", '[[package]]\nname = "a"\nversion = "1"\n') == (True, True)


def test_another_base_or_other_certificates_make_another_image(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("")
    plans = [
        plan(wanted(tmp_path), "sha256:1"),
        plan(wanted(tmp_path), "sha256:2"),
        plan(wanted(tmp_path, "base:2"), "sha256:1"),
        plan(wanted(tmp_path, ca_bundle=b"pem"), "sha256:1"),
    ]
    assert len({made.tags for made in plans}) == len(plans)


def test_certificates_that_cannot_be_read_are_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no\.pem"):
        choose(
            "docker",
            Snapshot.of(tmp_path),
            python=tmp_path,
            image=None,
            ca_bundle=tmp_path / "no.pem",
            say=print,
        )
