"""Going on with an earlier run: its decisions, results and answers, replayed onto a fresh state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fixit_runtime.agent.capital.records import decode
from fixit_runtime.agent.capital.redact import REDACTED
from fixit_runtime.agent.economy import Quote
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.ledger import Spend
from fixit_runtime.agent.seams import Answered, Booking, Decision, Event, Question, Result, State

ANSWER = "answer"  # name of the trace's event that holds one
COVERAGE = "coverage"  # and of the one that holds which tests ran which lines
FRESH = "start afresh without --resume"


@dataclass(frozen=True, slots=True)
class Done:
    """One step that was taken."""

    decision: Decision
    booking: Booking
    result: Result


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run did, and what those did that it went on with: steps and answers in
    order, all that was spent, the question that was asked at the end, and which tests ran which
    lines, as a plan has written it down; empty where none has."""

    moves: tuple[Done | Answered, ...]
    spent: Spend
    tree: str
    question: Question | None = None
    coverage: Mapping[str, object] = field(default_factory=dict)
    run: str = ""  # its id

    @property
    def steps(self) -> Iterator[Done]:
        return (move for move in self.moves if isinstance(move, Done))


def earlier(
    events: Sequence[Event], answer: str | None, find: Callable[[str], Sequence[Event]]
) -> Earlier:
    """Read the steps of a run from its events.

    Args:
        answer: the user's answer to the question of a run that was deferred.
        find: the events of a run, by its id.
    Raises:
        UsageError: the run ended in a way that leaves nothing to go on with.
    """
    start = _start(events)
    end = next((e.data for e in events if e.kind == "run_end"), None)
    outcome = "interrupted" if end is None else str(end.get("outcome"))
    question = (end or {}).get("question")
    if outcome == "deferred" and question and answer is None:
        raise UsageError(
            "that run has ended (deferred), with a question in its hand-over",
            hint="answer it with --answer TEXT, or start afresh without --resume",
        )
    if outcome not in ("interrupted", "deferred") or (outcome == "deferred" and not question):
        raise UsageError(
            f"that run has ended ({outcome}); there is nothing to go on with", hint=FRESH
        )
    if answer is not None and not isinstance(question, Mapping):
        raise UsageError(
            "that run has asked nothing, so there is nothing to answer",
            hint="leave --answer out",
        )
    return Earlier(
        tuple(_moves(events, find)),
        _spent(events),
        str(start.get("tree", "")),
        decode(Question, dict(question)) if isinstance(question, Mapping) else None,
        _coverage(events, find),
        events[0].run,
    )


def restore(
    state: State,
    past: Earlier,
    advance: Callable[[State, Quote, Result], State],
    hear: Callable[[State, Answered], State],
) -> State:
    """The state as the earlier run left it: every result learned and every answer heard again."""
    for move in past.moves:
        if isinstance(move, Answered):
            state = hear(state, move)
        else:
            state = advance(state, move.decision.quote, move.result)
    return state


def _start(events: Sequence[Event]) -> Mapping[str, object]:
    start = next((e.data for e in events if e.kind == "run_start"), None)
    if start is None:
        raise UsageError("that trace has no beginning", hint=FRESH)
    return start


def _moves(
    events: Sequence[Event], find: Callable[[str], Sequence[Event]]
) -> Iterator[Done | Answered]:
    if before := str(_start(events).get("resumes") or ""):
        yield from _moves(find(before), find)
    open_decision: Decision | None = None
    for event in events:
        if event.kind == "decision":
            open_decision = decode(Decision, dict(event.data))
        elif event.kind == "tool" and event.data.get("name") == ANSWER:
            yield decode(Answered, _part(event.data, "answered"))
        elif event.kind == "outcome" and open_decision is not None:
            booking = decode(Booking, _part(event.data, "booking"))
            result = _whole(decode(Result, _part(event.data, "result")))
            yield Done(open_decision, booking, result)


def _coverage(
    events: Sequence[Event], find: Callable[[str], Sequence[Event]]
) -> Mapping[str, object]:
    """The latest, of this run or of those before it."""
    for event in reversed(events):
        if event.kind == "tool" and event.data.get("name") == COVERAGE:
            return _part(event.data, "traced")
    before = str(_start(events).get("resumes") or "")
    return _coverage(find(before), find) if before else {}


def _spent(events: Sequence[Event]) -> Spend:
    """All of it, with what the runs before it spent."""
    spent = _spend(_start(events).get("spent"))
    for event in events:
        if event.kind == "outcome":
            spent += decode(Booking, _part(event.data, "booking")).spend
        elif event.kind in ("risk", "tool"):
            spent += _spend(event.data.get("spent"))
    return spent


def _whole(result: Result) -> Result:
    """The result without candidates that the trace does not hold whole (a secret was cut out)."""
    kept = [
        c for c in result.candidates if not any(REDACTED in (t or "") for t in c.files.values())
    ]
    return replace(result, candidates=tuple(kept))


def _spend(data: object) -> Spend:
    return decode(Spend, dict(data)) if isinstance(data, Mapping) else Spend()


def _part(data: Mapping[str, object], name: str) -> dict[str, Any]:
    part = data.get(name)
    return dict(part) if isinstance(part, Mapping) else {}
