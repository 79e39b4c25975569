"""Codes of places in the store: aisle, bay, place and a check digit."""

import re
from dataclasses import dataclass

from shelves.check import check_digit

_CODE = re.compile(r"([A-F])(\d{2})-(\d{3})/(\d)")


class BadCode(ValueError):
    pass


@dataclass(frozen=True, order=True)
class Place:
    aisle: str
    bay: int
    place: int

    def __post_init__(self):
        if not (self.aisle in "ABCDEF" and 1 <= self.bay <= 99 and 1 <= self.place <= 999):
            raise BadCode(f"no such place: {self.aisle} {self.bay} {self.place}")

    def code(self):
        """As printed on the label, e.g. "B07-042/5"."""
        body = f"{self.aisle}{self.bay}-{self.place}"
        return f"{body}/{check_digit(body)}"


def read_code(text):
    """The place of a scanned label. Raises BadCode."""
    match = _CODE.fullmatch(text.strip().upper())
    if match is None:
        raise BadCode(f"not a code: {text!r}")
    body = text.strip().upper().partition("/")[0]
    if check_digit(body) != int(match[4]):
        raise BadCode(f"wrong check digit: {text!r}")
    return Place(match[1], int(match[2]), int(match[3]))
