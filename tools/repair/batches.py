"""One seam between a search and the way that tests are run: many candidates at once where the
command can, one after another where it cannot."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from fixit_runtime.agent.seams import RunLimits, Sandbox, SuiteRun, TestCommand
from fixit_runtime.tools.source import to_bytes

Texts = Mapping[str, str | None]


@runtime_checkable
class Batches(Protocol):
    """A test command that runs many candidates in little time: `warm.WarmCommand`."""

    def run_candidates(
        self,
        sandbox: Sandbox,
        candidates: Sequence[Texts],
        nodeids: Sequence[str] | None = None,
        *,
        limits: RunLimits,
        screen_limits: RunLimits | None = None,
        stop_at_first_failure: bool = True,
    ) -> Generator[SuiteRun]: ...


def runs(
    command: TestCommand,
    sandbox: Sandbox,
    candidates: Sequence[Texts],
    originals: Texts,
    nodeids: Sequence[str],
    *,
    limits: RunLimits,
    quick_limits: RunLimits,
    stop_at_first_failure: bool,
) -> Generator[SuiteRun]:
    """These tests on each candidate in turn. The files are as they were after each, and when
    the iterator is closed.

    Args:
        originals: the text of every file that a candidate changes.
        limits: of a run in a new process.
        quick_limits: of a candidate in a process that has imported everything already.

    Raises:
        SandboxError, EnvironmentFailed: not for anything that a candidate does.
    """
    if isinstance(command, Batches):
        made = command.run_candidates(
            sandbox,
            candidates,
            nodeids,
            limits=limits,
            screen_limits=quick_limits,
            stop_at_first_failure=stop_at_first_failure,
        )
        try:
            yield from made
        finally:
            made.close()
        return
    for files in candidates:
        sandbox.put({path: _bytes(text) for path, text in files.items()})
        try:
            yield command.run(
                sandbox, nodeids, limits=limits, stop_at_first_failure=stop_at_first_failure
            )
        finally:
            sandbox.put({path: _bytes(originals.get(path)) for path in files})


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else to_bytes(text)
