"""Lock files: which version of each package the repository was last seen working with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from fixit_runtime.sandboxes.tables import table, toml

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
# of uv.lock and the others: what does not come from an index has no version to ask for
_ELSEWHERE = {"git", "url", "path", "editable", "virtual", "directory"}


def locked(texts: Mapping[str, str]) -> tuple[str, ...]:
    """`name==version` for each package of which the first lock file among these knows one
    version. A package that has several, one for each Python or system, is left open."""
    for name in LOCKS:
        versions: dict[str, set[str]] = {}
        pairs = _of_pipenv if name == "Pipfile.lock" else _of_toml
        for package, version in pairs(texts.get(name, "")):
            versions.setdefault(re.sub(r"[-_.]+", "-", package).lower(), set()).add(version)
        if versions:
            single = ((p, known.pop()) for p, known in sorted(versions.items()) if len(known) == 1)
            return tuple(f"{package}=={version}" for package, version in single)
    return ()


def _of_toml(text: str) -> Iterator[tuple[str, str]]:
    whole = toml(text)
    packages = whole.get("package", whole.get("packages"))
    for package in packages if isinstance(packages, list) else []:
        if not isinstance(package, Mapping) or not isinstance(package.get("version"), str):
            continue
        source = table(package, "source")
        indexed = not _ELSEWHERE & source.keys() and source.get("type") in (None, "legacy")
        if indexed and not {"vcs", "directory", "archive"} & package.keys():
            yield str(package.get("name")), package["version"]


def _of_pipenv(text: str) -> Iterator[tuple[str, str]]:
    try:
        lock = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return
    for section in ("default", "develop"):
        for name, entry in table(lock, section).items():
            version = entry.get("version") if isinstance(entry, Mapping) else None
            if isinstance(version, str) and version.startswith("=="):
                yield name, version[2:]
