from __future__ import annotations

import re

from scores.match import SetScore

_SET = re.compile(r"(\d+)-(\d+)")


def read_sets(text: str) -> list[SetScore]:
    """Sets from a text as `SetScore` writes it. Raises ValueError."""
    found = []
    for word in text.split():
        match = _SET.fullmatch(word)
        if match is None:
            raise ValueError(f"not a set: {word}")
        home, guest = match.groups()
        found.append(SetScore(int(home), int(guest)))
    return found
