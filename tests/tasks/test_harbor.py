"""Harbor task folders and plain repositories become tasks, or say what they lack."""

from pathlib import Path

import pytest

from fixit_runtime.agent.errors import UsageError
from fixit_runtime.tasks.harbor import read_task
from fixit_runtime.tasks.repo import task_of

TOML = """\
schema_version = "1.4"
[task]
name = "someone/broken-kite"
description = "The kite does not fly"
keywords = ["wind"]
[metadata]
failing = ["tests/test_kite.py::test_it_flies"]
test_command = "python -m pytest -x"
fault = "off-by-one"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole task folder without a reference fix."""
    for part in ("environment/repo", "tests"):
        (tmp_path / part).mkdir(parents=True)
    (tmp_path / "instruction.md").write_text("Größer!\n", "utf-8")
    (tmp_path / "task.toml").write_text(TOML, "utf-8")
    (tmp_path / "tests/test.sh").write_text("exit 0\n", "utf-8")
    return tmp_path


def test_a_folder_is_read(folder: Path) -> None:
    task = read_task(folder)

    assert task.name == "broken-kite"
    assert task.root == folder / "environment" / "repo"
    assert task.failing == ("tests/test_kite.py::test_it_flies",)
    assert task.instruction == "Größer!\n"
    assert task.test_command == "python -m pytest -x"
    assert task.solution is None
    assert task.metadata.title == "The kite does not fly"
    assert task.metadata.fault == "off-by-one"
    assert task.metadata.keywords == ("wind",)
    assert task.metadata.reach == ""


def test_a_reference_fix_keeps_its_line_ends(folder: Path) -> None:
    (folder / "solution").mkdir()
    (folder / "solution/fix.patch").write_bytes(b"--- a/k\n+++ b/k\n@@ -1 +1 @@\n-a\r\n+b\r\n")

    solution = read_task(folder).solution

    assert solution is not None
    assert solution.endswith("-a\r\n+b\r\n")


def test_all_missing_parts_are_named_at_once(folder: Path) -> None:
    (folder / "instruction.md").unlink()
    (folder / "tests/test.sh").unlink()

    with pytest.raises(UsageError, match=r"lacks instruction\.md, tests/test\.sh") as caught:
        read_task(folder)

    assert caught.value.hint


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere is not a task folder"):
        read_task(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("failing = [", "failed = [", r"task\.toml: metadata\.failing is missing"),
        ('["tests/test_kite.py::test_it_flies"]', "[]", r"metadata\.failing is \[\]"),
        ('["tests/test_kite.py::test_it_flies"]', "3", r"metadata\.failing is 3"),
        ('"someone/broken-kite"', '""', r"task\.name is ''"),
        ('fault = "off-by-one"', "fault = 1", r"metadata\.fault is 1"),
        ('schema_version = "1.4"', 'schema_version = "2.0"', "schema_version is '2.0'"),
        ('schema_version = "1.4"', "", "schema_version is missing"),
        ("[task]", "[task", "is not TOML"),
        ("[task]", "task = 1\n[x]", "task is 1"),
    ],
)
def test_a_wrong_value_is_named_with_its_file(
    folder: Path, old: str, new: str, message: str
) -> None:
    assert old in TOML
    (folder / "task.toml").write_text(TOML.replace(old, new), "utf-8")

    with pytest.raises(UsageError, match=message):
        read_task(folder)


def test_a_file_that_is_not_utf8(folder: Path) -> None:
    (folder / "instruction.md").write_bytes(b"gr\xf6\xdfer\n")

    with pytest.raises(UsageError, match=r"instruction\.md cannot be read"):
        read_task(folder)


def test_any_repository_is_a_task(tmp_path: Path) -> None:
    task = task_of(tmp_path, ["t.py::a", "t.py::b", "t.py::a"], test_command="pytest -q")

    assert task.name == tmp_path.name
    assert task.root == tmp_path
    assert task.failing == ("t.py::a", "t.py::b")
    assert task.test_command == "pytest -q"
    assert task_of(tmp_path).failing == ()


def test_a_repository_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a folder"):
        task_of(tmp_path / "nowhere")


def test_a_failing_test_must_have_a_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="empty name"):
        task_of(tmp_path, ["t.py::a", " "])
