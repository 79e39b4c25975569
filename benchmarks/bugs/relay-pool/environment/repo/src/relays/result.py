from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What a station said, or why it said nothing."""

    station: str
    volts: float | None = None
    error: str = ""

    @property
    def ok(self) -> bool:
        return self.volts is not None and self.volts >= 11.5

    def __str__(self) -> str:
        if self.volts is None:
            return f"{self.station}: {self.error}"
        return f"{self.station}: {self.volts:.1f} V{'' if self.ok else ' low'}"
