"""The trace: everything that a run decided and what came of it, one event a line.

A line is `{"v": 1, "run": …, "seq": …, "t": …, "kind": …, "data": {…}}`. Outcomes, risks and
the end are on disk before the run goes on; a crash costs at most a partial last line, which
reading leaves out and reports. `run_end` carries the number of lines before it and their
SHA-256. No secret reaches the disk (`redact`).
"""

from __future__ import annotations

import json
import math
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fixit_runtime.agent.capital import store
from fixit_runtime.agent.capital.reading import VERSION, Run, find_run, read_run, runs
from fixit_runtime.agent.capital.records import plain
from fixit_runtime.agent.capital.redact import Redact, redactor, unredacted
from fixit_runtime.agent.errors import TraceError
from fixit_runtime.agent.seams import Clock, Event

KINDS = frozenset({"run_start", "decision", "llm", "tool", "outcome", "risk", "run_end"})
_SYNCED = frozenset({"outcome", "risk", "run_end"})
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def new_run_id(now: float, suffix: str) -> str:
    """An id that sorts by time: `now` in seconds since the epoch, `suffix` random letters."""
    return f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}-{suffix}"


class MemoryTrace:
    """A trace that is never written down. What `events` returns is what a file would hold."""

    def __init__(
        self, run: str = "memory", *, clock: Clock = time.time, redact: Redact = unredacted
    ) -> None:
        self.run = run
        self._clock = clock
        self._redact = redact
        self._events: list[Event] = []

    def append(self, kind: str, data: Mapping[str, object], *, sync: bool = False) -> Event:
        """Raises TypeError or ValueError for what no trace can hold."""
        made = _event(self.run, len(self._events), self._clock(), kind, data, self._redact)
        self._events.append(made)
        return made

    def events(self) -> Sequence[Event]:
        return tuple(self._events)


class FileTrace:
    """The trace of one run below a state folder. Use it as a context, or close it.

    A run that broke off without `run_end` can be opened again and goes on where it stopped.

    Args:
        environ: where the values of secrets are read from; the process's own environment
            unless given.
    Raises:
        TraceError: the folder cannot be written, the run is being written by another process,
            has ended, or its file is damaged before its last line.
    """

    def __init__(
        self,
        state_dir: Path,
        run: str,
        *,
        clock: Clock = time.time,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        if not _RUN_ID.fullmatch(run):
            raise TraceError(f"{run!r:.120} is no run id", hint="Take one from `fixit trace list`.")
        self.run = run
        self.path = store.run_path(state_dir, run)
        self._blobs = store.blob_folder(state_dir)
        self._clock = clock
        self._redact = redactor(os.environ if environ is None else environ)
        store.make_ready(state_dir)
        self._file = store.RunFile(self.path)
        self._ended = False
        try:
            self._check_goes_on()
        except BaseException:
            self.close()
            raise

    def append(self, kind: str, data: Mapping[str, object], *, sync: bool = False) -> Event:
        """Add one event. Outcomes, risks and the end are synced whatever `sync` says.

        Raises:
            TraceError: the disk refuses it (the file is then as before), or the run has ended.
            TypeError, ValueError: `data` holds what no trace can hold.
        """
        if self._ended:
            raise TraceError(f"the run {self.run} has ended; nothing can be added to its trace")
        self._file.settle()
        if kind == "run_end":
            data = {**data, "n": self._file.lines, "sha256": self._file.sha256()}
        event = _event(self.run, self._file.lines, self._clock(), kind, data, self._redact)
        small = {key: self._small(value) for key, value in event.data.items()}
        self._file.append(_line(replace(event, data=small)), sync=sync or kind in _SYNCED)
        self._ended = kind == "run_end"
        return event

    def events(self) -> Sequence[Event]:
        return read_run(self.path).events

    def close(self) -> None:
        """Let another process go on with the run. Idempotent."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _small(self, value: object) -> object:
        """The value, or what stands for it where its JSON is large."""
        large = isinstance(value, str | list | dict) and len(_json(value)) > store.LARGE
        return store.put_blob(self._blobs, value) if large or store.is_blob(value) else value

    def _check_goes_on(self) -> None:
        if not self._file.lines:
            return
        found = read_run(self.path, whole=False)
        if len(found.events) < self._file.lines:
            raise TraceError(
                f"{self.path} is damaged: {'; '.join(found.warnings)}", hint="Start a new run."
            )
        if found.ended:
            raise TraceError(f"the run {self.run} has ended", hint="Start a new run.")


def _event(
    run: str, seq: int, t: float, kind: str, data: Mapping[str, object], redact: Redact
) -> Event:
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of event; there are {', '.join(sorted(KINDS))}")
    if not math.isfinite(t):
        raise ValueError(f"an event needs a time, not {t}")
    made: Any = _redacted(plain(data), redact)
    return Event(run, seq, float(t), kind, made)


def _redacted(value: object, redact: Redact) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_redacted(item, redact) for item in value]
    if isinstance(value, dict):
        return {redact(key): _redacted(item, redact) for key, item in value.items()}
    return value


def _line(event: Event) -> bytes:
    fields = {"run": event.run, "seq": event.seq, "t": event.t, "kind": event.kind}
    return _json({"v": VERSION, **fields, "data": event.data}).encode() + b"\n"


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


__all__ = [
    "KINDS",
    "FileTrace",
    "MemoryTrace",
    "Run",
    "find_run",
    "new_run_id",
    "read_run",
    "runs",
]
