from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_LINE = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d) "
    r"(?P<level>[A-Z]+) "
    r"\[(?P<service>\w+)\] "
    r"(?P<text>.*?)"
    r"(?: \((?P<ms>\d+) ms\))?"
)


@dataclass(frozen=True)
class Line:
    at: datetime
    level: str
    service: str
    text: str
    ms: int | None = None

    @property
    def severity(self) -> int:
        return LEVELS.index(self.level)


def parse(text: str) -> Line | None:
    """A line of a log; None when it is not one."""
    match = _LINE.fullmatch(text.rstrip())
    if match is None or match["level"] not in LEVELS:
        return None
    ms = int(match["ms"]) if match["ms"] else None
    at = datetime.fromisoformat(match["at"])
    return Line(at, match["level"], match["service"], match["text"], ms)
