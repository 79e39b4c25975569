"""Parts and what they are made of."""

from __future__ import annotations

from dataclasses import dataclass, field


class UnknownPart(LookupError):
    pass


@dataclass
class Part:
    name: str
    cents: int = 0
    needs: dict[str, int] = field(default_factory=dict)

    @property
    def bought(self) -> bool:
        """Bought parts are made of nothing."""
        return not self.needs


class Catalogue:
    def __init__(self) -> None:
        self._parts: dict[str, Part] = {}

    def add(self, name: str, cents: int = 0, **needs: int) -> Part:
        """Enter a part; `needs` says how many of which other parts go into one."""
        if name in self._parts:
            raise ValueError(f"{name} is there already")
        self._parts[name] = Part(name, cents, needs)
        return self._parts[name]

    def __getitem__(self, name: str) -> Part:
        try:
            return self._parts[name]
        except KeyError:
            raise UnknownPart(name) from None

    def __contains__(self, name: str) -> bool:
        return name in self._parts
