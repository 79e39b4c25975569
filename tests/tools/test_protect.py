"""What a repair may not touch, and what it must not add."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.tools.protect import is_test_file, protected, refuse
from fixit_runtime.tools.reach import reaches

ADDED = "def price(net):\n    return net * 2\n"


def verdict(path, text, original=ADDED, *, allow=False):
    return refuse({path: text}, {path: original}, allow_test_edits=allow)


@pytest.mark.parametrize(
    "path",
    [
        "test_cart.py",
        "cart_test.py",
        "shop/tests.py",
        "shop/test_cart.py",
        "tests/helpers.py",
        "tests/data/orders.json",
        "Tests/cart.py",
        "src/shop/test/support.py",
        "unit_tests/cart.py",
        "integration_test/cart.py",
        "testing/plugin.py",
        "conftest.py",
        "CartTests.py",
        "TestCart.py",
    ],
)
def test_tests_and_what_belongs_to_them_are_known(path):
    assert is_test_file(path)
    assert protected(path)


@pytest.mark.parametrize(
    "path",
    [
        "latest.py",
        "contest/solver.py",
        "testimony.py",
        "attestation/sign.py",
        "src/shop/testing/factories.py",
        "protest.py",
        "Latest.py",
        "pkg/fastest/route.py",
        "with space/größe.py",
        "data/prices.json",
    ],
)
def test_product_code_whose_name_merely_contains_test_may_be_repaired(path):
    assert not is_test_file(path)
    assert protected(path) is None


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("pytest.ini", "configures"),
        ("pyproject.toml", "configures"),
        ("sub/setup.cfg", "configures"),
        ("Makefile", "configures"),
        ("a/conftest.py", "conftest"),
        (".github/workflows/ci.yml", "continuous integration"),
        (".gitlab-ci.yml", "continuous integration"),
        ("Jenkinsfile", "continuous integration"),
        ("action.yml", "continuous integration"),
        ("sitecustomize.py", "starts"),
        ("src/usercustomize.py", "starts"),
        ("odd.pth", "starts"),
        ("shop.egg-info/entry_points.txt", "starts"),
        ("pytest.py", "test runner"),
        ("src/_pytest/runner.py", "test runner"),
        ("unittest/__init__.py", "test runner"),
        (".git/hooks/pre-commit", "version control"),
        (".GIT/config", "version control"),
        ("requirements-dev.txt", "dependencies"),
        ("uv.lock", "dependencies"),
        ("shop/fast.cpython-311-x86_64-linux-gnu.so", "built"),
        ("shop/__pycache__/cart.cpython-311.pyc", "built"),
        (".venv/lib/site.py", "installed"),
        (".fixit/runs/x", "fixit"),
        (".env", "private"),
    ],
)
def test_what_runs_the_tests_is_protected_and_the_reason_is_said(path, word):
    assert word in (protected(path) or "")


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../outside.py",
        "a/../../b.py",
        "./a.py",
        "a//b.py",
        "",
        "a/",
        "C:/x.py",
        "a\\b.py",
        "a\nb.py",
        "~/x.py",
        "a/.git./config",
        "git~1/config",
    ],
)
def test_paths_that_could_leave_the_repository_are_refused(path):
    assert "plain path" in (protected(path) or "")
    assert "plain path" in (verdict(path, ADDED, allow=True) or "")


def test_the_flag_lifts_tests_conftest_and_configuration():
    files = {"tests/test_a.py": "x = 1\n", "conftest.py": "x = 1\n", "tox.ini": "[tox]\n"}
    assert refuse(files, files, allow_test_edits=False)
    assert refuse(files, files, allow_test_edits=True) is None


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        "tests/.git/config",
        "tests/sitecustomize.py",
        "pytest.py",
        "tests/requirements.txt",
        "tests/x.so",
        "../tests/test_a.py",
    ],
)
def test_the_flag_lifts_nothing_else(path):
    assert verdict(path, "x = 1\n", "x = 2\n", allow=True)


def test_a_plain_repair_of_product_code_is_not_refused():
    assert verdict("shop/cart.py", ADDED.replace("2", "3")) is None


def test_deleting_or_emptying_a_source_file_is_refused():
    assert "deleted" in (verdict("shop/cart.py", None) or "")
    assert "emptied" in (verdict("shop/cart.py", "\n") or "")
    assert "deleted" in (verdict("tests/test_a.py", None, allow=True) or "")


@pytest.mark.parametrize(
    "path", ["random.py", "src/json.py", "types/__init__.py", "tests/random.py", "tests/pytest.py"]
)
def test_a_new_file_that_hides_a_standard_module_is_refused(path):
    assert "in place of" in (verdict(path, "x = 1\n", None, allow=True) or "")


def test_a_module_named_like_a_standard_one_inside_a_package_is_no_problem():
    assert verdict("shop/types.py", "x = 1\n", None) is None
    assert verdict("queue.py", "x = 2\n", "x = 1\n") is None
    assert verdict("code/helper.py", "x = 1\n", None) is None


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("import pytest", "imports pytest"),
        ("from _pytest import runner", "imports _pytest"),
        ("import unittest.mock as m", "imports unittest"),
        ("import atexit", "atexit"),
        ("import os as o; o._exit(0)", "_exit"),
        ("from os import _exit", "_exit"),
        ("import os; getattr(os, '_exit')(0)", "_exit"),
        ("import os; os.execv('/bin/true', ['true'])", "replaces"),
        ("import sys; x = sys.modules['pytest']", "by name"),
        ("import sys; x = 'pytest' in sys.modules", "by name"),
        ("import sys; x = '_py' + 'test' in sys.modules", "by name"),
        ("import sys; sys.modules['json'] = None", "loaded modules"),
        ("import sys; sys.settrace(None)", "trace"),
        ("import threading; threading.setprofile(None)", "profile"),
        ("import os; x = os.environ.get('PYTEST_CURRENT_TEST')", "PYTEST_CURRENT_TEST"),
        ("import os; x = f\"{os.environ['PYTEST_VERSION']}\"", "PYTEST_VERSION"),
        ("import builtins; builtins.len = lambda x: 3", "built-in"),
        ("import builtins; setattr(builtins, 'len', None)", "built-in"),
        ("x = __builtins__", "built-in"),
        ("import sys; sys.meta_path.insert(0, None)", "imported"),
        ("exec('1')", "runs text"),
        ("def pytest_runtest_makereport(item): pass", "hook"),
        ("class A:\n    def __eq__(self, other):\n        return True", "equal"),
        ("import inspect; x = inspect.stack()", "who calls"),
        ("def f(:", "does not parse"),
        ("x = 1\0", "does not parse"),
        ("x = " + "(" * 500 + "1" + ")" * 500, "does not parse"),
    ],
)
def test_product_code_that_newly_reaches_for_the_test_runner_is_refused(line, word):
    assert word in (verdict("shop/cart.py", f"{ADDED}{line}\n") or "")
    assert word in (verdict("shop/new.py", f"{line}\n", None) or "")


@pytest.mark.parametrize("line", ["import pytest", "import atexit", "import os; os._exit(3)"])
def test_what_was_there_before_is_not_held_against_a_repair(line):
    before = f"{line}\n{ADDED}"
    assert verdict("shop/cart.py", before.replace("2", "3"), before) is None
    assert verdict("shop/cart.py", f"{before}{line}\n", before)


@pytest.mark.parametrize(
    "text",
    [
        '"""Run under pytest with PYTEST_CURRENT_TEST set."""\n',
        "# import pytest\n",
        "import builtins\nx = builtins.open\n",
        "names = ['pytest is a runner', 'exec']\n",
        "class A:\n    def __eq__(self, other):\n        return self is other\n",
        "import sys\nname = sys.modules[__name__]\n",
        "import inspect\nx = inspect.signature(print)\n",
    ],
)
def test_words_in_comments_docstrings_and_plain_uses_are_no_reach(text):
    assert not reaches(text)


def test_a_byte_order_mark_is_no_syntax_error():
    before = "\ufeff" + ADDED
    assert verdict("shop/cart.py", before.replace("2", "3"), before) is None
    assert "pytest" in (verdict("shop/cart.py", f"{before}import pytest\n", before) or "")


def test_a_long_sum_of_strings_is_read_all_the_same():
    assert not reaches("x = " + " + ".join(["'a'"] * 800) + "\n")


def test_a_file_for_another_python_is_read_by_its_words():
    before = "print 'hello'\n"
    assert verdict("old.py", "print 'bye'\n", before) is None
    assert "pytest" in (verdict("old.py", f"{before}import pytest\n", before) or "")


def test_tests_may_use_the_runner_where_test_edits_are_allowed():
    assert verdict("tests/test_a.py", "import pytest\n", "x = 1\n", allow=True) is None


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4))
def test_any_path_gets_an_answer_and_none_of_the_free_ones_leaves_the_tree(parts):
    path = "/".join(parts)
    if protected(path) is None:
        assert not path.startswith("/")
        assert ".." not in path.split("/")
        assert path.isprintable()
