"""Bugs are put into a real repository, and judged by its own tests in a real sandbox."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import EnvironmentFailed, UsageError
from fixit_runtime.agent.making import INDEX, Made, Order, inject
from fixit_runtime.agent.seams import Sandbox, TestCommand
from fixit_runtime.sandboxes.choose import make_local
from fixit_runtime.sandboxes.interpreter import find_python
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tasks.harbor import read_task
from fixit_runtime.tasks.task import Task
from fixit_runtime.tasks.unified import patched
from fixit_runtime.tasks.validate import validate
from fixit_runtime.tools.detect import detect

TEST = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 PYTHONPATH=src python -m pytest"
TILL = '''"""What the till knows."""

PRICES = {
    "roll": 40,  # cents
    "loaf": 350,
}


def price(name, count=1, discount=0):
    name = name.strip().lower()
    # nobody buys nothing
    if count < 1:
        return 0
    if name not in PRICES:
        raise KeyError(name)
    total = PRICES[name] * count
    if discount and count > 11:
        total -= total * discount // 100
    return total


def receipt(orders, sep=", "):
    lines = []
    for name, count in orders:
        if not count:
            continue
        lines.append(f"{count} x {name.title()}")
    return sep.join(lines)


def never_tested(a, b):
    return a + b
'''
TESTS = """import pytest
from till import price, receipt

def test_one_roll(): assert price("roll") == 40
def test_names_are_cleaned(): assert price(" Roll ") == 40
def test_many_loaves(): assert price("loaf", 3) == 1050
def test_nothing_costs_nothing(): assert price("cake", 0) == 0
def test_a_dozen_is_cheaper(): assert price("roll", 12, discount=10) == 432
def test_eleven_are_not(): assert price("roll", 11, discount=10) == 440
def test_no_cake():
    with pytest.raises(KeyError): price("cake")
def test_receipt(): assert receipt([("roll", 2), ("loaf", 0)]) == "2 x Roll"
def test_long_receipt(): assert receipt([("roll", 2), ("loaf", 1)]) == "2 x Roll, 1 x Loaf"
def test_a_wish(): assert price("wish") == 0
"""
pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap not installed")


def order(repo: Path, out: Path, count: int, test: str = TEST) -> Order:
    return Order(repo, out, count, seed=3, test=test, sandbox="local", name="till")


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a test that fails already."""
    root = tmp_path_factory.mktemp("repo") / "till"
    (root / "src").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "src/till.py").write_text(TILL)
    (root / "tests/test_till.py").write_text(TESTS)
    return root


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def made(till: Path, tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Made:
    return inject(order(till, tmp_path_factory.mktemp("out") / "tasks", 4), said.append)


@pytest.fixture(scope="module")
def tasks(made: Made) -> list[Task]:
    return [read_task(folder) for folder in made.folders]


def test_every_task_fails_before_its_fix_and_passes_after_it(tasks: Sequence[Task]) -> None:
    def fresh(root: Path) -> Sandbox:
        return make_local(Snapshot.of(root), find_python(root, None, {}))()

    def command(task: Task) -> TestCommand:
        return detect(task.root, test=task.test_command).command

    assert [validate(task, fresh, command).problems for task in tasks[:2]] == [(), ()]
    assert len(tasks) == 4


def test_the_fix_gives_back_the_healthy_file_and_the_bug_keeps_the_rest(
    tasks: Sequence[Task],
) -> None:
    for task in tasks:
        broken = (task.root / "src/till.py").read_text()
        assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(TILL))
        assert "return a + b" in broken, "no test runs it"
        assert patched(task.solution or "", lambda path, r=task.root: (r / path).read_bytes()) == {
            "src/till.py": TILL.encode()
        }
        assert (task.root / "tests/test_till.py").read_text() == TESTS
        subprocess.run(["git", "apply", "--check", "../../solution/fix.patch"],
                       cwd=task.root, check=True)  # fmt: skip


def test_a_task_says_what_its_bug_is_and_tells_the_solver_nothing_of_it(
    tasks: Sequence[Task], made: Made
) -> None:
    rows = [json.loads(row) for row in (made.folders[0].parent / INDEX).read_text().splitlines()]

    for task, row in zip(tasks, rows, strict=True):
        assert task.metadata.keywords[0] == row["package"] == "till"
        assert task.metadata.keywords[1] == row["shape"] in ("one edit", "two edits", "repeated")
        assert task.metadata.fault == " + ".join(row["kinds"])
        assert task.metadata.layout == "src"
        assert task.metadata.fault not in task.instruction
        assert 0 < len(task.failing) <= 4


def test_what_failed_before_is_left_out_and_said(tasks: Sequence[Task], said: list[str]) -> None:
    wish = "tests/test_till.py::test_a_wish"

    assert any("do not pass every time" in text and wish in text for text in said)
    assert all(f"--deselect {wish}" in (task.test_command or "") for task in tasks)
    assert all(wish not in task.failing for task in tasks)


def test_the_same_seed_makes_the_same_bugs(
    till: Path, tmp_path: Path, tasks: Sequence[Task]
) -> None:
    again = inject(order(till, tmp_path / "out", 2), lambda text: None)

    assert [read_task(folder).solution for folder in again.folders] == [
        task.solution for task in tasks[:2]
    ]


def test_the_repository_itself_is_left_alone(till: Path, made: Made) -> None:
    assert (till / "src/till.py").read_text() == TILL
    assert sorted(p.name for p in till.rglob("*") if p.is_file()) == ["test_till.py", "till.py"]


def test_a_second_set_is_not_mixed_with_the_first(till: Path, made: Made) -> None:
    with pytest.raises(UsageError, match="holds tasks made of till already"):
        inject(order(till, made.folders[0].parent, 1), lambda text: None)


def test_tasks_are_not_written_into_the_repository(till: Path) -> None:
    with pytest.raises(UsageError, match="lies in the repository"):
        inject(order(till, till / "tasks", 1), lambda text: None)


def test_a_command_that_is_not_pytest_cannot_judge_bugs(till: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`make test` is not pytest"):
        inject(order(till, tmp_path / "out", 1, "make test"), lambda text: None)


def test_a_suite_that_mostly_fails_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "sick"
    root.mkdir()
    (root / "test_it.py").write_text("def test_a(): assert 0\n\ndef test_b(): pass\n")
    with pytest.raises(EnvironmentFailed, match="1 tests fail or change their outcome"):
        inject(order(root, tmp_path / "out", 1), lambda text: None)
    assert not (tmp_path / "out").exists()
