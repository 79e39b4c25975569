from __future__ import annotations

import json
from typing import Any

from scores.match import Match, SetScore
from scores.notation import read_sets


class Book:
    def __init__(self) -> None:
        self.matches: list[Match] = []

    def enter(self, home: str, guest: str, score: str = "", given_up: bool = False) -> Match:
        match = Match(home, guest, read_sets(score), given_up)
        self.matches.append(match)
        return match

    def table(self) -> list[tuple[str, int]]:
        """Won matches by player, best first, then by name."""
        won = {name: 0 for match in self.matches for name in (match.home, match.guest)}
        for match in self.matches:
            winner = match.winner()
            if winner is not None:
                won[winner] += 1
        return sorted(won.items(), key=lambda row: (-row[1], row[0]))

    def save(self) -> str:
        return json.dumps([_packed(match) for match in self.matches])

    @classmethod
    def load(cls, text: str) -> Book:
        book = cls()
        book.matches = [_unpacked(data) for data in json.loads(text)]
        return book


def _packed(match: Match) -> dict[str, Any]:
    data: dict[str, Any] = {
        "players": [match.home, match.guest],
        "sets": [[score.home, score.guest] for score in match.sets],
    }
    if match.given_up:
        data["given_up"] = True
    return data


def _unpacked(data: dict[str, Any]) -> Match:
    home, guest = data["players"]
    sets = [SetScore(games, others) for games, others in data["sets"]]
    return Match(home, guest, sets, data.get("given_up", False))
