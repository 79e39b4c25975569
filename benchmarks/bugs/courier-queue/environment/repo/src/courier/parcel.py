from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Parcel:
    number: int
    address: str
    tries: int = 0
    state: str = "waiting"  # waiting, delivered, returned
    remarks: list[str] = field(default_factory=list)


class NobodyHome(Exception):
    """Worth another try."""


class NoSuchAddress(Exception):
    """Not worth another try."""
