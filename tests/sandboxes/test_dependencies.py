"""What a repository declares that its tests need, in each of the ways that are in use."""

from __future__ import annotations

from textwrap import dedent

import pytest

from fixit_runtime.sandboxes.dependencies import Declared, declared


def of(**files: str) -> Declared:
    texts = {
        name.replace("__", "/").replace("_dot_", "."): dedent(text) for name, text in files.items()
    }
    return declared(texts, texts.get)


PYPROJECT = """
    [build-system]
    requires = ["hatchling>=1.18", "hatch-vcs"]
    [project]
    dependencies = ["a>=1", "b[x]~=2.0; python_version < '4'"]
    [project.optional-dependencies]
    test = ["c"]
    docs = ["sphinx"]
    dev = ["black"]
    [dependency-groups]
    test = ["d", {include-group = "more"}]
    more = ["e", {include-group = "test"}]
    """


def test_a_project_its_test_extra_and_its_groups() -> None:
    found = of(pyproject_dot_toml=PYPROJECT)
    assert set(found.requirements) == {"a>=1", "b[x]~=2.0; python_version < '4'", "c", "d", "e"}
    assert found.build == ("hatchling>=1.18", "hatch-vcs", "editables")
    assert found.installable


def test_without_a_test_extra_that_of_developers_counts() -> None:
    found = of(pyproject_dot_toml=PYPROJECT.replace("test =", "other ="))
    assert "black" in found.requirements
    assert "c" not in found.requirements


def test_poetry_in_its_own_words() -> None:
    found = of(
        pyproject_dot_toml="""
        [build-system]
        requires = ["poetry-core"]
        [tool.poetry.dependencies]
        python = "^3.9"
        a = "^1.2"
        b = "1.5"
        c = {version = "~2.0", extras = ["x"]}
        d = {git = "https://example.org/d"}
        e = {version = "*", optional = true}
        f = "*"
        g = ">=1,<2"
        [tool.poetry.group.dev.dependencies]
        pytest-mock = "*"
        """
    )
    assert set(found.requirements) == {
        "a>=1.2,<2", "b==1.5", "c[x]>=2.0,<2.1", "f", "g>=1,<2", "pytest-mock",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("theirs", "pips"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("^1.2b1", ">=1.2b1,<2"),
        ("~=1.2", "~=1.2"),
        ("1.*", "==1.*"),
        (">=1.0,!=1.2", ">=1.0,!=1.2"),
        ("^1 || ^2", ""),
    ],
)
def test_what_poetry_writes_in_front_of_a_version(theirs: str, pips: str) -> None:
    found = of(pyproject_dot_toml=f'[tool.poetry.dependencies]\na = "{theirs}"\n')
    assert found.requirements == (f"a{pips}",)


def test_an_extra_of_the_project_itself_is_what_it_says_and_never_the_project() -> None:
    found = of(
        pyproject_dot_toml="""
        [project]
        name = "My.Ware"
        dependencies = ["a"]
        [project.optional-dependencies]
        fast = ["b", "my-ware[fast]"]
        test = ["c", "my_ware[fast, more]", "my-ware"]
        more = ["d"]
        [dependency-groups]
        dev = ["my-ware[test]"]
        """
    )
    assert set(found.requirements) == {"a", "b", "c", "d"}


def test_files_that_setuptools_takes_dependencies_from() -> None:
    found = of(
        pyproject_dot_toml="""
        [tool.setuptools.dynamic]
        dependencies = {file = ["needs.in"]}
        optional-dependencies.test = {file = ["needs-test.in"]}
        optional-dependencies.docs = {file = ["needs-docs.in"]}
        """,
        **{"needs.in": "a\n", "needs-test.in": "b\n", "needs-docs.in": "c\n"},
    )
    assert found.files == ("needs.in", "needs-test.in")
    assert found.texts["needs-test.in"] == "b\n"


def test_setup_cfg_and_the_literal_part_of_setup_py() -> None:
    found = of(
        setup_dot_cfg="""
        [metadata]
        name = x
        [options]
        install_requires =
            a>=1
            b
        [options.extras_require]
        testing = c
        doc = sphinx
        """,
        setup_dot_py="""
        import os
        from setuptools import setup
        os.abort()
        setup(install_requires=["d"], tests_require=computed(),
              extras_require=dict(test=["e"], docs=["f"]),
              setup_requires=["cffi"], python_requires=">=3.8")
        """,
    )
    assert set(found.requirements) == {"a>=1", "b", "c", "d", "e"}
    assert found.build == ("setuptools", "cffi", "wheel")
    assert (found.name, found.python) == ("x", ">=3.8")


def test_requirements_files_for_tests_and_what_they_include_without_the_repository_itself() -> None:
    found = of(
        requirements_dot_txt=(
            "a\n-e .\n./inner\n.[test]\n--editable=file:///x\nb==1 \\\n  --hash=x\n"
        ),
        requirements__dev_dot_txt="-r ../requirements.txt\n-c pins/all.txt\nc\n",
        requirements__pins__all_dot_txt="a==1\n",
        requirements__docs_dot_txt="sphinx\n",
    )
    assert found.files == ("requirements.txt", "requirements/dev.txt")
    assert found.texts["requirements.txt"].split() == ["a", "b==1", "\\", "--hash=x"]
    assert found.texts["requirements/pins/all.txt"] == "a==1\n"
    assert not found.installable
    tests = of(requirements__dev_dot_txt="c\n", requirements__test_dot_txt="d\n-r test.txt\n")
    assert tests.files == ("requirements/test.txt",)


def test_pipfile_and_tox() -> None:
    found = of(
        Pipfile='[packages]\na = "*"\nb = "==1.0"\n[dev-packages]\nc = {version = ">=2"}\n',
        tox_dot_ini="[testenv]\ndeps =\n    d>=1\n    py38: old\n    -r x.txt\n    e{env:V}\n",
    )
    assert set(found.requirements) == {"a", "b==1.0", "c>=2", "d>=1"}


LOCKS = {
    "uv.lock": """
        [[package]]
        name = "A_b"
        version = "1.0"
        source = { registry = "https://pypi.org/simple" }
        [[package]]
        name = "own"
        version = "0.1"
        source = { editable = "." }
        [[package]]
        name = "twice"
        version = "1"
        [[package]]
        name = "twice"
        version = "2"
        """,
    "poetry.lock": """
        [[package]]
        name = "A.b"
        version = "1.0"
        [[package]]
        name = "from-git"
        version = "1.0"
        [package.source]
        type = "git"
        """,
    "pylock.toml": '[[packages]]\nname = "a-b"\nversion = "1.0"\n',
    "Pipfile.lock": '{"default": {"a-b": {"version": "==1.0"}, "c": {"git": "x"}}}',
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_says_which_version(name: str) -> None:
    texts = {name: dedent(LOCKS[name])}
    alone = declared(texts, texts.get)
    assert alone.constraints == alone.requirements == ("a-b==1.0",)
    texts["requirements.txt"] = "b\n"
    beside = declared(texts, texts.get)
    assert (beside.constraints, beside.requirements) == (("a-b==1.0",), ())


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.py", "setup.cfg", "tox.ini", *LOCKS])
@pytest.mark.parametrize("text", ["", "[", "\0", "[[package]]\nname = 3\n", "[project]\nx = 1\n"])
def test_a_file_that_makes_no_sense_declares_nothing(name: str, text: str) -> None:
    found = declared([name], {name: text}.get)
    assert (found.requirements, found.constraints) == ((), ())
