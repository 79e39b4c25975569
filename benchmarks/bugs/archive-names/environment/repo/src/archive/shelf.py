from __future__ import annotations

from dataclasses import dataclass

from archive.naming import slug, split_ending, title


@dataclass(frozen=True)
class Paper:
    title: str
    ending: str
    year: int | None


class Archive:
    """Papers under unique names."""

    def __init__(self) -> None:
        self._papers: dict[str, Paper] = {}

    def scan(self, name: str) -> str:
        """File a scanned paper; returns the name that it has in the archive."""
        _, ending = split_ending(name)
        words = title(name)
        paper = Paper(words, ending, _year(words))
        new = slug(words, ending)
        number = 2
        while new in self._papers:
            new = slug(f"{words} {number}", ending)
            number += 1
        self._papers[new] = paper
        return new

    def of_year(self, year: int | None) -> list[str]:
        return sorted(name for name, paper in self._papers.items() if paper.year == year)

    def catalogue(self) -> str:
        return "\n".join(f"{paper.title} ({name})" for name, paper in self._papers.items())


def _year(words: str) -> int | None:
    """The first word that begins with a year, as scanners write dates."""
    for word in words.split():
        head = word.split("-")[0]
        if len(head) == 4 and head.isdigit():
            return int(head)
    return None
