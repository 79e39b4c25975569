"""What a repair may not touch: tests, what configures and runs them, and what starts Python.

A patch that turns a test green by changing the test, its configuration, or the runner under it
is not a fix. Paths are relative to the repository, with forward slashes; letters' case does not
matter, since it does not on some users' disks.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from fixit_runtime.tools.reach import mentions, reaches

IMPORT_ROOTS = ("", "src", "lib", "python")
_RUNNER = frozenset({"pytest", "_pytest", "pluggy", "iniconfig", "unittest"})


class _Kind(StrEnum):
    TEST = "is a test or belongs to the tests"
    CONFTEST = "is pytest's own set-up (conftest.py)"
    TEST_CONFIGURATION = "configures how the tests are run"
    PATH = "is not a plain path inside the repository"
    VERSION_CONTROL = "belongs to version control"
    CI = "belongs to continuous integration"
    START_UP = "is run when Python or its test runner starts"
    SHADOW = "would be imported in place of the test runner"
    DEPENDENCIES = "decides which dependencies are installed"
    PACKAGING = "decides how the package is built and installed"
    ARTEFACT = "is a built file, not source"
    INSTALLED = "belongs to installed packages"
    PRIVATE = "belongs to fixit or holds private settings"


_LIFTED_BY_FLAG = frozenset({_Kind.TEST, _Kind.CONFTEST, _Kind.TEST_CONFIGURATION})

_FOLDERS: dict[str, _Kind] = {
    **dict.fromkeys((".git", ".hg", ".svn", ".bzr", ".jj", "_darcs"), _Kind.VERSION_CONTROL),
    **dict.fromkeys(
        (".github", ".gitlab", ".circleci", ".buildkite", ".gitea", ".forgejo", ".semaphore",
         ".teamcity", ".azure-pipelines", ".woodpecker", ".travis", ".husky", ".ci"),
        _Kind.CI,
    ),
    **dict.fromkeys((".venv", "site-packages", "node_modules", ".tox", ".nox"),
                    _Kind.INSTALLED),
    **dict.fromkeys(("*.egg-info", "*.dist-info"), _Kind.START_UP),  # entry points load plugins
    "__pycache__": _Kind.ARTEFACT,
    ".fixit": _Kind.PRIVATE,
}  # fmt: skip
_NAMES: dict[str, _Kind] = {
    "conftest.py": _Kind.CONFTEST,
    **dict.fromkeys(
        ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "tox.toml",
         "setup.cfg", "pyproject.toml", "noxfile.py", ".coveragerc", "makefile", "gnumakefile",
         "justfile", ".justfile", "taskfile.yml", "taskfile.yaml", "runtests.*", "run_tests.*",
         "run-tests.*", "hatch.toml", "unittest.cfg", ".noserc", "nose.cfg"),
        _Kind.TEST_CONFIGURATION,
    ),
    **dict.fromkeys(
        (".gitlab-ci.y*ml", "*.gitlab-ci.y*ml", "jenkinsfile*", "azure-pipelines*.y*ml",
         ".travis.y*ml", "action.y*ml", "appveyor.y*ml", ".appveyor.y*ml",
         "bitbucket-pipelines.y*ml", ".drone.y*ml", ".woodpecker.y*ml", ".cirrus.y*ml",
         "cloudbuild.y*ml", "buildspec.y*ml", "codecov.y*ml", ".codecov.y*ml",
         ".pre-commit-config.y*ml", ".pre-commit-hooks.y*ml", ".readthedocs.y*ml"),
        _Kind.CI,
    ),
    **dict.fromkeys((".gitattributes", ".gitmodules", ".gitignore", ".hgignore", ".hgtags"),
                    _Kind.VERSION_CONTROL),
    **dict.fromkeys(("sitecustomize.py", "usercustomize.py", "*.pth", "*.egg-link", "pyvenv.cfg",
                     "*._pth"), _Kind.START_UP),
    **dict.fromkeys(("*requirements*.txt", "*requirements*.in", "constraints*.txt", "*.lock",
                     "pipfile", "environment.y*ml", "package-lock.json", "conda-lock.y*ml",
                     "pylock*.toml"), _Kind.DEPENDENCIES),
    **dict.fromkeys(("setup.py", "manifest.in"), _Kind.PACKAGING),
    **dict.fromkeys(("*.so", "*.so.*", "*.pyd", "*.dll", "*.dylib", "*.a", "*.o", "*.pyc", "*.pyo",
                     "*.whl", "*.egg", "*.exe", "*.zip", "*.tar", "*.gz"), _Kind.ARTEFACT),
    **dict.fromkeys(("fixit.toml", ".env", ".env.*"), _Kind.PRIVATE),
}  # fmt: skip
_TEST_FOLDER = re.compile(
    r"tests?|__tests__|__snapshots__|testdata|tests?[_-].+|.+[_-]tests"
    r"|(?:unit|integration|functional|e2e|acceptance|smoke|regression|system)[_-]?test"
)
_TEST_MODULE = re.compile(r"tests?|tests?_.*|.*_tests?")
_CAMEL_TEST_MODULE = re.compile(r"Tests?[A-Z0-9].*|.*[a-z0-9]Tests?")
_PYTHON = (".py", ".pyi", ".pyx")
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def is_test_file(path: str) -> bool:
    """Whether this path is a test, or data and support that belong to tests.

    By name (`test_*.py`, `*_test.py`, `tests.py`, `conftest.py`) or by a folder (`tests/`,
    `test/`, `unit_tests/`; `testing/` only at the root, since packages ship one as product).
    `latest.py` and `contest/solver.py` are no tests.
    """
    pure = PurePosixPath(path)
    folders = [part.lower() for part in pure.parts[:-1]]
    if any(_TEST_FOLDER.fullmatch(folder) for folder in folders) or folders[:1] == ["testing"]:
        return True
    if pure.suffix.lower() not in _PYTHON:
        return False
    stem = pure.name.partition(".")[0]
    lower = stem.lower()
    return (
        lower == "conftest"
        or _TEST_MODULE.fullmatch(lower) is not None
        or _CAMEL_TEST_MODULE.fullmatch(stem) is not None
    )


def protected(path: str, *, import_roots: Collection[str] = IMPORT_ROOTS) -> str | None:
    """Why a candidate may not touch this path, in plain words; None if it may."""
    kind = _kind(path, import_roots)
    return f"{path!r} {kind}" if kind is _Kind.PATH else f"{path} {kind}" if kind else None


def refuse(
    candidate_files: Mapping[str, str | None],
    originals: Mapping[str, str | None],
    *,
    allow_test_edits: bool,
    import_roots: Collection[str] = IMPORT_ROOTS,
) -> str | None:
    """Why this candidate is refused before any test is run on it; None if it is not.

    Args:
        candidate_files: path -> whole new text; None deletes.
        originals: path -> text before; None, or no entry, where there was no file.
        allow_test_edits: lifts tests, conftest.py and test configuration, nothing else.
        import_roots: folders from which the tests import ("" is the repository itself).
    """
    lifted = _LIFTED_BY_FLAG if allow_test_edits else frozenset[_Kind]()
    for path, text in sorted(candidate_files.items()):
        kind = _kind(path, import_roots)
        if kind and kind not in lifted:
            return protected(path, import_roots=import_roots)
        if reason := _content(path, text, originals.get(path), import_roots):
            return f"{path} {reason}"
    return None


def _kind(path: str, import_roots: Collection[str]) -> _Kind | None:
    if not _is_plain(path):
        return _Kind.PATH
    *folders, name = (part.lower() for part in path.split("/"))
    for part in (*folders, name):
        if kind := _matching(part, _FOLDERS):
            return kind
    if folders[:1] == ["venv"]:
        return _Kind.INSTALLED
    kind = _matching(name, _NAMES)
    if kind and kind not in _LIFTED_BY_FLAG:
        return kind
    if any(module in _RUNNER for module in _top_modules(path, import_roots)):
        return _Kind.SHADOW
    return kind or (_Kind.TEST if is_test_file(path) else None)


def _is_plain(path: str) -> bool:
    """Relative, normal, and the same file on every system."""
    parts = path.split("/")
    return (
        all(part not in {"", ".", ".."} and part == part.strip().rstrip(".") for part in parts)
        and path.isprintable()
        and not set(path) & set('\\:*?"<>|')
        and parts[0] != "~"
        and not any(fnmatchcase(part.lower(), "git~[0-9]*") for part in parts)
    )


def _matching(name: str, table: Mapping[str, _Kind]) -> _Kind | None:
    if name in table:
        return table[name]
    return next((kind for glob, kind in table.items() if fnmatchcase(name, glob)), None)


def _top_modules(path: str, import_roots: Collection[str]) -> list[str]:
    """The top-level names under which this file, or a package that holds it, is imported."""
    pure = PurePosixPath(path)
    if pure.suffix.lower() not in _PYTHON:
        return []
    *folders, _ = parts = pure.parts
    roots = [at for at in range(len(parts)) if "/".join(parts[:at]) in import_roots]
    return [folders[at] if at < len(folders) else pure.stem for at in roots]


def _content(
    path: str, text: str | None, original: str | None, import_roots: Collection[str]
) -> str | None:
    if text is None:
        return None if original is None else "would be deleted whole: a repair edits"
    if original is not None and original.strip() and not text.strip():
        return "would be emptied: a repair edits"
    pure = PurePosixPath(path)
    if pure.suffix.lower() not in _PYTHON:
        return None
    if original is None and (module := _displaced(pure, import_roots)):
        return f"is new and would be imported in place of Python's own {module}"
    return None if is_test_file(path) else _new_reach(text, original or "")


def _displaced(pure: PurePosixPath, import_roots: Collection[str]) -> str | None:
    """The standard or runner module that a new file would be imported in place of.

    A folder of tests is an import root too: pytest puts it first on the path.
    """
    module = pure.parent if pure.stem == "__init__" else pure.with_suffix("")
    if module.name not in sys.stdlib_module_names | _RUNNER:
        return None
    folder = "" if module.parent == PurePosixPath() else module.parent.as_posix()
    at_root = folder in import_roots or (folder and is_test_file(f"{folder}/data"))
    return module.name if at_root else None


def _new_reach(text: str, original: str) -> str | None:
    """The first thing that the new text does towards the test runner and the old did not."""
    try:
        before = reaches(original)
    except _UNREADABLE:  # written for another Python than this one
        return next(iter(mentions(text) - mentions(original)), None)
    try:
        return next(iter(reaches(text) - before), None)
    except SyntaxError as error:
        return f"does not parse as Python (line {error.lineno}: {error.msg})"
    except _UNREADABLE as error:
        return f"does not parse as Python ({error or type(error).__name__})"
