"""Runs a repository's tests with pytest inside a sandbox, one result a test.

The target's interpreter is started on a few lines that read the probe (`probe.py`) and its
settings from stdin. So nothing of fixit lies where a test could change it, any number of tests
in any spelling can be named, and no report of an earlier run can be taken for a new one: each
run writes to a file with a fresh name that no one inside is told.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from weakref import WeakKeyDictionary

from fixit_runtime.agent.errors import EnvironmentFailed, TestsUncollectable
from fixit_runtime.agent.seams import Completed, RunLimits, Sandbox, SuiteRun, TestResult
from fixit_runtime.tools import probe_report
from fixit_runtime.tools.probe_report import ProbeReport
from fixit_runtime.tools.protect import is_test_file

OLDEST_PYTHON = (3, 8)
REPORT_BYTES = 400_000_000
_TAIL = 3_000  # characters of output that an error message quotes
_REPORT = "fixit-report-"
_ENV = {
    "PYTHONDONTWRITEBYTECODE": "1",  # an edit of equal size in the same second is not seen else
    "PYTHONHASHSEED": "0",
}
# The current folder goes on the path only after our own imports, then as `-m pytest` has it.
_BOOT = f"""
import sys
if sys.path[:1] == [""]: del sys.path[0]
import json, os, traceback, types
config = json.loads(sys.stdin.buffer.read())
null = os.open(os.devnull, os.O_RDONLY)
os.dup2(null, 0)
folder = os.path.dirname(config["report"])
for name in os.listdir(folder):
    if name.startswith("{_REPORT}"): os.unlink(os.path.join(folder, name))
def note(**line):
    with open(config["report"], "a") as report: report.write(json.dumps(line) + "\\n")
note(e="begin", python=sys.version.split()[0])
sys.path.insert(0, os.getcwd())
probe = config.pop("probe")
try:
    for name in probe:
        module = sys.modules[name] = types.ModuleType(name)
        exec(compile(probe[name], "<" + name + ">", "exec"), module.__dict__)
except ImportError:
    note(e="no_pytest", text=traceback.format_exc())
    sys.exit(3)
for name in probe: del sys.modules[name]
sys.exit(module.main(config))
"""


_PROBE = ("probe_types", "probe_lines", "probe_errors", "probe_select", "probe")  # as imported
_LEARN = ("worker_preload", "worker_watch", "probe_learn")  # after these


@dataclass(slots=True)
class PytestCommand:
    """`python -m pytest` with these arguments and environment, as the user would run it, but:
    in order, in one process, past collection errors, and writing nothing into the repository.

    A module that cannot be collected has one result with the module's path as nodeid and
    Outcome.ERROR; it can be named like a test. A test that hangs or ends the process has
    Outcome.FAILED with the error type "TimedOut" or "ProcessDied", and the run is not completed.

    `run` and `collect` raise EnvironmentFailed where the sandbox's interpreter has no pytest or
    does not start, and nothing for what the repository's code does: see `require_tests`.
    """

    __test__ = False
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    text: str = "python -m pytest"
    imported: WeakKeyDictionary[object, Mapping[str, object]] = field(
        default_factory=WeakKeyDictionary, init=False, compare=False, repr=False
    )
    """What the latest run of the whole suite in a sandbox said of its imports, as `warm_learned`
    reads it."""

    def run(
        self,
        sandbox: Sandbox,
        nodeids: Sequence[str] | None = None,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        coverage: bool = False,
        stop_at_first_failure: bool = False,
    ) -> SuiteRun:
        """Run the named tests, or all. A name may be a test, a class, a file or a conftest.py
        (then everything below its folder). Names that do not exist have no result."""
        if nodeids is not None and not nodeids:
            return SuiteRun((), 0, True, 0.0, 0.0)
        report, done = self._probe(
            sandbox,
            nodeids,
            limits,
            coverage=coverage,
            stop_at_first_failure=stop_at_first_failure,
        )
        return report.run(done)

    def collect(
        self,
        sandbox: Sandbox,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
    ) -> tuple[str, ...]:
        """The nodeids of all tests, in order, without running one."""
        report, _ = self._probe(sandbox, None, limits, only_names=True)
        return tuple(report.nodeids)

    def _probe(
        self,
        sandbox: Sandbox,
        nodeids: Sequence[str] | None,
        limits: RunLimits,
        *,
        coverage: bool = False,
        stop_at_first_failure: bool = False,
        only_names: bool = False,
    ) -> tuple[ProbeReport, Completed]:
        settings = {
            "coverage": coverage,
            "stop_at_first_failure": stop_at_first_failure,
            "only_names": only_names,
        }
        sources = probe_sources()
        if nodeids is None and not (coverage or only_names):
            sources = {**sources, **_sources(_LEARN)}
        said, done = self.run_program(sandbox, sources, settings, nodeids, limits=limits)
        report = probe_report.read(said)
        if report.modules is not None:
            with contextlib.suppress(TypeError):  # a sandbox of any kind, not even hashable
                self.imported[sandbox] = report.modules
        _require_pytest(report, done, sandbox.python)
        return report, done

    def run_program(
        self,
        sandbox: Sandbox,
        sources: Mapping[str, str],
        settings: Mapping[str, object],
        nodeids: Sequence[str] | None,
        *,
        limits: RunLimits,
    ) -> tuple[bytes, Completed]:
        """Run `main(settings)` of the last of these modules inside, as this command runs pytest.

        Args:
            sources: texts of modules by name, in order of import: `probe_sources` first.
            settings: what the program needs beside what the probe is told in any case.

        Returns:
            What it wrote to the file that it was told as `report`, and how it ended.
        """
        path = f"{sandbox.scratch}/{_REPORT}{secrets.token_hex(16)}.jsonl"
        told = {
            "probe": dict(sources),
            "report": path,
            "root": sandbox.workdir,
            "args": self.args,
            "nodeids": None if nodeids is None else list(nodeids),
            "wall_s": limits.wall_s,
            "cpu_s": limits.cpu_s,
            "cache_dir": f"{sandbox.scratch}/pytest-cache",
            **settings,
        }
        done = sandbox.run(
            [sandbox.python, "-c", _BOOT],
            limits=limits,
            env={**_ENV, **self.env},
            stdin=json.dumps(told).encode("ascii"),
        )
        return sandbox.get(path, max_bytes=REPORT_BYTES) or b"", done


def probe_sources() -> dict[str, str]:
    """The probe's modules by name, in order of import."""
    return _sources(_PROBE)


