"""The lines of a trace, and who keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a trace. `kind`: run_start, decision, llm, tool, outcome, risk, run_end."""

    run: str
    seq: int
    t: float  # seconds since the epoch
    kind: str
    data: Mapping[str, object]


class TraceStore(Protocol):
    """Append-only. One writer per run."""

    run: str

    def append(self, kind: str, data: Mapping[str, object], *, sync: bool = False) -> Event:
        """Add one event; with `sync` it is on disk when this returns."""

    def events(self) -> Sequence[Event]:
        """All events of this run, in order."""
