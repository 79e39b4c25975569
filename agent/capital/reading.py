"""Reading traces back: whole where they are whole, and as far as they go where they are not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fixit_runtime.agent.capital import store
from fixit_runtime.agent.errors import TraceError, UsageError
from fixit_runtime.agent.seams import Event

VERSION = 1
REPAIRED = "repaired"  # name of the event that holds the texts which a confirmed patch replaces
_HEAD = b'{"v":'


@dataclass(frozen=True, slots=True)
class Run:
    """What could be read of a run. `warnings` say what could not."""

    id: str
    path: Path
    events: tuple[Event, ...]
    warnings: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return bool(self.events) and self.events[-1].kind == "run_end"


def runs(state_dir: Path, most: int | None = None) -> list[Run]:
    """All runs of a state folder, or its latest ones, oldest first, large payloads left out."""
    paths = sorted(store.run_folder(state_dir).glob("*.jsonl"))
    return [_listed(path) for path in (paths if most is None else paths[-most:])]


def find_run(state_dir: Path, name: str) -> Run:
    """The run of this id, of the only id that begins so, or (`last`) the newest; or the trace
    file of this path.

    Raises:
        UsageError: there is none, or more than one.
        TraceError: the file is no trace.
    """
    if name.endswith(".jsonl") and Path(name).is_file():
        return read_run(Path(name))
    paths = sorted(store.run_folder(state_dir).glob("*.jsonl"))
    if name == "last":
        found = paths[-1:]
    else:
        found = [p for p in paths if p.stem == name] or [
            p for p in paths if p.stem.startswith(name)
        ]
    if len(found) == 1:
        return read_run(found[0])
    what = f"{len(found)} runs in {state_dir} begin with" if found else f"{state_dir} has no run"
    raise UsageError(f"{what} {name!r}", hint="`fixit trace list` shows the runs that there are.")


def read_run(path: Path, *, whole: bool = True) -> Run:
    """The events of a trace file, as far as they can be read.

    A cut or damaged tail is left out with a warning. With `whole`, large payloads are fetched.

    Raises:
        TraceError: the file cannot be opened, is no trace, or is of a later version.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TraceError(f"{path} cannot be read: {error.strerror}") from error
    *lines, tail = data.split(b"\n")
    _check_is_trace(path, data)
    events: list[Event] = []
    warnings: list[str] = []
    for line in lines:
        event = _parsed(line, len(events))
        if event is None:
            number = len(events) + 1
            left = len(lines) - len(events)
            warnings.append(f"line {number} cannot be read; {left} line(s) from there are left out")
            break
        if event.kind == "run_end":
            warnings += _wrong_seal(event, b"".join(x + b"\n" for x in lines[: len(events)]))
        events.append(event)
    if tail:
        warnings.append(f"the last line was cut; its {len(tail)} bytes are left out")
    if not data:
        warnings.append("nothing was written")
    if whole:
        blobs = store.blob_folder(path.parent.parent)
        events = [_fetched(event, blobs, warnings) for event in events]
    run = events[0].run if events else path.stem
    return Run(run, path, tuple(events), tuple(warnings))


def _listed(path: Path) -> Run:
    try:
        return read_run(path, whole=False)
    except TraceError as error:
        return Run(path.stem, path, (), (error.message,))


def _check_is_trace(path: Path, data: bytes) -> None:
    first = data.split(b"\n", 1)[0]
    begun = data.startswith(_HEAD) or _HEAD.startswith(data)
    fields = _object(first) if b"\n" in data else {}
    version = fields.get("v") if fields is not None else None
    if isinstance(version, int) and version > VERSION:
        raise TraceError(
            f"{path} is a trace of format {version}, and this fixit reads {VERSION}",
            hint="Update fixit.",
        )
    if not begun or (b"\n" in data and _parsed(first, 0) is None):
        raise TraceError(f"{path} is no trace of fixit", hint="See `fixit trace list`.")


def _parsed(line: bytes, seq: int) -> Event | None:
    """The event of this line; None if it is none, or not the one due here."""
    match _object(line):
        case {
            "v": 1,
            "run": str(run),
            "seq": int(found),
            "t": int() | float() as t,
            "kind": str(kind),
            "data": dict(data),
        } if found == seq:
            return Event(run, found, float(t), kind, data)
    return None


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _wrong_seal(end: Event, before: bytes) -> Iterator[str]:
    if (end.data.get("n"), end.data.get("sha256")) != (end.seq, hashlib.sha256(before).hexdigest()):
        yield "the lines are not those that were written: count or SHA-256 of run_end differs"


def _fetched(event: Event, blobs: Path, warnings: list[str]) -> Event:
    data = dict(event.data)
    for key, value in event.data.items():
        if store.is_blob(value) and isinstance(value, dict):
            try:
                data[key] = store.get_blob(blobs, str(value["$blob"]))
            except ValueError as error:
                warnings.append(f"line {event.seq + 1}, {key}: {error}")
    return replace(event, data=data)
