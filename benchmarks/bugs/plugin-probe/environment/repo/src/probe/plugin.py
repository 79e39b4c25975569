from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Editor:
    """What plugins change."""

    commands: dict[str, Callable[[str], str]] = field(default_factory=dict)
    shortcuts: dict[str, str] = field(default_factory=dict)

    def run(self, command: str, text: str) -> str:
        return self.commands[command](text)


@dataclass(frozen=True)
class Plugin:
    name: str
    setup: Callable[[Editor], None]
    after: tuple[str, ...] = ()
    version: tuple[int, ...] = (1, 0)
