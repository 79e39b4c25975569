"""Runs tests with any other command, judged by its exit code and, where it writes one, its
JUnit XML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fixit_runtime.agent.seams import (
    Completed,
    Outcome,
    RunLimits,
    Sandbox,
    SuiteRun,
    TestResult,
)
from fixit_runtime.tools import junit
from fixit_runtime.tools.probe_report import (
    PROCESS_DIED,
    TIMED_OUT,
    how_it_ended,
    worst_of_each,
)

COMMAND = "command"  # the nodeid of the command's own exit code
_OUTPUT_TAIL = 20_000


@dataclass(slots=True)
class ShellCommand:
    """A command line for the shell, run in the repository's root.

    Its exit code is the result of one pseudo test, "command". With `junit` (a path in the
    repository, deleted before each run so that an old file cannot be read) each test case of
    that file has a result too. The command always runs whole: it cannot be told which tests
    to run, and has no line coverage.
    """

    __test__ = False
    text: str
    junit: str = ""

    def run(
        self,
        sandbox: Sandbox,
        nodeids: Sequence[str] | None = None,
        *,
        limits: RunLimits = RunLimits(),  # noqa: B008  (frozen)
        coverage: bool = False,
        stop_at_first_failure: bool = False,
    ) -> SuiteRun:
        """Run it; `nodeids`, `coverage` and `stop_at_first_failure` have no effect."""
        if self.junit:
            sandbox.put({self.junit: None})
        bin_folder = PurePosixPath(sandbox.python).parent
        done = sandbox.run(
            ["/bin/sh", "-c", self.text],
            limits=limits,
            env={
                "PATH": f"{bin_folder}:/usr/local/bin:/usr/bin:/bin",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONHASHSEED": "0",
            },
        )
        output = done.output.decode(errors="replace")
        results, error = self._test_cases(sandbox)
        return SuiteRun(
            results=(*results, _of_the_command(done, output)),
            returncode=done.returncode,
            completed=not done.timed_out and done.returncode >= 0 and not error,
            wall_s=done.wall_s,
            cpu_s=done.cpu_s,
            output=output,
            errors=((self.junit, error),) if error else (),
        )

    def _test_cases(self, sandbox: Sandbox) -> tuple[tuple[TestResult, ...], str]:
        """What the XML says, and why it cannot be read."""
        if not self.junit:
            return (), ""
        data = sandbox.get(self.junit, max_bytes=junit.MAX_BYTES + 1)
        if data is None:
            return (), f"the command wrote no {self.junit}"
        try:
            return worst_of_each(junit.results(data, self.junit)), ""
        except junit.UnreadableJUnit as error:
            return (), error.message


def _of_the_command(done: Completed, output: str) -> TestResult:
    if done.returncode == 0 and not done.timed_out:
        return TestResult(COMMAND, Outcome.PASSED, done.wall_s)
    kind = TIMED_OUT if done.timed_out else PROCESS_DIED if done.returncode < 0 else "ExitCode"
    text = f"the command {how_it_ended(done)}\n{output[-_OUTPUT_TAIL:]}"
    return TestResult(COMMAND, Outcome.FAILED, done.wall_s, text, kind)
