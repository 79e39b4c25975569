"""Is it the right code that turns green? Verdicts on ten packages, in both sandboxes.

    python benchmarks/packages.py                   all ten (some minutes, with the network)
    python benchmarks/packages.py --quick           two
    python benchmarks/packages.py --package toolz   one

Each package is unpacked from its source distribution and installed in place: in an image that is
built for it, and in a virtual environment of the host's. Then a bug is put into it. Its tests are
run with the bug and, in the same sandbox, after the repair has been put into the copy, each time
by a new interpreter and by the warm worker. Truth is a cold in-place run in a throwaway container,
which uses nothing of fixit's but the list of requirements: the package is copied to a folder of
its own, installed editable there, and `python -m pytest` run on it. With the bug, nothing of it
runs outside a container or a sandbox.

Needs a Docker daemon, the image `fixit-base:dev` (.ci/base-image), bubblewrap, and PyPI. On the
host it installs each package and its requirements into a virtual environment that is thrown away.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from fixit_runtime.agent.seams import RunLimits, Sandbox, SuiteRun
from fixit_runtime.sandboxes.dependencies import Declared
from fixit_runtime.sandboxes.docker import DockerSandbox
from fixit_runtime.sandboxes.images import build
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.recipe import Wanted, plan
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.warm import WarmCommand

BASE, WITH_COMPILER = "fixit-base:dev", "fixit-packages:dev"
LIMITS = RunLimits(wall_s=300.0, cpu_s=300.0)
COMPILER = (
    f"FROM {BASE}\nUSER root\nRUN apt-get update -q && apt-get install -y -q"
    " --no-install-recommends gcc libc6-dev python3-dev\n"
)
Verdicts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Package:
    """A source distribution, how its tests are run, and a bug: `right` becomes `wrong` at its
    first place in `path`."""

    name: str
    version: str
    shape: str
    path: str
    right: str
    wrong: str
    args: tuple[str, ...] = ()


PACKAGES = (
    Package("cachetools", "8.0.0", "src layout", "src/cachetools/__init__.py",
            "key = next(iter(self.__order))", "key = next(reversed(self.__order))"),
    Package("humanize", "4.17.0", "src layout, version from git (hatch-vcs)",
            "src/humanize/number.py", "in (11, 12, 13)", "in (11, 12)",
            args=("-k", "not update_translations")),  # runs a program that the host may have
    Package("jaraco.functools", "4.6.0", "namespace package, version from git",
            "jaraco/functools/__init__.py", "f1(f2(*args, **kwargs))", "f2(f1(*args, **kwargs))"),
    Package("markupsafe", "3.0.4", "src layout, compiled extension",
            "src/markupsafe/__init__.py", "if s is None:", "if s is not None:"),
    Package("simplejson", "4.3.0", "flat layout, compiled extension", "simplejson/errors.py",
            "doc.count('\\n', 0, pos) + 1", "doc.count('\\n', 0, pos)"),
    Package("more-itertools", "11.2.1", "flat layout (flit)", "more_itertools/recipes.py",
            "return list(islice(iterable, n))", "return list(islice(iterable, n + 1))",
            args=("tests/test_recipes.py",)),
    Package("toolz", "1.2.0", "flat layout, version from git (setuptools)", "toolz/itertoolz.py",
            "itertools.islice(seq, 0, None, n)", "itertools.islice(seq, 1, None, n)"),
    Package("inflection", "0.5.1", "flat layout, setup.py alone", "inflection/__init__.py",
            "word.replace('_', '-')", "word.replace('_', ' ')"),
    Package("blinker", "1.9.0", "src layout (flit)", "src/blinker/base.py",
            "if not self.receivers:", "if self.receivers:"),
    Package("zc.lockfile", "4.0", "namespace package in src layout", "src/zc/lockfile/__init__.py",
            '" %s\\n" % content', '"%s\\n" % content', args=("src/zc/lockfile/tests.py",)),
)  # fmt: skip
QUICK = ("markupsafe", "jaraco.functools")

# A plugin of its own, so that truth does not rest on fixit's probe.
NOTER = """
import json, os
phases = {}
def pytest_collectreport(report):
    if report.failed: phases[report.nodeid] = ["error"]
def pytest_runtest_logreport(report):
    how = report.outcome
    if how == "failed" and report.when != "call": how = "error"
    if hasattr(report, "wasxfail"): how = "xfailed" if how == "skipped" else "xpassed"
    phases.setdefault(report.nodeid, []).append(how)
