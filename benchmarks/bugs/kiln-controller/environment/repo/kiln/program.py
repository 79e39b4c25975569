"""Firing programs as potters write them."""

import re
from dataclasses import dataclass

_STEP = re.compile(r"(\d+)\s*C\s*/\s*(\d+)\s*min")


@dataclass(frozen=True)
class Step:
    """Reach `celsius`, then hold it for `minutes`."""

    celsius: int
    minutes: int


def read_program(text):
    """Steps of a text such as "600 C / 20 min, 1240 C / 10 min"."""
    steps = []
    for part in text.split(","):
        match = _STEP.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"not a step: {part.strip()!r}")
        steps.append(Step(*map(int, match.groups())))
    return tuple(steps)


def shortest_minutes(steps):
    """How long a program holds in all, ramps not counted."""
    return sum(step.minutes for step in steps)