@cache
def _sources(names: tuple[str, ...]) -> dict[str, str]:
    package = "fixit_runtime.tools"
    return {
        f"{package}.{name}": files(package).joinpath(f"{name}.py").read_text("utf-8")
        for name in names
    }


def require_tests(run: SuiteRun, sandbox: Sandbox, text: str) -> None:
    """Refuse a first run that shows no test at all, with the reason.

    What the repository's own code breaks while it is imported is not refused: it may be the
    bug to repair, and has a result of its own.

    Raises:
        EnvironmentFailed: a module that is not installed keeps everything from being imported.
        TestsUncollectable: no test was found, or the tests' own configuration is broken.
    """
    broken = {nodeid for nodeid, _ in run.errors}
    if any(result.nodeid not in broken for result in run.results):
        return
    for result in run.results:
        if name := probe_report.missing_module(result):
            raise _missing(name, result, sandbox.python)
    if any(_may_be_repaired(result) for result in run.results):
        return
    why = "\n".join(error for _, error in run.errors) or run.output
    why = why.strip()[-_TAIL:] or f"it ended with code {run.returncode} after {run.wall_s:.0f} s"
    if run.completed and not run.errors:
        raise TestsUncollectable(
            f"`{text}` found no tests in {sandbox.workdir}",
            hint="name the command that runs them with --test, for example"
            " --test 'pytest path/to/tests'",
        )
    raise TestsUncollectable(
        f"`{text}` could not collect any test:\n{why}",
        hint=f"run it yourself with {sandbox.python}, and repair what it says first",
    )


def _may_be_repaired(result: TestResult) -> bool:
    """A conftest.py is configuration, unless the code that it imports is what failed."""
    if result.nodeid.rpartition("/")[2] != "conftest.py":
        return True
    return any(not is_test_file(path) for path, _ in result.frames)


def _missing(name: str, result: TestResult, python: str) -> EnvironmentFailed:
    if probe_report.is_own_module(result):
        return EnvironmentFailed(
            f"{result.nodeid} imports {name}, which is in the repository but cannot be imported"
            f" by {python}",
            hint="install the repository there (pip install -e .), or set pythonpath in the"
            " pytest configuration",
        )
    top = name.partition(".")[0]
    return EnvironmentFailed(
        f"{result.nodeid} imports {name}, which is not installed for {python}",
        hint=f"install it there (pip install {top}), or name the right interpreter with --python",
    )


def _require_pytest(report: ProbeReport, done: Completed, python: str) -> None:
    if report.import_failure:
        missing = re.search(r"No module named '_?pytest'", report.import_failure)
        last = report.import_failure.strip().rpartition("\n")[2]
        raise EnvironmentFailed(
            f"pytest {'is not installed for' if missing else 'cannot be imported by'} {python}"
            + ("" if missing else f": {last}"),
            hint=f"install it ({python} -m pip install pytest), or name the interpreter that has"
            " it with --python",
        )
    version = tuple(int(part) for part in re.findall(r"\d+", report.python)[:2])
    if version and version < OLDEST_PYTHON:
        raise EnvironmentFailed(
            f"{python} is Python {report.python}; fixit needs 3.8 or later for the tests",
            hint="name a later interpreter with --python",
        )
    if not version and not done.timed_out:
        tail = done.output.decode(errors="replace").strip()[-_TAIL:]
        raise EnvironmentFailed(
            f"the interpreter {python} does not start in the sandbox; it"
            f" {probe_report.how_it_ended(done)}" + (f":\n{tail}" if tail else ""),
            hint="name one that works with --python",
        )
