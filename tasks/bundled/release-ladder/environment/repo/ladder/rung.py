"""A release number as a key that sorts by age. Everything else here rests on it."""

import re

_RELEASE = re.compile(r"v?(?P<numbers>\d+(?:\.\d+)*)(?:-?rc(?P<candidate>\d+))?")
FINAL = float("inf")


def rung(text):
    """A key for "1.10", "v1.10.0" or "2.0rc1": later releases have greater keys.

    Zeros at the end do not count, and a release candidate stands before its release.
    Raises ValueError for anything else.
    """
    match = _RELEASE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a release number: {text!r}")
    numbers = [number for number in match["numbers"].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    candidate = match["candidate"]
    return tuple(numbers), FINAL if candidate is None else int(candidate)


def is_final(text):
    """Whether a release is more than a candidate."""
    return rung(text)[1] == FINAL