def pytest_sessionfinish():
    order = ["error", "failed", "xpassed", "skipped", "xfailed", "passed"]
    worst = {n: min(hows, key=order.index) for n, hows in phases.items()}
    print("NOTED" + json.dumps(worst), flush=True)
"""
# $1 the package's version; the rest are pytest's arguments
IN_PLACE = """
set -e
cp -r /given /somewhere && cd /somewhere
export PIP_BREAK_SYSTEM_PACKAGES=1 SETUPTOOLS_SCM_PRETEND_VERSION="$1"; shift
python -m pip install -q --no-deps --no-build-isolation --no-index -e . >&2
export PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
PYTHONPATH=/noter python -m pytest -p noter -p no:cacheprovider "$@" || true
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One package: the verdicts that truth counts, and in how many each way differs, before and
    after the repair together. `cold_runs`: of those that were asked of the warm workers."""

    package: str
    shape: str
    tests: int
    red_before: int
    red_after: int
    differ: Mapping[str, int]
    cold_runs: int
    examples: tuple[str, ...]

    @property
    def equal(self) -> bool:
        return self.red_before > self.red_after and not any(self.differ.values())


def fetch(package: Package, folder: Path) -> Path:
    """The package as its source distribution has it. What runs to fetch it runs in a container."""
    script = (
        f"pip download -q --no-deps --no-binary {package.name} -d /tmp/d"
        f" {package.name}=={package.version}"
        " >&2 && cat /tmp/d/*.tar.gz"
    )
    data = _run(["docker", "run", "--rm", BASE, "sh", "-c", script])
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(folder, filter="data")
    (root,) = folder.iterdir()
    return root


def break_it(package: Package, root: Path) -> dict[str, bytes]:
    """Put the bug in; the repair of it."""
    file = root / package.path
    right = file.read_bytes()
    wrong = right.replace(package.right.encode(), package.wrong.encode(), 1)
    if wrong == right:
        raise SystemExit(f"{package.name}: {package.path} has no {package.right!r}")
    file.write_bytes(wrong)
    return {package.path: right}


def truth(package: Package, root: Path, image: str, repair: Mapping[str, bytes]) -> Verdicts:
    """The verdicts of `python -m pytest` in a container that is thrown away."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.add(root, "given")
        for path, data in {
            "noter/noter.py": NOTER.encode(),
            **{f"given/{path}": data for path, data in repair.items()},
        }.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    run = ["docker", "run", "--rm", "-i", "--network", "none", "--label", "fixit.bench=1"]
    inside = f"tar -xf - -C / && exec sh /place.sh {package.version} {shlex.join(package.args)}"
    script = f"cat > /place.sh <<'END'\n{IN_PLACE}\nEND\n{inside}"
    start = ["--entrypoint", "sh", image, "-c", script]
    said = _run([*run, *start], out.getvalue()).decode(errors="replace")
    noted = [line for line in said.splitlines() if "NOTED{" in line]
    if not noted:
        raise SystemExit(f"{package.name}: the run in place gave nothing:\n{said[-3000:]}")
    verdicts: Verdicts = json.loads(noted[-1].partition("NOTED")[2])
    return verdicts


def verdicts_of(run: SuiteRun) -> Verdicts:
    return {result.nodeid: str(result.outcome) for result in run.results}


def in_sandbox(
    package: Package, sandbox: Sandbox, repair: Mapping[str, bytes]
) -> tuple[dict[str, list[Verdicts]], int]:
    """The verdicts before the repair and after it, in one sandbox, by a new interpreter and by
    the warm worker; and how many of its runs were cold."""
    cold = PytestCommand(args=package.args)
    found: dict[str, list[Verdicts]] = {sandbox.name: [], f"{sandbox.name}, warm": []}
    sandbox.start()
    try:
        with WarmCommand(cold, say=lambda text: print(f"  {text}", file=sys.stderr)) as warm:
            for change in ({}, repair):
                sandbox.put(change)
                for way, run in zip(found, (cold.run, warm.run), strict=True):
                    found[way].append(verdicts_of(run(sandbox, limits=LIMITS)))
            return found, warm.cold_runs
    finally:
        sandbox.close()


