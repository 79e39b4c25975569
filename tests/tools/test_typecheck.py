"""The repository's own type checker: where it is configured, and what a change adds."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from fixit_runtime.agent.seams import Completed
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.memory import Command, MemorySandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tools.typecheck import TypeChecker, TypeErrors, configured, type_checker


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"pyproject.toml": "[tool.mypy]\nstrict = true\n"}, "mypy"),
        ({"mypy.ini": "[mypy]\n"}, "mypy"),
        ({"setup.cfg": "[mypy]\nstrict = true\n"}, "mypy"),
        ({"pyproject.toml": "[tool.pyright]\n"}, "pyright"),
        ({"pyrightconfig.json": "{}"}, "pyright"),
        ({"pyproject.toml": "[tool.ruff]\n", "setup.cfg": "[flake8]\n"}, ""),
        ({"pyproject.toml": "not = [toml", "setup.cfg": "not ini"}, ""),
        ({}, ""),
    ],
)
def test_a_checker_is_used_where_the_repository_has_settings_for_it(
    files: dict[str, str], name: str
) -> None:
    assert configured(files.get) == name


def test_a_checker_that_is_configured_and_not_installed_is_not_used() -> None:
    def lacks(command: Command) -> Completed:
        return Completed(1, b"", 0.1, 0.1)

    sandbox = MemorySandbox(answer=lacks)
    sandbox.start()

    assert type_checker({"mypy.ini": "[mypy]"}.get, sandbox) is None


def test_an_error_that_only_moved_is_not_blamed_on_the_change() -> None:
    old, new = ("a.py", "bad"), ("a.py", "worse")
    before, after = TypeErrors(Counter([old, old])), TypeErrors(Counter([old, old, new]))

    assert after.added_to(before) == ["a.py: worse"]
    assert before.added_to(after) == []


def test_a_checker_that_breaks_down_says_so_instead_of_finding_nothing() -> None:
    sandbox = MemorySandbox(answer=lambda command: Completed(2, b"mypy: no such option\n", 1, 1))
    sandbox.start()

    errors = TypeChecker("mypy").check(sandbox, ["a.py"])

    assert errors.why_not == "mypy could not check: mypy: no such option"


def test_what_pyright_prints_is_read() -> None:
    told = (
        b'{"generalDiagnostics": [{"file": "/r/a.py", "severity": "error", "message": "no\\n x"},'
        b' {"file": "/r/a.py", "severity": "warning", "message": "hm"}]}'
    )
    sandbox = MemorySandbox(answer=lambda command: Completed(1, told, 1, 1))
    sandbox.start()

    assert TypeChecker("pyright").check(sandbox, ["a.py"]).found == {("/r/a.py", "no x"): 1}


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap not installed")
def test_mypy_finds_what_a_change_breaks(tmp_path: Path) -> None:
    (tmp_path / "mypy.ini").write_text("[mypy]\nfollow_imports = skip\n")
    good = "def half(n: int) -> float:\n    return n / 2\n"
    (tmp_path / "m.py").write_text(good)
    sandbox = LocalSandbox(Snapshot.of(tmp_path), python=Path(sys.executable))
    sandbox.start()
    try:
        checker = type_checker({"mypy.ini": "[mypy]"}.get, sandbox)
        assert checker == TypeChecker("mypy")
        before = checker.check(sandbox, ["m.py"])
        sandbox.put({"m.py": b"# moved\n" + good.replace("n / 2", "str(n)").encode()})
        after = checker.check(sandbox, ["m.py"])
    finally:
        sandbox.close()

    assert before.found == Counter()
    (added,) = after.added_to(before)
    assert "Incompatible return value type" in added
