"""What a repository declares that it needs, read from its files; nothing of it is run.

pyproject.toml (PEP 621, dependency groups, Poetry, PDM, uv, Hatch), setup.cfg, setup.py as far
as it is literal, requirements files, Pipfile, tox.ini; and lock files, whose versions become
constraints: they say which version, the others say what.
"""

from __future__ import annotations

import ast
import configparser
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_TEST = ("test", "tests", "testing", "hatch-test", "pytest")
_DEV = ("dev", "develop", "development", "ci", "all")
_REQUIREMENTS = re.compile(
    r"(?:requirements|reqs)/[^/]+\.txt|(?:[^/]*[-_.])?requirements(?:[-_.][^/]*)?\.txt"
)
_FOR_ALL = re.compile(r"base|common|main|core|^requirements\.txt$")
_FOR_TESTS, _FOR_DEVELOPERS = re.compile(r"test"), re.compile(r"dev|\bci\b")
_NOT_FOR_TESTS = re.compile(r"doc|lint|style|format|release|prod|deploy|docker|bench|typing")
_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?")
# what building in place needs besides, by what needs it
_BESIDE = {"hatchling": "editables", "setuptools": "wheel"}
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")

Read = Callable[[str], str | None]
Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Declared:
    """What is to be installed for the tests. `requirements` in pip's words; `files` are
    requirements files by path, without their lines on local folders; `constraints` pin versions;
    `build` is needed to build the project itself, if there is one (`installable`); `sources` are
    the files that all this stands in."""

    requirements: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    installable: bool = False
    sources: tuple[str, ...] = ()


def declared(paths: Iterable[str], read: Read) -> Declared:
    """What the repository with these files declares. `read`: a file's text, None if it has none.
    A file that cannot be understood counts as not there."""
    names = set(paths)
    texts = {name: read(name) or "" for name in sorted(names) if _is_read(name)}
    pyproject = _toml(texts.get("pyproject.toml", ""))
    found = [
        *_pyproject(pyproject),
        *_setup_cfg(texts.get("setup.cfg", "")),
        *_setup_py(texts.get("setup.py", "")),
        *_pipfile(_toml(texts.get("Pipfile", ""))),
        *_tox(texts.get("tox.ini", "")),
    ]
    files = {name: _without_local(text) for name, text in texts.items() if _is_requirements(name)}
    wanted = {name: files[name] for name in _of_use(files)}
    build = _strings(_table(pyproject, "build-system").get("requires"))
    build += [_BESIDE[_named(need)] for need in build if _named(need) in _BESIDE]
    legacy = "setup.py" in texts or "[metadata]" in texts.get("setup.cfg", "")
    return Declared(
        requirements=tuple(dict.fromkeys(r.strip() for r in found if _is_installable(r))),
        files=wanted,
        constraints=tuple(_locked(texts)),
        build=tuple(build) or (("setuptools", "wheel") if legacy else ()),
        installable=legacy or "build-system" in pyproject or "project" in pyproject,
        sources=tuple(name for name in texts if texts[name]),
    )


def _named(requirement: str) -> str:
    found = _NAME.match(requirement.strip())
    return found[0].lower() if found else ""


def _is_read(name: str) -> bool:
    known = {"pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "tox.ini", *_LOCKS}
    return name in known or _is_requirements(name)


def _is_requirements(name: str) -> bool:
    return _REQUIREMENTS.fullmatch(name) is not None


def _of_use(names: Iterable[str]) -> list[str]:
    """Requirements files for all, and those for tests, or else those for developers."""
    fit = [name for name in names if not _NOT_FOR_TESTS.search(name.lower())]
    tests = [name for name in fit if _FOR_TESTS.search(name.lower())]
    more = tests or [name for name in fit if _FOR_DEVELOPERS.search(name.lower())]
    return sorted({*more, *(name for name in fit if _FOR_ALL.search(name.lower()))})


def _is_installable(requirement: str) -> bool:
    """Named, and not the project's own or another folder."""
    text = requirement.strip()
    return bool(_NAME.match(text)) and "{" not in text and "file:" not in text


def _without_local(text: str) -> str:
    """A requirements file without its lines on folders: they are the repository, not needs of
    it. What a line includes from another file stays, at the same relative path."""
    kept = []
    for line in text.splitlines():
        bare = line.strip().removeprefix("--editable").removeprefix("-e").strip(" =\"'")
        local = bare.startswith((".", "/", "file:")) or bare.partition("[")[0] == "."
        if not local or line.strip().startswith(("-r", "-c", "--requirement", "--constraint")):
            kept.append(line)
    return "\n".join(kept) + "\n"


def _pyproject(pyproject: Table) -> Iterator[str]:
    project = _table(pyproject, "project")
    yield from _strings(project.get("dependencies"))
    yield from _of_tests(_table(project, "optional-dependencies"))
    groups = _table(pyproject, "dependency-groups")
    for name in _groups_of_tests(groups):
        yield from _group(groups, name)
    tool = _table(pyproject, "tool")
    yield from _poetry(_table(tool, "poetry"))
    yield from _of_tests(_table(tool, "pdm", "dev-dependencies"))
    yield from _strings(_table(tool, "uv").get("dev-dependencies"))
    for name, environment in _table(tool, "hatch", "envs").items():
        if name in ("default", *_TEST) and isinstance(environment, Mapping):
            yield from _strings(environment.get("dependencies"))
            yield from _strings(environment.get("extra-dependencies"))


def _groups_of_tests(table: Table) -> list[str]:
    """Those for tests; where there are none, those for developers."""
    return [n for n in table if n in _TEST] or [n for n in table if n in _DEV]


def _of_tests(table: Table) -> Iterator[str]:
    for name in _groups_of_tests(table):
        yield from _strings(table[name])


def _group(groups: Table, name: str, depth: int = 0) -> Iterator[str]:
    entries = groups.get(name)
    for entry in entries if isinstance(entries, list) and depth < 10 else []:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, Mapping):
            yield from _group(groups, str(entry.get("include-group", "")), depth + 1)


