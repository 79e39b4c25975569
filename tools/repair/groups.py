"""Candidates grouped by what they do, and the one call that tells two groups apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fixit_runtime.agent.seams import Answer, Question
from fixit_runtime.tools.repair.behaviour import Behaviours, Call, Seen

ENTRIES_TELL = 12  # so many calls as tests make them decide alone where targets differ
ANSWERS = 4


@dataclass(frozen=True, slots=True)
class Kept:
    """How a candidate's behaviour compares with the untouched code's: see `confidence`."""

    calls: int
    kept: float
    changed: float
    raises: float
    heals: float


def groups_of(ids: Sequence[str], seen: Behaviours, targets: int) -> list[tuple[str, ...]]:
    """Ids that do the same on every call that counts, in order of their first member. One whose
    behaviour is not known stands alone.

    Where candidates change different functions, calls as tests make them count alone, if there
    are enough of them: what one function does on its own says nothing of a change in another.
    """
    entries = [n for n, call in enumerate(seen.calls) if call.entry]
    alone = targets > 1 and len(entries) >= ENTRIES_TELL
    counted = entries if alone else list(range(len(seen.calls)))
    found: dict[object, list[str]] = {}
    for name in ids:
        row = seen.by_id.get(name)
        key = tuple(row[n] for n in counted) if row and counted else name
        found.setdefault(key, []).append(name)
    return [tuple(group) for group in found.values()]


def kept(name: str, seen: Behaviours) -> Kept:
    """What the candidate changes on recorded calls of passing tests, and on varied ones."""
    row = seen.by_id.get(name)
    if row is None or not seen.calls:
        return Kept(0, 1.0, 0.0, 0.0, 0.0)
    triples = [
        (call, old, new)
        for call, old, new in zip(seen.calls, seen.original, row, strict=True)
        if old.kind != "unasked"
    ]
    before = [(old, new) for call, old, new in triples if call.recorded and call.passing]
    varied = [(old, new) for call, old, new in triples if not call.recorded]
    ran = [(old, new) for old, new in varied if old.kind == "returns"]
    fell = [(old, new) for old, new in varied if old.kind != "returns"]
    return Kept(
        len(triples),
        _part(before, _same, 1.0),
        1.0 - _part(varied, _same, 1.0),
        1.0 - _part(ran, lambda old, new: new.kind == "returns", 1.0),
        _part(fell, lambda old, new: new.kind == "returns", 0.0),
    )


def question(groups: Sequence[Sequence[str]], seen: Behaviours) -> Question | None:
    """The call on which the first two groups differ and that a person answers most easily, with
    what each group does as a foreseen answer; None where no call tells them apart."""
    if len(groups) < 2:
        return None
    rows = [seen.by_id.get(group[0]) for group in groups]
    best: tuple[tuple[float, ...], int] | None = None
    for n, call in enumerate(seen.calls):
        said = [_said(row[n]) if row else "" for row in rows]
        if not said[0] or not said[1] or said[0] == said[1] or "<" in call.text:
            continue
        merit = (float(call.entry), float(len(set(said))), -float(len(call.text)))
        if best is None or merit > best[0]:
            best = merit, n
    if best is None:
        return None
    n = best[1]
    answers: dict[str, list[str]] = {}
    for group, row in zip(groups, rows, strict=True):
        if row and (text := _said(row[n])):
            answers.setdefault(text, []).extend(group)
    few = list(answers.items())[:ANSWERS]
    return Question(_asked(seen.calls[n]), tuple(Answer(text, tuple(who)) for text, who in few))


def _asked(call: Call) -> str:
    return f"What should {call.text} return?"


def _said(seen: Seen) -> str:
    """A foreseen answer; "" for what nobody would answer."""
    if seen.kind == "raises":
        return f"it should raise {seen.text}"
    return seen.text if seen.kind == "returns" and not seen.text.endswith("...") else ""


def _same(old: Seen, new: Seen) -> bool:
    return old == new


def _part(
    pairs: Sequence[tuple[Seen, Seen]], holds: Callable[[Seen, Seen], bool], nothing: float
) -> float:
    return sum(holds(old, new) for old, new in pairs) / len(pairs) if pairs else nothing
