"""Calls like those that were recorded: sent into the sandbox with `behaviour_probe.py`.
Python 3.8+, standard library only.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from fixit_runtime.tools.repair.behaviour_call import Call
from fixit_runtime.tools.repair.behaviour_inputs import variants

INPUTS = 240  # of all functions
OWN_INPUTS = 160  # so many are of the functions that candidates change, where they can be


class Made(NamedTuple):
    """A call to do, and what is known of it: recorded, passing, entry, target."""

    call: Call
    about: list[Any]


class _Way(NamedTuple):
    """Other values for one argument of a call."""

    call: Call
    about: list[Any]
    name: str
    others: Iterator[Any]


def inputs_of(recorded: list[tuple[Call, bool, bool, int]]) -> list[Made]:
    """Calls to do, with what is known of each; the recorded ones first."""
    chance = random.Random(0)
    made = [Made(call, [True, *about]) for call, *about in recorded]
    seen = {_key(call) for call, _ in made}
    pools: dict[tuple[int, str], list[Any]] = {}
    for call, _, _, _ in recorded:
        for name, value in call.values.items():
            pools.setdefault((id(call.function.__code__), name), []).append(value)
    ways: list[_Way] = [
        _Way(call, [False, *about], name, _others(call, name, pools, chance))
        for call, *about in recorded
        for name in call.values
        if name != "cls"
    ]
    own = [way for way in ways if way.about[-1] >= 0]
    _fill(made, seen, own, OWN_INPUTS)
    _fill(made, seen, ways, INPUTS)
    return made


def _fill(made: list[Made], seen: set[str], ways: list[_Way], most: int) -> None:
    """One call more by each way in turn, until there are as many as may be."""
    while ways and len(made) < most:
        left = []
        for way in ways:
            for value in way.others:
                new = way.call.changed(way.name, value)
                key = _key(new)
                if key and key not in seen and len(made) < most:
                    seen.add(key)
                    made.append(Made(new, way.about))
                left.append(way)
                break
        ways = left


def _others(
    call: Call, name: str, pools: dict[tuple[int, str], list[Any]], chance: random.Random
) -> Iterator[Any]:
    pool = pools[id(call.function.__code__), name]
    try:
        yield from islice(variants(call.values[name], chance), 3)
        yield from chance.sample(pool, min(len(pool), 2))
        yield from islice(variants(call.values[name], chance), 3, 24)
        if name != "self":
            yield None
    except Exception:  # an object that cannot be copied or looked into
        return


def _key(call: Call) -> str:
    try:
        return str(id(call.function.__code__)) + call.state()
    except Exception:
        return ""