def _poetry(poetry: Table) -> Iterator[str]:
    groups = _table(poetry, "group")
    tables = [_table(poetry, "dependencies"), _table(poetry, "dev-dependencies")]
    tables += [_table(groups, name, "dependencies") for name in _groups_of_tests(groups)]
    for table in tables:
        for name, wanted in table.items():
            if name != "python" and (line := _of_poetry(name, wanted)):
                yield line


def _of_poetry(name: str, wanted: object) -> str | None:
    extras = ""
    if isinstance(wanted, Mapping):
        if wanted.get("optional") or not isinstance(wanted.get("version"), str):
            return None
        extras = ",".join(_strings(wanted.get("extras")))
        wanted = wanted["version"]
    if not isinstance(wanted, str):
        return None
    parts = [re.sub(r"^[\^~]\s*(?==?\d|\d)", ">=", p.strip()) for p in wanted.split(",")]
    parts = [p if re.match(r"[<>=!~]", p) else f"=={p}" for p in parts if p not in ("*", "")]
    return f"{name}[{extras}]{','.join(parts)}" if extras else f"{name}{','.join(parts)}"


def _setup_cfg(text: str) -> Iterator[str]:
    config = _ini(text)
    yield from config.get("options", "install_requires", fallback="").splitlines()
    yield from config.get("options", "tests_require", fallback="").splitlines()
    if config.has_section("options.extras_require"):
        extras = dict(config.items("options.extras_require"))
        for name in _groups_of_tests(extras):
            yield from extras[name].splitlines()


def _setup_py(text: str) -> Iterator[str]:
    """The literal arguments of setup()."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and _called(node) == "setup"):
            continue
        for keyword in node.keywords:
            try:
                value = ast.literal_eval(keyword.value)
            except (ValueError, RecursionError):
                continue
            if keyword.arg in ("install_requires", "tests_require"):
                yield from value.splitlines() if isinstance(value, str) else _strings(value)
            elif keyword.arg == "extras_require" and isinstance(value, dict):
                yield from _of_tests(value)


def _called(node: ast.Call) -> str:
    called = node.func
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def _pipfile(pipfile: Table) -> Iterator[str]:
    for section in ("packages", "dev-packages"):
        for name, wanted in _table(pipfile, section).items():
            if line := _of_poetry(name, wanted):
                yield line


def _tox(text: str) -> Iterator[str]:
    """The plain lines: not those for one of several factors, nor with variables."""
    for line in _ini(text).get("testenv", "deps", fallback="").splitlines():
        if not line.strip().startswith("-") and not re.match(r"\s*[\w!,.-]+:\s", line):
            yield line


def _locked(texts: Mapping[str, str]) -> Iterator[str]:
    """`name==version` for each package of which the lock files know one version."""
    versions: dict[str, set[str]] = {}
    for name in _LOCKS:
        pairs = _of_pipenv if name == "Pipfile.lock" else _of_lock
        for package, version in pairs(texts.get(name, "")):
            versions.setdefault(re.sub(r"[-_.]+", "-", package).lower(), set()).add(version)
        if versions:
            break
    for package, known in sorted(versions.items()):
        if len(known) == 1:
            yield f"{package}=={known.pop()}"


def _of_lock(text: str) -> Iterator[tuple[str, str]]:
    """From an index: what comes from a folder or a repository has no version to ask for."""
    table = _toml(text)
    packages = table.get("package", table.get("packages"))
    for package in packages if isinstance(packages, list) else []:
        if not isinstance(package, Mapping) or not isinstance(package.get("version"), str):
            continue
        source = package.get("source")
        kinds = source.keys() if isinstance(source, Mapping) else ()
        elsewhere = {"git", "url", "path", "editable", "virtual", "directory"} & set(kinds)
        typed = source.get("type") if isinstance(source, Mapping) else None
        if not elsewhere and typed in (None, "legacy") and "vcs" not in package:
            yield str(package.get("name")), package["version"]


def _of_pipenv(text: str) -> Iterator[tuple[str, str]]:
    try:
        lock = json.loads(text or "{}")
    except ValueError:
        return
    for section in ("default", "develop"):
        for name, entry in _table(lock, section).items():
            version = entry.get("version") if isinstance(entry, Mapping) else None
            if isinstance(version, str) and version.startswith("=="):
                yield name, version[2:]


def _ini(text: str) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string(text)
    except configparser.Error:
        return configparser.ConfigParser(interpolation=None)
    return config


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _table(outer: object, *names: str) -> Table:
    """The table of this name in another; an empty one where there is something else."""
    for name in names:
        outer = outer.get(name) if isinstance(outer, Mapping) else None
    return outer if isinstance(outer, Mapping) else {}


def _strings(value: object) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list | tuple) else []
