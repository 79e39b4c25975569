from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SetScore:
    """Games of both players; `tie_break` are the points of its loser, where there was one."""

    home: int
    guest: int
    tie_break: int | None = None

    @property
    def home_won(self) -> bool:
        return self.home > self.guest

    def __str__(self) -> str:
        points = "" if self.tie_break is None else f"({self.tie_break})"
        return f"{self.home}-{self.guest}{points}"


@dataclass
class Match:
    home: str
    guest: str
    sets: list[SetScore] = field(default_factory=list)
    given_up: bool = False

    def winner(self) -> str | None:
        """Who won two sets; None while nobody has."""
        won = sum(score.home_won for score in self.sets)
        if won >= 2:
            return self.home
        return self.guest if len(self.sets) - won >= 2 else None

    def __str__(self) -> str:
        text = f"{self.home} - {self.guest} {' '.join(map(str, self.sets))}".rstrip()
        return text + (" ret." if self.given_up else "")
