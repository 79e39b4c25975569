"""Images that are made for a repository: from its Dockerfile, or from what it declares."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import docker
import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.choose import choose
from fixit_runtime.sandboxes.docker import DockerSandbox
from fixit_runtime.sandboxes.images import LABEL, build, cached, env_images, plan
from fixit_runtime.sandboxes.snapshot import Snapshot

from .conftest import IMAGE

pytestmark = pytest.mark.docker
PYTHON = Path(sys.executable)
Write = Callable[[dict[str, str]], Snapshot]


@pytest.fixture(scope="module")
def client(docker_missing: str) -> Iterator[Any]:
    if docker_missing:
        pytest.skip(docker_missing)
    made = docker.from_env()
    yield made
    made.close()


@pytest.fixture
def write(tmp_path: Path, client: Any) -> Iterator[Write]:
    """Writes a repository; the images made for it are removed afterwards."""
    before, halves = set(env_images()), unfinished(client)

    def written(files: dict[str, str]) -> Snapshot:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(dedent(text))
        return Snapshot.of(tmp_path)

    yield written
    for tag in set(env_images()) - before:
        client.images.remove(tag, force=True)
    for image in unfinished(client) - halves:
        client.images.remove(image, force=True)


def unfinished(client: Any) -> set[str]:
    """Layers of builds that failed."""
    filters = {"dangling": True, "label": f"{LABEL}=1"}
    return {image.id for image in client.images.list(filters=filters)}


def run(snapshot: Snapshot, image: str, code: str) -> str:
    sandbox = DockerSandbox(snapshot, image=image)
    sandbox.start()
    try:
        return sandbox.run([sandbox.python, "-c", code]).output.decode().strip()
    finally:
        sandbox.close()


def built_on(snapshot: Snapshot, base: str = IMAGE, said: list[str] | None = None) -> str:
    made = plan(snapshot, base_image=base, python="3.11")
    try:
        return build(made, (said if said is not None else []).append)
    except SandboxError as error:
        if "No matching distribution" in error.message or "Temporary failure" in error.message:
            pytest.skip("PyPI cannot be reached from a build")
        raise


PLAIN = {
    "src/ware/__init__.py": "WHO = 'image'\n",
    "pyproject.toml": """
        [build-system]
        requires = ["setuptools>=61"]
        build-backend = "setuptools.build_meta"
        [project]
        name = "ware"
        version = "3.2.1"
        dependencies = ["six"]
        [project.scripts]
        ware = "ware:main"
        """,
}
SEEN = "import six, pytest, ware, importlib.metadata as m; print(ware.WHO, m.version('ware'))"


def test_the_dependencies_are_installed_and_the_copy_is_what_is_imported(write: Write) -> None:
    said: list[str] = []
    snapshot = write(PLAIN)
    image = built_on(snapshot, said=said)
    assert len(said) == 2
    assert image == cached(plan(snapshot, base_image=IMAGE, python="3.11"))
    changed = write({"src/ware/__init__.py": "WHO = 'copy'\n"})
    assert run(changed, image, SEEN) == "copy 3.2.1"
    assert built_on(changed, said=said) == image, "only a module's text has changed"
    assert len(said) == 2
    other = write({"pyproject.toml": dedent(PLAIN["pyproject.toml"]).replace("3.2.1", "3.2.2")})
    assert built_on(other, said=said) != image
    assert len(said) == 3, "the dependencies are the same"
    said.clear()
    kind = choose("auto", other, python=PYTHON, image=None, base_image=IMAGE, say=said.append)()
    assert kind.name == "docker", "auto takes an image that is there"


def test_without_a_project_the_source_is_on_the_path(write: Write) -> None:
    snapshot = write({"lib/one.py": "", "two.py": "", "requirements.txt": "-e .\n"})
    image = built_on(snapshot)
    assert run(snapshot, image, "import one, two, pytest; print('there')") == "there"


def test_a_project_that_cannot_be_installed_is_imported_from_its_source(write: Write) -> None:
    said: list[str] = []
    snapshot = write({"setup.py": "raise SystemExit('no luck')\n", "ware/__init__.py": "WHO = 1\n"})
    image = built_on(snapshot, said=said)
    assert "imported from its source instead" in said[-1]
    assert run(snapshot, image, "import ware; print(ware.WHO)") == "1"
    assert built_on(snapshot, said=[]) == image, "it is not tried again"


SPY = """
import socket
from setuptools import setup
try:
    socket.create_connection(("pypi.org", 443), timeout=3)
    name = "reached"
except OSError:
    name = "closed"
setup(name="spy-" + name, version="1", py_modules=["spy"])
"""


def test_the_repositorys_own_code_has_no_network_while_it_is_installed(write: Write) -> None:
    snapshot = write({"setup.py": SPY, "spy.py": ""})
    image = built_on(snapshot)
    names = "import importlib.metadata as m; print([d.name for d in m.distributions()])"
    assert "spy-closed" in run(snapshot, image, names)


def test_what_the_build_makes_beside_the_code_is_there_and_hides_no_source(write: Write) -> None:
    setup = """
        from pathlib import Path
        from setuptools import setup
        Path("ware/_made.py").write_text("MADE = 1")
        Path("ware/_fast.so").write_text("x")
        Path("ware/plain.cpython-311.so").write_text("would hide plain.py")
        setup(name="ware", version="1", packages=["ware"])
        """
    snapshot = write({"setup.py": setup, "ware/__init__.py": "", "ware/plain.py": "HERE = 1\n"})
    image = built_on(snapshot)
    code = "import os, ware._made, ware.plain; print(sorted(os.listdir('ware')))"
    shown = run(snapshot, image, code)
    assert "'_fast.so', '_made.py'" in shown
    assert "plain.cpython" not in shown


def test_the_repositorys_dockerfile_comes_first_unless_a_base_is_named(write: Write) -> None:
    files = {"Dockerfile": f"FROM {IMAGE}\nCOPY mark /mark\n", "mark": secrets.token_hex(4)}
    snapshot = write({**files, "one.py": ""})
    image = build(plan(snapshot, base_image=None, python="3.11"), print)
    assert run(snapshot, image, "print(open('/mark').read())") == files["mark"]
    assert "Dockerfile" not in plan(snapshot, base_image=IMAGE, python="3.11").steps[0].what


def test_what_git_ignores_and_what_is_secret_is_no_part_of_a_build(write: Write) -> None:
    snapshot = write({"Dockerfile": "FROM x\n", ".env": "hunter2", "one.py": "", "id_rsa": "x"})
    (step,) = plan(snapshot, base_image=None, python="3.11").steps
    assert set(step.files) == {"Dockerfile", "one.py"}


def test_a_build_that_fails_says_what_and_what_to_do(write: Write) -> None:
    snapshot = write({"requirements.txt": "no-such-package-of-fixit==99\n"})
    with pytest.raises(SandboxError, match="--base-image") as caught:
        build(plan(snapshot, base_image=IMAGE, python="3.11"), print)
    assert "no-such-package-of-fixit" in caught.value.message
    with pytest.raises(SandboxError):
        build(plan(snapshot, base_image="no/such-base:1", python="3.11"), print)
    containers = ["docker", "ps", "-aq", "--filter", f"label={'fixit.env'}"]
    assert subprocess.run(containers, capture_output=True).stdout == b""


def test_the_python_of_the_default_base_is_the_users(write: Write) -> None:
    made = plan(write({"requirements.txt": ""}), base_image=None, python="3.12")
    assert made.steps[0].base == "python:3.12-slim"
