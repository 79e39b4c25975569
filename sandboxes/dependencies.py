"""What a repository declares that its tests need, read from its files; nothing of it is run.

pyproject.toml (PEP 621, dependency groups, Poetry, PDM, uv, Hatch), setup.cfg, setup.py as far
as it is literal, requirements files, Pipfile, tox.ini; and lock files, whose versions become
constraints: they say which version, the others say what.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from fixit_runtime.sandboxes.locks import LOCKS, locked
from fixit_runtime.sandboxes.requirements import is_requirements, of_use, with_included
from fixit_runtime.sandboxes.tables import Table, ini, string, strings, table, toml

_TEST = ("test", "tests", "testing", "hatch-test", "pytest")
_DEV = ("dev", "develop", "development", "ci", "all")
_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?")
_FILES = frozenset(("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "tox.ini", *LOCKS))
# what building in place needs besides, by what needs it
_BESIDE = {"hatchling": "editables", "setuptools": "wheel"}

Read = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Declared:
    """What is to be installed for the tests."""

    requirements: tuple[str, ...] = ()  # in pip's words
    files: tuple[str, ...] = ()  # requirements files, by path
    texts: Mapping[str, str] = field(default_factory=dict)  # of these, and of what they include
    constraints: tuple[str, ...] = ()  # versions of what is installed anyway
    build: tuple[str, ...] = ()  # needed to build the project itself
    installable: bool = False  # whether there is a project to build
    name: str = ""  # the project's, where it is literal
    python: str = ""  # the versions of it that the project supports


def declared(paths: Iterable[str], read: Read) -> Declared:
    """What the repository with these files declares. `read`: a file's text, None if it has none.
    A file that cannot be understood counts as not there."""
    names = sorted(paths)
    texts = {name: read(name) or "" for name in names if name in _FILES}
    pyproject, cfg = toml(texts.get("pyproject.toml", "")), ini(texts.get("setup.cfg", ""))
    setup = _arguments(texts.get("setup.py", ""))
    project, poetry = table(pyproject, "project"), table(pyproject, "tool", "poetry")
    metadata, options = table(cfg, "metadata"), table(cfg, "options")
    name = _first(project.get("name"), poetry.get("name"), metadata.get("name"), setup.get("name"))
    extras = {
        **table(project, "optional-dependencies"),
        **table(cfg, "options.extras_require"),
        **table(setup, "extras_require"),
    }
    found = [
        *_pyproject(pyproject),
        *_setuptools(options, table(cfg, "options.extras_require")),
        *_setuptools(setup, table(setup, "extras_require")),
        *_pipfile(toml(texts.get("Pipfile", ""))),
        *_tox(ini(texts.get("tox.ini", ""))),
    ]
    build = strings(table(pyproject, "build-system").get("requires"))
    installable = "setup.py" in texts or bool(metadata or project) or "build-system" in pyproject
    if installable and not build:
        build = ["setuptools", *_lines(options.get("setup_requires"))]
        build += _lines(setup.get("setup_requires"))
    constraints = locked(texts)
    files = of_use(name for name in names if is_requirements(name))
    files += tuple(path for path in _dynamic(pyproject) if path not in files)
    pythons = (
        project.get("requires-python"),
        table(poetry, "dependencies").get("python"),
        options.get("python_requires"),
        setup.get("python_requires"),
    )
    return Declared(
        # where nothing else says what is needed, the lock file does
        requirements=_installable(_without_itself(found, name, extras))
        or (() if files else constraints),
        files=files,
        texts=with_included(files, read),
        constraints=constraints,
        build=(*build, *(_BESIDE[_named(need)] for need in build if _named(need) in _BESIDE)),
        installable=installable,
        name=name,
        python=_first(*pythons),
    )


def _first(*values: object) -> str:
    return next((text for value in values if (text := string(value).strip())), "")


def _named(requirement: str) -> str:
    found = _NAME.match(requirement.strip())
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def _installable(requirements: Iterable[str]) -> tuple[str, ...]:
    """Those that are named, and are no folder; each once."""
    named = (text for requirement in requirements if _named(text := requirement.strip()))
    return tuple(dict.fromkeys(t for t in named if "{" not in t and "file:" not in t))


def _without_itself(
    requirements: Iterable[str], name: str, extras: Table, depth: int = 0
) -> Iterator[str]:
    """For `this-project[extra]` what the extra says: the index's copy of it would be tested."""
    for requirement in requirements:
        if not name or _named(requirement) != _named(name):
            yield requirement
        elif depth < 10 and (found := re.match(r"[^\[]*\[([^\]]*)\]", requirement)):
            for extra in found[1].split(","):
                yield from _without_itself(
                    _lines(extras.get(extra.strip())), name, extras, depth + 1
                )


def _lines(value: object) -> list[str]:
    """Requirements as a list, or one to a line."""
    return value.splitlines() if isinstance(value, str) else strings(value)


