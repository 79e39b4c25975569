"""What became of the attempts of earlier runs, read from their traces: what beliefs learn from.

An attempt is one act that ended in a verdict. It was right where its candidate was shown, or a
person or a label said so; wrong where it was rejected, or all its candidates were refused later;
and unsettled else. Runs that went on with one another are read as one.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fixit_runtime.agent.capital import store
from fixit_runtime.agent.capital.reading import REPAIRED, Run, runs
from fixit_runtime.agent.capital.records import decode
from fixit_runtime.agent.capital.resume import ANSWER
from fixit_runtime.agent.errors import TraceError
from fixit_runtime.agent.seams import Event, Revealed, Stage, Suspect, Tried

SEEN = "seen"  # name of the trace's event that holds what could be seen of the task at first
MOST_RUNS = 200  # of a folder, the latest: beliefs of long ago tell of other versions


def tried(state_dir: Path, *, without: str = "", most: int = MOST_RUNS) -> list[Tried]:
    """The attempts of a state folder's latest runs, oldest first. What cannot be read is left
    out.

    Args:
        without: a run that is gone on with: what it did so far is no news to it.
    """
    found = runs(state_dir, most)
    roots = _roots(found)
    by_root: dict[str, list[Run]] = defaultdict(list)
    for run in found:
        by_root[roots[run.id]].append(run)
    mine = roots.get(without, without)
    made: list[Tried] = []
    for root, line in by_root.items():
        if root != mine:
            made += _of(root, line)
    return made


def _roots(found: Sequence[Run]) -> dict[str, str]:
    """The first of the runs that each of them goes on with."""
    before = {run.id: str(_start(run).get("resumes") or "") for run in found}
    roots: dict[str, str] = {}
    for run in found:  # oldest first, so that what it goes on with is known already
        roots[run.id] = roots.get(before[run.id], before[run.id] or run.id)
    return roots


def _start(run: Run) -> Mapping[str, Any]:
    return next((e.data for e in run.events if e.kind == "run_start"), {})


def _of(root: str, line: Sequence[Run]) -> Iterator[Tried]:
    """The attempts of runs that went on with one another."""
    start = _start(line[0])
    settings = start.get("settings")
    named = settings.get("failing") or () if isinstance(settings, Mapping) else ()
    task = hashlib.sha256(json.dumps([start.get("tree"), named]).encode()).hexdigest()[:16]
    about = Tried(root, str(start.get("repository", "")), task, "", False, None, 0.0)
    story = _Story(about)
    for run in line:
        blobs = store.blob_folder(run.path.parent.parent)
        for event in run.events:
            try:
                story.hear(event, blobs)
            except (TraceError, ValueError, KeyError, TypeError, AttributeError):
                continue  # damaged, or of another version
    return iter(story.settled())


@dataclass(slots=True)
class _Story:
    """What a run has told so far."""

    about: Tried
    made: list[tuple[Tried, frozenset[str]]] = field(default_factory=list)
    stages: dict[str, str] = field(default_factory=dict)
    said: dict[str, bool] = field(default_factory=dict)  # whether a candidate is right
    labels: dict[int, bool] = field(default_factory=dict)  # whether an attempt was, by its place

    def hear(self, event: Event, blobs: Path) -> None:
        """Raises what a damaged event makes it raise."""
        data: Mapping[str, Any] = event.data
        if event.kind == "outcome":
            self._step(data["booking"], _part(data, "result", blobs))
        elif event.kind == "tool" and data.get("name") == SEEN:
            values = {str(name): float(v) for name, v in data["values"].items()}
            if all(map(math.isfinite, values.values())):
                self.about = replace(self.about, values=values)
        elif event.kind == "tool" and data.get("name") == REPAIRED:
            self.said.setdefault(str(data["candidate"]), True)
        elif event.kind == "tool" and data.get("name") == ANSWER:
            answered = _part(data, "answered", blobs)
            self.said.update(dict.fromkeys(answered["agreeing"], True))
            self.said.update(dict.fromkeys(answered["contradicting"], False))

    def _step(self, booking: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        verdict, action = booking["verdict"], booking["action"]
        self.stages.update({c["id"]: c["stage"] for c in result["candidates"]})
        if action == "plan" and verdict == "informed":
            suspects = (decode(Suspect, s) for s in result["suspects"] or ())
            self.about = replace(self.about, suspects=tuple(suspects))
        elif action == "act" and verdict in ("accept", "reject"):
            if booking.get("label") is not None:
                self.labels[len(self.made)] = bool(booking["label"])
            self._attempt(booking, result)

    def _attempt(self, booking: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        tier, accepted = str(booking["tier"]), booking["verdict"] == "accept"
        usd = float(booking["spend"]["usd"])
        if not 0 <= usd < math.inf:
            raise ValueError(f"{usd} dollars")
        number = sum(each.tier == tier for each, _ in self.made)
        one = replace(
            self.about,
            tier=tier,
            accepted=accepted,
            cost_usd=usd,
            number=number,
            planned=self.about.suspects is not None,
        )
        green = {c["id"] for c in result["candidates"] if c["stage"] != Stage.REJECTED}
        agrees = {result["agrees"]} if result.get("agrees") else set()
        self.made.append((one, frozenset(green | agrees)))
        if not accepted and result.get("revealed"):
            shown = decode(Revealed, result["revealed"])
            self.about = replace(self.about, revealed=(*self.about.revealed, shown))

    def settled(self) -> list[Tried]:
        """Every attempt, with what became of it by the end."""
        return [
            replace(each, right=self.labels.get(n, self._right(each, candidates)))
            for n, (each, candidates) in enumerate(self.made)
        ]

    def _right(self, each: Tried, candidates: Iterable[str]) -> bool | None:
        if not each.accepted:
            return False
        known = [self._candidate(name) for name in candidates]
        if True in known:
            return True
        return None if None in known else False

    def _candidate(self, name: str) -> bool | None:
        if self.stages.get(name) == Stage.REJECTED:
            return False
        return self.said.get(name)


def _part(data: Mapping[str, Any], name: str, blobs: Path) -> Mapping[str, Any]:
    """A part of an event, from beside the trace where it is large."""
    part = data[name]
    if store.is_blob(part):
        part = store.get_blob(blobs, str(part["$blob"]))
    if not isinstance(part, Mapping):
        raise TypeError(name)
    return part
