"""Images that are made for a repository: from its Dockerfile, or from what it declares."""

from __future__ import annotations

import contextlib
import secrets
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
from fixit_runtime.sandboxes.images import build, cached
from fixit_runtime.sandboxes.recipe import Wanted, plan
from fixit_runtime.sandboxes.snapshot import Snapshot

from .conftest import IMAGE

pytestmark = pytest.mark.docker
PYTHON = Path(sys.executable)
Make = Callable[..., "Made"]


class Made:
    """A repository, what fixit makes an image of it from, and what it said meanwhile."""

    def __init__(self, root: Path, base: str | None) -> None:
        self.root, self.base, self.said = root, base, list[str]()
        self.wanted: list[Wanted] = []

    def write(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(dedent(text))

    def image(self) -> str:
        """Built now, from the files as they are."""
        self.wanted.append(Wanted(Snapshot.of(self.root), self.base, "3.11"))
        try:
            return build(self.wanted[-1], self.said.append)
        except SandboxError as error:
            if "Temporary failure" in error.message:
                pytest.skip("PyPI cannot be reached from a build")
            raise

    def run(self, image: str, code: str) -> str:
        sandbox = DockerSandbox(Snapshot.of(self.root), image=image)
        sandbox.start()
        try:
            return sandbox.run([sandbox.python, "-c", code]).output.decode().strip()
        finally:
            sandbox.close()


@pytest.fixture
def repository(tmp_path: Path, docker_missing: str) -> Iterator[Make]:
    """Writes a repository; the images made for it, which no other test has, are removed."""
    if docker_missing:
        pytest.skip(docker_missing)
    all_made: list[Made] = []

    def new(files: dict[str, str], base: str | None = IMAGE) -> Made:
        made = Made(tmp_path / "repo", base)
        made.write({"requirements.txt": f"# {secrets.token_hex(8)}\n", **files})
        all_made.append(made)
        return made

    yield new
    client: Any = docker.from_env()
    base_id = client.images.get(IMAGE).id
    for wanted in (wanted for made in all_made for wanted in made.wanted):
        recipe = plan(wanted, base_id if wanted.base else "")
        for tag in (*recipe.tags, *(step.tag for step in reversed(recipe.steps))):
            with contextlib.suppress(docker.errors.ImageNotFound):
                client.images.remove(tag)
    client.close()


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
        """,
}
SEEN = "import six, pytest, ware, importlib.metadata as m; print(ware.WHO, m.version('ware'))"


def test_the_dependencies_are_installed_once_and_the_copy_is_what_is_imported(
    repository: Make,
) -> None:
    made = repository(PLAIN)
    image = made.image()
    assert len(made.said) == 2
    made.write({"src/ware/__init__.py": "WHO = 'copy'\n"})
    assert made.run(image, SEEN) == "copy 3.2.1"
    assert made.image() == image, "only a module's text has changed"
    assert len(made.said) == 2
    made.write({"pyproject.toml": dedent(PLAIN["pyproject.toml"]).replace("3.2.1", "3.2.2")})
    assert cached(Wanted(Snapshot.of(made.root), IMAGE, "3.11")) is None
    assert made.image() != image
    assert len(made.said) == 3, "the dependencies are the same"


def test_auto_takes_an_image_that_was_built_before_and_builds_none(repository: Make) -> None:
    made, said = repository({"one.py": ""}), list[str]()
    for kind in ("local", "docker"):
        new = choose(
            "auto",
            Snapshot.of(made.root),
            python=PYTHON,
            image=None,
            base_image=IMAGE,
            say=said.append,
        )
        assert new().name == kind
        made.image()
    assert "--sandbox docker builds one" in said[0]


SETUP = "from setuptools import setup\nsetup(name='ware', version='1', packages=['ware'])\n"


def test_what_cannot_be_installed_is_imported_from_its_folders_until_it_can(
    repository: Make,
) -> None:
    made = repository(
        {
            "setup.py": "raise OSError('no luck')\n",
            "ware/__init__.py": "",
            "lib/one.py": "",
            "two.py": "",
        }
    )
    image = made.image()
    assert made.said[-1] == (
        "it cannot be installed (OSError: no luck):"
        " the repository's folders on the import path instead"
    )
    assert made.run(image, "import one, two, ware, pytest; print('there')") == "there"
    assert made.image() == image
    assert len(made.said) == 3, "it is not tried again"
    made.write({"setup.py": SETUP})
    assert made.image() != image, "until it has changed"


HOSTILE = """
import os, socket
from pathlib import Path
from setuptools import setup
try:
    socket.create_connection(("pypi.org", 443), timeout=3)
    name = "reached"
except OSError:
    name = "closed"
Path("ware/_made.py").write_text("MADE = 1")
Path("ware/_fast.so").write_text("x")
Path("ware/plain.cpython-311.so").write_text("would hide plain.py")
setup(name=f"{name}-as-{os.getuid()}", version="1", packages=["ware"])
"""
INSIDE = """
import importlib.metadata, os, ware._made, ware.plain
print({d.name for d in importlib.metadata.distributions() if "-as-" in d.name})
print(sorted(os.listdir("ware")))
"""


def test_the_repositorys_code_builds_beside_itself_without_network_and_rights(
    repository: Make,
) -> None:
    made = repository({"setup.py": HOSTILE, "ware/__init__.py": "", "ware/plain.py": "HERE = 1\n"})
    installed, names = made.run(made.image(), INSIDE).splitlines()
    assert installed == "{'closed-as-1000'}"
    assert "'_fast.so', '_made.py'" in names
    assert "plain.cpython" not in names


DOCKERFILE = f"""
FROM {IMAGE}
COPY . /app
RUN cp -r /app/ware $(python -c "import sysconfig; print(sysconfig.get_path('purelib'))")
RUN mkdir -m 777 /data
VOLUME /data /work
USER 1000
ENTRYPOINT ["false"]
"""


def test_the_repositorys_dockerfile_comes_first_and_what_it_installed_hides_nothing(
    repository: Make,
) -> None:
    files = {"Dockerfile": DOCKERFILE, "setup.py": SETUP, "ware/__init__.py": "WHO = 'image'\n"}
    made = repository({**files, ".env": "hunter2"}, base=None)
    image = made.image()
    made.write({"ware/__init__.py": "WHO = 'copy'\n"})
    code = "import os, ware; print(ware.WHO, sorted(os.listdir('/app')))"
    found = made.run(image, code)
    assert found == "copy ['Dockerfile', 'requirements.txt', 'setup.py', 'ware']"
    write = "open('/data/x', 'wb').write(bytes(200_000_000))"
    assert "No space left" in made.run(image, write)


def test_a_build_that_fails_says_what_and_what_to_do(repository: Make) -> None:
    made = repository({"requirements.txt": "no-such-package-of-fixit==99\n"})
    with pytest.raises(SandboxError, match="no-such-package-of-fixit==99") as caught:
        made.image()
    assert "--base-image" in caught.value.hint
    assert "FIXIT_CA_BUNDLE" in caught.value.hint
    made.base = "no/such-base:1"
    with pytest.raises(SandboxError, match="no/such-base:1"):
        build(Wanted(Snapshot.of(made.root), "no/such-base:1", "3.11"), print)