def environment(root: Path, folder: Path, needs: Declared, version: str) -> Path:
    """A virtual environment of the host's Python with the package installed editable."""
    _run([sys.executable, "-m", "venv", str(folder / "env")])
    python = folder / "env/bin/python"
    for path, text in needs.texts.items():
        (folder / "needs" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "needs" / path).write_text(text)
    files = [word for path in needs.files for word in ("-r", f"{folder}/needs/{path}")]
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    _run([*pip, *needs.requirements, *needs.build, "pytest", *files])
    pretend = {"SETUPTOOLS_SCM_PRETEND_VERSION": version}
    _run([*pip, "--no-deps", "--no-build-isolation", "-e", str(root)], env=pretend)
    return python


def measure(package: Package, root: Path, folder: Path) -> Row:
    """`root`: where the package lies, unpacked; `folder`: an empty one."""
    base = WITH_COMPILER if "compiled" in package.shape else BASE
    wanted = Wanted(Snapshot.of(root), base, "3.11")
    image = build(wanted, lambda line: print(f"  {package.name}: {line}", file=sys.stderr))
    base_id = _run(["docker", "image", "inspect", "-f", "{{.Id}}", base]).decode().strip()
    plain = plan(wanted, base_id).steps[0].tag  # the requirements alone
    here = shutil.copytree(root, folder / "here", symlinks=True)
    python = environment(here, folder, wanted.needs(), package.version)
    repair = break_it(package, root)
    break_it(package, here)
    want = [truth(package, root, plain, {}), truth(package, root, plain, repair)]
    sandboxes = (
        DockerSandbox(Snapshot.of(root), image=image),
        LocalSandbox(Snapshot.of(here), python=python),
    )
    differ, examples, cold_runs = {}, [], 0
    for sandbox in sandboxes:
        found, cold = in_sandbox(package, sandbox, repair)
        cold_runs += cold
        for way, got in found.items():
            odd = [
                f"{way}, {when}: {nodeid}: {seen.get(nodeid)}, in place {true.get(nodeid)}"
                for when, seen, true in zip(("before", "after"), got, want, strict=True)
                for nodeid in sorted({*seen, *true})
                if seen.get(nodeid) != true.get(nodeid)
            ]
            differ[way] = len(odd)
            examples += odd[:3]
    red, still = (sum(v in ("failed", "error") for v in w.values()) for w in want)
    return Row(
        package.name, package.shape, len(want[0]), red, still, differ, cold_runs, tuple(examples)
    )


def _run(
    command: list[str],
    stdin: bytes = b"",
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> bytes:
    done = subprocess.run(
        command, input=stdin, capture_output=True, cwd=cwd, env={**os.environ, **(env or {})}
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)[:300]}\n{done.stderr.decode()[-2000:]}")
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two packages")
    parser.add_argument("--package", action="append", help="only this one (repeatable)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows here")
    options = parser.parse_args()
    chosen = options.package or (QUICK if options.quick else [p.name for p in PACKAGES])
    packages = [p for p in PACKAGES if p.name in chosen]
    if any("compiled" in p.shape for p in packages):
        _run(["docker", "build", "-q", "-t", WITH_COMPILER, "-"], COMPILER.encode())
    rows = []
    ways = ("docker", "docker, warm", "local", "local, warm")
    head = f"{'package':<17} {'tests':>6} {'red':>9} {'  '.join(ways)}  shape"
    print(head + "\n" + "-" * len(head))
    for package in packages:
        with tempfile.TemporaryDirectory(prefix="fixit-packages-") as folder:
            root = fetch(package, Path(folder, "unpacked"))
            row = measure(package, root, Path(folder))
        rows.append(row)
        differ = "  ".join(f"{row.differ[way]:>{len(way)}}" for way in ways)
        red = f"{row.red_before:>4} > {row.red_after:<2}"
        print(f"{row.package:<17} {row.tests:>6} {red} {differ}  {row.shape}", flush=True)
        for example in row.examples:
            print(f"    {example}", flush=True)
    cold_runs = sum(row.cold_runs for row in rows)
    print(f"equal to the run in place: {sum(row.equal for row in rows)} of {len(rows)} packages")
    print(f"asked of warm workers, and run cold: {cold_runs} of {4 * len(rows)} runs")
    if options.json:
        lines = [{**asdict(row), "equal": row.equal} for row in rows]
        options.json.write_text(json.dumps(lines, indent=2) + "\n")


if __name__ == "__main__":
    main()
