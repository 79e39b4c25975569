"""Makes the development set: bugs injected into open-source packages, split by package.

    python benchmarks/development.py DIR              all packages
    python benchmarks/development.py DIR --quick      two small ones, three bugs each
    python benchmarks/development.py DIR --only parsy one

Downloads the source distributions below from PyPI by exact version, sets up one virtual
environment with what their tests need, checks that each suite is green in the sandbox, injects,
and writes `DIR/train`, `DIR/test` and `DIR/large`: task folders, and `index.jsonl` with a line
for each. No package is in two of them. A package whose tasks are there already is not made
again, so that it can be interrupted. Same versions, interpreter and seed: the same bugs, unless
a test changes its mind.

None of the packages is among the projects whose fixes gave the kinds of bug their weights.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
import time
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path

from fixit_runtime.agent.errors import FixitError
from fixit_runtime.agent.making import INDEX, Made, Order, inject

FLAT, SRC = "python -m pytest", "PYTHONPATH=src python -m pytest"
NO_OPTIONS = " -o addopts="  # of plugins that measure coverage or speed
TESTS_NEED = (
    "pytest==9.2.0", "six", "attrs", "pytz", "python-dateutil", "markupsafe", "translationstring",
    "iso8601", "idna", "wcwidth", "freezegun", "pyyaml", "tzdata", "typing_extensions",
    "hypothesis",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Package:
    """A source distribution, and how its tests are run. `part`: train, test or large."""

    name: str
    version: str
    part: str
    count: int
    test: str = FLAT


PACKAGES = (
    Package("parsy", "2.2", "test", 15, SRC),  # parser combinators
    Package("cachetools", "8.0.1", "train", 18, SRC),  # data structures
    Package("webcolors", "25.10.0", "test", 15, SRC),  # conversions
    Package("configobj", "5.0.9", "train", 18, SRC),  # configuration
    Package("toolz", "1.2.0", "train", 18),  # functions on sequences and dicts
    Package("tomlkit", "0.15.2", "test", 15),  # parsing and writing
    Package("munch", "4.0.0", "train", 18),  # data structures
    Package("colander", "2.0", "train", 18, SRC),  # validation
    Package("tabulate", "0.10.0", "test", 15),  # text, command line
    Package("hyperlink", "21.0.0", "train", 18, SRC),  # URLs
    Package("pathspec", "1.1.1", "train", 18),  # patterns of paths
    Package("rfc3986", "2.0.0", "test", 15, SRC),  # URLs, validation
    Package("boolean.py", "5.0", "train", 18),  # algebra, parsing
    Package("humanize", "4.17.0", "test", 15, SRC),  # dates and numbers as text
    Package("anytree", "2.13.0", "train", 18, SRC + NO_OPTIONS),  # trees
    Package("semver", "3.1.1", "test", 15, SRC + NO_OPTIONS),  # versions, command line
    Package("mako", "1.4.3", "train", 18),  # templates
    Package("pycparser", "3.12", "train", 18),  # a compiler's front end
    Package("croniter", "7.0.0", "train", 18, SRC),  # dates
    Package("validators", "0.36.0", "train", 18, SRC),  # validation
    Package("mpmath", "1.4.1", "large", 6, f"{FLAT} mpmath/tests/test_basic_ops.py"),
)
QUICK = ("parsy", "cachetools")


def make(package: Package, folder: Path, python: Path, seed: int) -> Made | None:
    """The tasks of one package; None where they are there already."""
    out = folder / package.part
    done = folder / "done" / f"{package.name}-{package.version}-{package.count}-{seed}"
    if done.exists():
        return None
    _forget(out, package.name)
    order = Order(
        unpacked(package, folder, python), out, package.count, seed, python, package.test,
        "local", requirements=TESTS_NEED[1:], name=package.name,
    )  # fmt: skip
    made = inject(order, say=lambda text: print(f"  {text}", flush=True))
    done.parent.mkdir(exist_ok=True)
    done.write_text(json.dumps(counts_of(made)))
    return made


def counts_of(made: Made) -> dict[str, dict[str, int]]:
    """The tally: what became of the bugs that were tried -> kind -> how many."""
    return {field.name: dict(getattr(made.tally, field.name)) for field in fields(made.tally)}


def environment(folder: Path) -> Path:
    """The interpreter of the shared virtual environment, made where it is not there."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        _pip(python, "install", "--quiet", *TESTS_NEED)
    return python


def unpacked(package: Package, folder: Path, python: Path) -> Path:
    """The package's own source tree, in a folder of its name."""
    root = folder / "src" / package.name
    if not root.exists():
        sdists = folder / "sdists" / package.name
        pinned = f"{package.name}=={package.version}"
        _pip(python, "download", "--quiet", "--no-deps", "--no-binary", package.name,
             "--dest", str(sdists), pinned)  # fmt: skip
        (archive,) = sdists.glob("*.tar.gz")
        fresh = root.with_name(f"{package.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        with tarfile.open(archive) as file:
            file.extractall(fresh, filter="data")
        (top,) = fresh.iterdir()
        top.rename(root)
        fresh.rmdir()
    return root


def _pip(python: Path, *words: str) -> None:
    quiet = "--disable-pip-version-check"
    subprocess.run([python, "-m", "pip", words[0], quiet, *words[1:]], check=True)


def _forget(out: Path, name: str) -> None:
    """Removes what an interrupted run has left of a package."""
    out.mkdir(parents=True, exist_ok=True)
    for task in out.glob(f"{name}-[0-9][0-9][0-9]"):
        shutil.rmtree(task)
    index = out / INDEX
    if index.exists():
        rows = index.read_text("utf-8").splitlines(keepends=True)
        index.write_text("".join(r for r in rows if json.loads(r)["package"] != name), "utf-8")


def rows_of(folder: Path, part: str) -> list[dict[str, object]]:
    """The index of one part."""
    index = folder / part / INDEX
    return [json.loads(row) for row in index.read_text("utf-8").splitlines()] if (
        index.exists()
    ) else []  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("--quick", action="store_true", help="two packages, three bugs each")
    parser.add_argument("--only", action="append", help="only this package (repeatable)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the counts here")
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    python = environment(folder)
    chosen = options.only or (QUICK if options.quick else [p.name for p in PACKAGES])
    table = []
    for package in PACKAGES:
        if package.name not in chosen:
            continue
        if options.quick:
            package = Package(package.name, package.version, package.part, 3, package.test)
        begun = time.monotonic()
        try:
            made = make(package, folder, python, options.seed)
        except FixitError as error:
            print(f"{package.name}: {error}", flush=True)
            continue
        if made is not None:
            sums = {name: sum(counts.values()) for name, counts in counts_of(made).items()}
            table.append({"package": package.name, "part": package.part, "tests": made.tests,
                          "tasks": len(made.folders), **sums,
                          "seconds": round(time.monotonic() - begun)})  # fmt: skip
            print(json.dumps(table[-1]), flush=True)
    for part in ("train", "test", "large"):
        rows = rows_of(folder, part)
        shapes = Counter(str(row["shape"]) for row in rows)
        print(f"{part}: {len(rows)} tasks of {len({row['package'] for row in rows})} packages, "
              f"{dict(shapes)}")  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
