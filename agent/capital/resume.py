"""Going on with an interrupted run: its decisions and results, replayed onto a fresh state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fixit_runtime.agent.capital.records import decode
from fixit_runtime.agent.capital.redact import REDACTED
from fixit_runtime.agent.economy import Quote
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.ledger import Spend
from fixit_runtime.agent.seams import Booking, Decision, Event, Result, State


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run did: its decisions, bookings and results in order, and all it spent."""

    decisions: tuple[Decision, ...]
    bookings: tuple[Booking, ...]
    results: tuple[Result, ...]
    spent: Spend
    tree: str


def earlier(events: Sequence[Event]) -> Earlier:
    """Read the steps of a run from its events.

    Raises:
        UsageError: the run ended by itself, so there is nothing to resume.
    """
    start = next((e.data for e in events if e.kind == "run_start"), None)
    if start is None:
        raise UsageError("that trace has no beginning", hint="start afresh without --resume")
    end = next((e.data for e in events if e.kind == "run_end"), None)
    if end is not None and end.get("outcome") != "interrupted":
        raise UsageError(
            f"that run has ended ({end.get('outcome')}); there is nothing to go on with",
            hint="start afresh without --resume",
        )
    decisions, bookings, results, spent = [], [], [], _spend(start.get("spent"))
    open_decision: Decision | None = None
    for event in events:
        if event.kind == "decision":
            open_decision = decode(Decision, dict(event.data))
        elif event.kind == "outcome" and open_decision is not None:
            decisions.append(open_decision)
            bookings.append(decode(Booking, _part(event.data, "booking")))
            results.append(_whole(decode(Result, _part(event.data, "result"))))
            spent += bookings[-1].spend
        elif event.kind == "risk" or event.kind == "tool":
            spent += _spend(event.data.get("spent"))
    return Earlier(
        tuple(decisions), tuple(bookings), tuple(results), spent, str(start.get("tree", ""))
    )


def restore(state: State, past: Earlier, advance: Callable[[State, Quote, Result], State]) -> State:
    """The state as the earlier run left it: every result learned again, in order."""
    for decision, result in zip(past.decisions, past.results, strict=True):
        state = advance(state, decision.quote, result)
    return state


def _whole(result: Result) -> Result:
    """The result without candidates that the trace does not hold whole (a secret was cut out)."""
    kept = [
        c for c in result.candidates if not any(REDACTED in (t or "") for t in c.files.values())
    ]
    return replace(result, candidates=tuple(kept))


def _spend(data: object) -> Spend:
    return decode(Spend, dict(data)) if isinstance(data, Mapping) else Spend()


def _part(data: Mapping[str, object], name: str) -> dict[str, Any]:
    part = data[name]
    return dict(part) if isinstance(part, Mapping) else {}
