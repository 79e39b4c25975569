"""How a repository's tests are run is found out, or said by the user."""

from pathlib import Path

import pytest

from fixit_runtime.agent.errors import TestsUncollectable, UsageError
from fixit_runtime.tools.command_run import ShellCommand
from fixit_runtime.tools.detect import detect
from fixit_runtime.tools.pytest_run import PytestCommand


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"pytest.ini": ""}, "pytest.ini"),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, "pyproject.toml"),
        ({"tox.ini": "[tox]\n[pytest]\n"}, "tox.ini"),
        ({"setup.cfg": "[metadata]\nname = %(x)s\n[tool:pytest]\n"}, "setup.cfg"),
        ({"conftest.py": ""}, "conftest.py"),
        ({"tests/conftest.py": ""}, "tests/conftest.py"),
        ({"src/a.py": "", "tests/deep/er/test_a.py": ""}, "tests/deep/er/test_a.py"),
        ({"pkg/a_test.py": ""}, "pkg/a_test.py"),
        ({"pyproject.toml": "[tool.pytest", "test_a.py": ""}, "test_a.py"),
    ],
)
def test_pytest_is_found_by_its_configuration_or_by_test_files(tmp_path: Path, files, why):
    found = detect(write(tmp_path, files))
    assert isinstance(found.command, PytestCommand)
    assert found.command.args == ()
    assert why in found.why
    assert found.named == ()


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ({"main.py": ""}, "--test"),
        (
            {"tox.ini": "[tox]\n", "setup.cfg": "[metadata]\n", "pyproject.toml": "[tool.x]"},
            "--test",
        ),
        ({".venv/lib/test_a.py": "", "node_modules/test_b.py": ""}, "--test"),
        ({"package.json": "{}"}, "npm test"),
        ({"Makefile": "test:\n"}, "make test"),
        ({"latest.py": "", "contest/solver.py": ""}, "--test"),
    ],
)
def test_where_nothing_is_found_the_error_says_what_to_do(tmp_path: Path, files, hint):
    with pytest.raises(TestsUncollectable) as caught:
        detect(write(tmp_path, files))
    assert str(tmp_path) in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("test", "args", "env"),
    [
        ("pytest", (), {}),
        ("pytest -k 'a and b' tests/unit", ("-k", "a and b", "tests/unit"), {}),
        ("pytest -k 'a|b;c'", ("-k", "a|b;c"), {}),
        ("python -m pytest -q", ("-q",), {}),
        ("python3.11 -m pytest", (), {}),
        ("/usr/bin/python3 -m pytest -x", ("-x",), {}),
        ("./.venv/bin/pytest -x", ("-x",), {}),
        ("MODE=ci X='1 2' pytest", (), {"MODE": "ci", "X": "1 2"}),
        ("poetry run pytest -x", ("-x",), {}),
        ("uv run --frozen python -m pytest -x", ("-x",), {}),
    ],
)
def test_a_given_pytest_command_stays_pytest(tmp_path: Path, test, args, env):
    command = detect(tmp_path, test=test).command
    assert isinstance(command, PytestCommand)
    assert command.args == args
    assert command.env == env
    assert command.text == test


@pytest.mark.parametrize(
    "test",
    [
        "make test", "tox -e py", "cd sub && pytest", "pytest | tee log", "pytest; true",
        "pytest $OPTIONS", 'pytest -k "$(names)"', "python -m unittest", "python run_pytest.py",
        "coverage run -m pytest", "python -X dev -m pytest", "pytest-watch", "(pytest)",
    ],
)  # fmt: skip
def test_any_other_command_is_for_the_shell(tmp_path: Path, test):
    command = detect(tmp_path, test=test).command
    assert isinstance(command, ShellCommand)
    assert command.text == test
    assert command.junit == ""


@pytest.mark.parametrize("test", ["", "  ", "pytest 'open"])
def test_a_command_that_cannot_be_read_is_a_usage_error(tmp_path: Path, test):
    with pytest.raises(UsageError, match="--test"):
        detect(tmp_path, test=test)


def test_a_junit_file_names_the_failing_tests_of_a_pytest_command(tmp_path: Path):
    case = '<testcase classname="tests.test_a" name="test_x"><failure/></testcase>'
    write(tmp_path, {"tests/test_a.py": "", "ci.xml": f"<testsuite>{case}</testsuite>"})
    for test in (None, "pytest -q"):
        found = detect(tmp_path, test=test, junit=tmp_path / "ci.xml")
        assert found.named == ("tests/test_a.py::test_x",)


@pytest.mark.parametrize("absolute", [True, False])
def test_a_junit_file_of_another_command_is_what_it_writes(tmp_path: Path, absolute):
    path = tmp_path / "out" / "junit.xml" if absolute else Path("out/junit.xml")
    found = detect(tmp_path, test="make test", junit=path)
    assert isinstance(found.command, ShellCommand)
    assert found.command.junit == "out/junit.xml"
    assert found.named == ()


@pytest.mark.parametrize("path", ["../junit.xml", "/tmp/junit.xml", "."])
def test_a_command_cannot_write_its_junit_file_outside_the_repository(tmp_path: Path, path):
    with pytest.raises(UsageError, match="--junit"):
        detect(tmp_path, test="make test", junit=Path(path))


def test_a_missing_folder_or_a_file_is_a_usage_error(tmp_path: Path):
    (tmp_path / "test_a.py").write_text("")
    with pytest.raises(UsageError, match="no folder"):
        detect(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="is a file") as caught:
        detect(tmp_path / "test_a.py")
    assert "--failing" in caught.value.hint
