from dataclasses import dataclass


@dataclass(frozen=True)
class Door:
    name: str
    roles: frozenset
    night: bool = False  # opens for its roles by night too


class Building:
    """Doors by name."""

    def __init__(self):
        self._doors = {}

    def door(self, name, *roles, night=False):
        self._doors[name] = Door(name, frozenset(roles), night)
        return self

    def __getitem__(self, name):
        return self._doors[name]

    def __iter__(self):
        return iter(sorted(self._doors))

    def __contains__(self, name):
        return name in self._doors