def _pyproject(pyproject: Table) -> Iterator[str]:
    project = table(pyproject, "project")
    yield from strings(project.get("dependencies"))
    yield from _of_tests(table(project, "optional-dependencies"))
    groups = table(pyproject, "dependency-groups")
    for name in _groups_of_tests(groups):
        yield from _group(groups, name)
    tool = table(pyproject, "tool")
    yield from _poetry(table(tool, "poetry"))
    yield from _of_tests(table(tool, "pdm", "dev-dependencies"))
    yield from strings(table(tool, "uv").get("dev-dependencies"))
    for name, environment in table(tool, "hatch", "envs").items():
        if name in ("default", *_TEST):
            yield from strings(table(environment).get("dependencies"))
            yield from strings(table(environment).get("extra-dependencies"))


def _dynamic(pyproject: Table) -> Iterator[str]:
    """Requirements files that setuptools is told to take the dependencies from."""
    dynamic = table(pyproject, "tool", "setuptools", "dynamic")
    optional = table(dynamic, "optional-dependencies")
    tables = [table(dynamic, "dependencies")]
    tables += [table(optional, name) for name in _groups_of_tests(optional)]
    for found in tables:
        yield from _lines(found.get("file"))


def _groups_of_tests(groups: Table) -> list[str]:
    """Those for tests; where there are none, those for developers."""
    return [n for n in groups if n in _TEST] or [n for n in groups if n in _DEV]


def _of_tests(extras: Table) -> Iterator[str]:
    for name in _groups_of_tests(extras):
        yield from _lines(extras[name])


def _group(groups: Table, name: str, depth: int = 0) -> Iterator[str]:
    entries = groups.get(name)
    for entry in entries if isinstance(entries, list) and depth < 10 else []:
        if isinstance(entry, str):
            yield entry
        else:
            yield from _group(groups, string(table(entry).get("include-group")), depth + 1)


def _poetry(poetry: Table) -> Iterator[str]:
    groups = table(poetry, "group")
    tables = [table(poetry, "dependencies"), table(poetry, "dev-dependencies")]
    tables += [table(groups, name, "dependencies") for name in _groups_of_tests(groups)]
    for needs in tables:
        for name, wanted in needs.items():
            if name != "python" and (line := _of_poetry(name, wanted)):
                yield line


def _of_poetry(name: str, wanted: object) -> str | None:
    """In pip's words; None for what is optional or comes from elsewhere than an index."""
    extras = ""
    if isinstance(wanted, Mapping):
        if wanted.get("optional"):
            return None
        extras = ",".join(strings(wanted.get("extras")))
        wanted = wanted.get("version")
    if not isinstance(wanted, str):
        return None
    versions = ",".join(filter(None, (_of_caret(part.strip()) for part in wanted.split(","))))
    return f"{name}[{extras}]{versions}" if extras else f"{name}{versions}"


def _of_caret(version: str) -> str:
    """Poetry's `^1.2` and `~1.2` as pip's `>=1.2,<2` and `>=1.2,<1.3`; a bare one is exact."""
    if version == "*" or "||" in version:
        return ""
    found = re.fullmatch(r"([\^~])\s*(\d+(?:\.\d+)*)(.*)", version)
    if found is None:
        return version if version[:1] in ("<", ">", "=", "!", "~") else f"=={version}"
    numbers = [int(number) for number in found[2].split(".")]
    if found[1] == "~":
        kept = min(len(numbers), 2)
    else:  # up to the first that is not zero
        kept = next((n for n, number in enumerate(numbers, 1) if number), len(numbers))
    above = ".".join(map(str, [*numbers[: kept - 1], numbers[kept - 1] + 1]))
    return f">={found[2]}{found[3]},<{above}"


def _setuptools(options: Table, extras: Table) -> Iterator[str]:
    """As setup.cfg and the arguments of setup() have it."""
    yield from _lines(options.get("install_requires"))
    yield from _lines(options.get("tests_require"))
    yield from _of_tests(extras)


def _arguments(setup_py: str) -> Table:
    """The literal arguments of setup()."""
    try:
        tree = ast.parse(setup_py)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[str, object] = {}
    for node in ast.walk(tree):
        for keyword in node.keywords if isinstance(node, ast.Call) and _calls_setup(node) else []:
            try:
                found[keyword.arg or ""] = _literal(keyword.value)
            except (ValueError, TypeError, RecursionError):
                continue  # it is computed
    return found


def _literal(node: ast.expr) -> object:
    """Also a `dict(name=value)`, as many write it. Raises ValueError, TypeError."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict" and not node.args:
        return {keyword.arg or "": _literal(keyword.value) for keyword in node.keywords}
    value: object = ast.literal_eval(node)
    return value


def _calls_setup(node: ast.Call) -> bool:
    called = node.func
    name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
    return name == "setup"


def _pipfile(pipfile: Table) -> Iterator[str]:
    for section in ("packages", "dev-packages"):
        for name, wanted in table(pipfile, section).items():
            if line := _of_poetry(name, wanted):
                yield line


def _tox(tox: Table) -> Iterator[str]:
    """The plain lines: not those for one of several factors, nor with variables."""
    for line in _lines(table(tox, "testenv").get("deps")):
        if not line.strip().startswith("-") and not re.match(r"\s*[\w!,.-]+:\s", line):
            yield line
