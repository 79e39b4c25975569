"""Reads JUnit XML: what an earlier run of the tests said, or what a command writes.

The file is untrusted: it may come from inside a sandbox. Document types and entities, deep
nesting and huge files are refused before anything is built from them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.seams import Outcome, TestResult

MAX_BYTES = 50_000_000
MAX_DEPTH = 50
MAX_ELEMENTS = 2_000_000
_TEXT_LIMIT = 20_000
_TEST_MODULE = re.compile(r"test_\w*|\w*_test|tests?")
_NOT_SEARCHED = {"node_modules", "venv", "site-packages", "__pycache__"}


class UnreadableJUnit(UsageError):
    """Not JUnit XML, or XML that is not safe to read."""


def failing_nodeids(path: Path, root: Path | None = None) -> tuple[str, ...]:
    """The tests that failed or errored in a JUnit file, as pytest nodeids, in its order.

    Args:
        root: the repository; with it, a class name is matched with the files that are there,
            without it by what test files and test classes are called.
    Raises:
        UnreadableJUnit: no such file, or one that cannot be read as JUnit XML.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _unreadable(str(path), f"it is larger than {MAX_BYTES // 1_000_000} MB")
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(str(path), error.strerror or str(error)) from error
    bad = (Outcome.FAILED, Outcome.ERROR)
    nodeids = [r.nodeid for r in results(data, str(path), root=root) if r.outcome in bad]
    return tuple(dict.fromkeys(nodeids))


def results(data: bytes, name: str, *, root: Path | None = None) -> tuple[TestResult, ...]:
    """Every test case of a JUnit file. `name` stands in errors. Raises UnreadableJUnit."""
    _refuse_unsafe(data, name)
    from junitparser import JUnitXml, JUnitXmlError

    modules = _modules(root) if root is not None else {}
    try:
        suites = JUnitXml.fromstring(data)
        return tuple(_result(case, modules) for suite in suites for case in suite)
    except (JUnitXmlError, SyntaxError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable(name, str(error)) from error


def _unreadable(name: str, why: str) -> UnreadableJUnit:
    return UnreadableJUnit(
        f"cannot read {name} as JUnit XML: {why}",
        hint="give the file that pytest --junit-xml=FILE, or your CI, has written",
    )


def _refuse_unsafe(data: bytes, name: str) -> None:
    """Walk over the XML without building anything from it."""
    if len(data) > MAX_BYTES:
        raise _unreadable(name, f"it is larger than {MAX_BYTES // 1_000_000} MB")
    depth = count = 0

    def start(tag: str, attributes: object) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise _unreadable(name, "it has too many or too deeply nested elements")

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise _unreadable(name, "it declares a document type or entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise _unreadable(name, str(error)) from error


def _result(case: Any, modules: Mapping[str, str]) -> TestResult:
    from junitparser import Error, Failure, Skipped

    worst, outcome = None, Outcome.PASSED
    for kind, meaning in (
        (Error, Outcome.ERROR),
        (Failure, Outcome.FAILED),
        (Skipped, Outcome.SKIPPED),
    ):
        worst = next((entry for entry in case.result if isinstance(entry, kind)), None)
        if worst is not None:
            outcome = meaning
            break
    if worst is not None and worst.type == "pytest.xfail":
        outcome = Outcome.XFAILED
    text = "" if worst is None else f"{worst.message or ''}\n{worst.text or ''}".strip()
    return TestResult(
        nodeid=_nodeid(
            case.classname or "", case.name or "", case._elem.get("file") or "", modules
        ),
        outcome=outcome,
        seconds=float(case.time or 0.0),
        text=text[:_TEXT_LIMIT],
        error_type=(worst.type or "").rpartition(".")[2] if worst is not None else "",
    )


def _nodeid(classname: str, name: str, file: str, modules: Mapping[str, str]) -> str:
    """`tests.test_a.TestB` and `test_c[1]` as tests/test_a.py::TestB::test_c[1].

    pytest writes a module that could not be collected as an empty class name and the dotted
    module as name: that becomes the module's path.
    """
    dotted = classname or name
    module, path = _split(dotted, file, modules)
    if not path:
        return f"{classname}::{name}" if classname else name
    classes = [part for part in dotted[len(module) + 1 :].split(".") if part]
    return "::".join([path, *classes, *([name] if classname else [])])


def _split(dotted: str, file: str, modules: Mapping[str, str]) -> tuple[str, str]:
    """The part of a dotted name that is the module, and the module's path."""
    parts = dotted.split(".")
    prefixes = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
    for prefix in prefixes:
        if prefix in modules:
            return prefix, modules[prefix]
    if file.endswith(".py") and not file.startswith("/"):
        path = os.path.normpath(file).replace(os.sep, "/")
        module = path[:-3].replace("/", ".")
        last = module.rpartition(".")[2]
        if dotted == module or dotted.startswith(module + "."):
            return module, path
        found = next((p for p in prefixes if p.rpartition(".")[2] == last), "")
        return found or dotted, path
    if modules:
        return _below_a_folder(prefixes, modules)
    found = next((p for p in prefixes if _TEST_MODULE.fullmatch(p.rpartition(".")[2])), "")
    return found, found.replace(".", "/") + ".py" if found else ""


def _below_a_folder(prefixes: list[str], modules: Mapping[str, str]) -> tuple[str, str]:
    """Where the earlier run started in a folder below the root: the one module that fits."""
    for prefix in prefixes:
        fitting = [path for module, path in modules.items() if module.endswith(f".{prefix}")]
        if len(fitting) == 1:
            return prefix, fitting[0]
    return "", ""


def _modules(root: Path) -> dict[str, str]:
    """Dotted name -> path of every Python file of the repository."""
    found: dict[str, str] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f[0] != "." and f not in _NOT_SEARCHED)
        for file in sorted(files):
            if file.endswith(".py"):
                path = Path(folder, file).relative_to(root).as_posix()
                found.setdefault(path[:-3].replace("/", "."), path)
    return found
