"""Where a search stands: how many candidates of each order were consumed.

An order is made from what is known: without a plan from tracebacks, with one from its suspects.
As text: "1f2e3d4c:12,90ab12cd:40", orders by fingerprint, in the order they were begun. What else
stands between commas is left to `memory`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from fixit_runtime.agent.seams import Suspect

DIGITS = 9  # of a number that counts anything here
At = tuple[str, int]  # an order, by its fingerprint, and a place in it; the first is 1


def fingerprint(suspects: Iterable[Suspect]) -> str:
    """Eight hexadecimal digits of what an order is made from."""
    text = ";".join(f"{s.path}:{s.line}:{s.suspiciousness:.6f}" for s in suspects)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def parse(text: str) -> dict[str, int]:
    """Consumed candidates by fingerprint. What cannot be read counts as not begun."""
    found: dict[str, int] = {}
    for part in text.split(",") if text else ():
        name, _, number = part.partition(":")
        if name and number.isdecimal() and len(number) <= DIGITS:
            found[name] = int(number)
    return found


def written(consumed: dict[str, int]) -> str:
    """`parse` turned round."""
    return ",".join(f"{name}:{number}" for name, number in consumed.items())
