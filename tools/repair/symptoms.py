"""How what the failing tests saw differs from what they wanted, in a few words each."""

from __future__ import annotations

from collections.abc import Iterator

from fixit_runtime.agent.seams import TestFacts
from fixit_runtime.tools.asserted import compared
from fixit_runtime.tools.probe_report import TIMED_OUT
from fixit_runtime.tools.repair.sorts import sort_of_value

_BOXES = (list, tuple, set, dict)
_FEW = 0.34


def symptoms(facts: TestFacts, text: str) -> frozenset[str]:
    """Words for the failing comparisons, and for how many of the tests fail.

    Args:
        text: what the reports say of the errors.
    """
    found = {word for got, wanted in compared(text) for word in _differences(got, wanted)}
    failing, passing = len(facts.failing), len(facts.passing)
    if passing == 0:
        found.add("all tests fail")
    elif failing / (failing + passing) <= _FEW:
        found.add("few tests fail")
    if failing == 1:
        found.add("one test fails")
    if any(report.error_type == TIMED_OUT for report in facts.reports):
        found.add("it hangs")
    return frozenset(found)


def _differences(got: object, wanted: object) -> Iterator[str]:
    sort, other = sort_of_value(got), sort_of_value(wanted)
    if sort != other:
        yield f"{sort} for {other}"
        return
    yield f"other {sort}"
    if isinstance(got, int | float) and isinstance(wanted, int | float):
        yield from _of_numbers(got, wanted)
    elif isinstance(got, str) and isinstance(wanted, str):
        yield from _of_texts(got, wanted)
    else:
        yield from _of_collections(got, wanted)


def _of_numbers(got: float, wanted: float) -> Iterator[str]:
    if abs(got - wanted) == 1:
        yield "one too many" if got > wanted else "one too few"
    elif got == -wanted:
        yield "other sign"
    elif got == 0:
        yield "nothing counted"
    else:
        yield "too much" if got > wanted else "too little"
    if isinstance(got, float) != isinstance(wanted, float):
        yield "whole for broken number"


def _of_texts(got: str, wanted: str) -> Iterator[str]:
    if got.lower() == wanted.lower():
        yield "other case"
    elif got.split() == wanted.split() or got.strip() == wanted.strip():
        yield "other white space"
    elif not got:
        yield "no text"
    elif got in wanted or wanted in got:
        yield "text cut" if len(got) < len(wanted) else "text too long"


def _of_collections(got: object, wanted: object) -> Iterator[str]:
    if not (isinstance(got, _BOXES) and isinstance(wanted, _BOXES)):
        return
    if len(got) != len(wanted):
        yield "too long" if len(got) > len(wanted) else "too short"
        if not got:
            yield "empty"
    elif isinstance(got, list) and isinstance(wanted, list):
        yield "same length"
        if sorted(map(repr, got)) == sorted(map(repr, wanted)):
            yield "other order"
