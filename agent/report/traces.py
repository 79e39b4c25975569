"""Traces as a person reads them: the runs of a repository, and one run decision by decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixit_runtime.agent.capital.outcomes import SEEN
from fixit_runtime.agent.capital.records import decode
from fixit_runtime.agent.capital.resume import ANSWER
from fixit_runtime.agent.capital.trace import Run, find_run, runs
from fixit_runtime.agent.economy import full_cost
from fixit_runtime.agent.report.text import money
from fixit_runtime.agent.seams import Answered, Booking, Decision, Event


def listing(state_dir: Path) -> str:
    """One line a run, newest first."""
    lines = [_summary(run) for run in reversed(runs(state_dir))]
    return "\n".join(lines or [f"no runs in {state_dir}"]) + "\n"


def shown(state_dir: Path, name: str) -> str:
    """Every decision of one run: the menu with its scores, the forecast beside the outcome.

    Raises:
        UsageError: there is no such run.
        TraceError: the file is no trace.
    """
    run = find_run(state_dir, name)
    lines = [f"run {run.id}  {run.path}"]
    for event in run.events:
        lines += _lines(event)
    lines += [f"warning: {warning}" for warning in run.warnings]
    return "\n".join(lines) + "\n"


def _summary(run: Run) -> str:
    start, end = _first(run.events, "run_start"), _first(run.events, "run_end")
    when = _when(run.events[0].t) if run.events else "-"
    outcome = str(end.get("outcome", "?")) if end else "unfinished"
    decisions = sum(e.kind == "decision" for e in run.events)
    return f"{run.id}  {when}  {outcome:<18} {decisions:>3} steps  {start.get('repository', '')}"


def _lines(event: Event) -> Iterator[str]:
    data = event.data
    if event.kind == "run_start":
        yield f"{_when(event.t)}  fixit {data.get('version')} on {data.get('repository')}"
        if data.get("resumes"):
            yield f"  goes on with {data['resumes']}"
    elif event.kind == "tool" and data.get("name") == "baseline":
        facts = _part(data, "facts")
        yield (
            f"  baseline: {len(facts.get('failing', []))} failing, "
            f"{len(facts.get('passing', []))} passing, {len(facts.get('flaky', []))} flaky"
        )
    elif event.kind == "tool" and data.get("name") == SEEN:
        used = data.get("estimators")
        yield f"  beliefs: {'; '.join(map(str, used)) if isinstance(used, list) else used}"
    elif event.kind == "tool" and data.get("name") == ANSWER:
        said = decode(Answered, _part(data, "answered"))
        yield f"  asked: {said.question.text}"
        yield f"  answered: {said.text}" + ("" if said.understood else " (not foreseen)")
    elif event.kind == "decision":
        yield from _decision(decode(Decision, data))
    elif event.kind == "llm":
        cost = data.get("cost_usd")
        usd = money(cost) if isinstance(cost, float) else "?"
        ending = data.get("error") or f"finish {data.get('finish')}"
        yield f"     call: {usd} ({data.get('billing')}), {ending}"
    elif event.kind == "outcome":
        yield _outcome(decode(Booking, _part(data, "booking")))
    elif event.kind == "risk":
        yield f"     broke off: {data.get('error')} in {data.get('option')}"
    elif event.kind == "run_end":
        yield f"{_when(event.t)}  {data.get('outcome')}: {data.get('reason')}"


def _decision(decision: Decision) -> Iterator[str]:
    yield (
        f"{decision.step + 1:>3}  {decision.chosen}: {decision.reason} "
        f"[{decision.policy}, propensity {decision.propensity:.2f}]"
    )
    for scored in decision.menu:
        quote = scored.quote
        mark = "->" if quote.option == decision.chosen else "  "
        yield (
            f"     {mark} {quote.option:<18} score {scored.score:>9.4f}  "
            f"P(accept) {quote.p_accept:.2f}  gain {quote.quality_gain:+.3f}  "
            f"full cost {money(full_cost(quote, decision.prices))}  "
            f"({', '.join(quote.sources)})"
        )


def _outcome(booking: Booking) -> str:
    return (
        f"     => {booking.verdict}: {booking.detail}  "
        f"cost {money(booking.spend.usd)} (forecast {money(booking.forecast_usd)}), "
        f"{booking.spend.seconds:.1f}s (forecast {booking.forecast_s:.1f}s), "
        f"P {booking.p_before:.2f} -> {booking.p_after:.2f}"
    )


def _first(events: Sequence[Event], kind: str) -> Mapping[str, object]:
    return next((e.data for e in events if e.kind == kind), {})


def _part(data: Mapping[str, object], name: str) -> dict[str, Any]:
    part = data.get(name)
    return dict(part) if isinstance(part, Mapping) else {}


def _when(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
