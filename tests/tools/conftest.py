"""Small repositories in a real sandbox, for tests that run other people's tests."""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tools.pytest_run import PytestCommand

Open = Callable[[Mapping[str, str]], LocalSandbox]


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Open]:
    """Writes these files and opens a started sandbox on them."""
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    opened: list[LocalSandbox] = []

    def open_on(files: Mapping[str, str]) -> LocalSandbox:
        root = tmp_path / "repo"
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(dedent(text), "utf-8")
        sandbox = LocalSandbox(Snapshot.of(root), python=Path(sys.executable))
        sandbox.start()
        opened.append(sandbox)
        return sandbox

    yield open_on
    for sandbox in opened:
        sandbox.close()


@pytest.fixture
def bare_pytest() -> PytestCommand:
    """pytest without the plugins that happen to be installed beside fixit: they cost time."""
    return PytestCommand(env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
