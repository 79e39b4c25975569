from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from trail.line import Line, parse


class Journal:
    """Lines in order of time. Indented lines go on with the text above them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.lines: list[Line] = []
        self.rejected: list[str] = []
        for text in texts:
            self._take(text)
        self.lines.sort(key=lambda line: line.at)

    def _take(self, text: str) -> None:
        if not text.strip():
            return
        if text[0].isspace() and self.lines:
            last = self.lines[-1]
            self.lines[-1] = replace(last, text=f"{last.text}\n{text.strip()}")
            return
        line = parse(text)
        if line is None:
            self.rejected.append(text)
        else:
            self.lines.append(line)

    def at_least(self, level: str) -> Iterator[Line]:
        from trail.line import LEVELS

        floor = LEVELS.index(level)
        return (line for line in self.lines if line.severity >= floor)

    def services(self) -> list[str]:
        return sorted({line.service for line in self.lines})
