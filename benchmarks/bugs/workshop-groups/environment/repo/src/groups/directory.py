from __future__ import annotations

from collections import defaultdict


class Directory:
    """Who belongs where. Names of people and of groups do not mix."""

    def __init__(self) -> None:
        self._parents: defaultdict[str, set[str]] = defaultdict(set)
        self._groups: set[str] = set()

    def put(self, member: str, group: str) -> None:
        """A person or a group becomes a member of a group."""
        if member == group:
            raise ValueError(f"{group} cannot be in itself")
        self._groups.add(group)
        self._parents[member].add(group)

    def take(self, member: str, group: str) -> None:
        self._parents[member].discard(group)

    def is_group(self, name: str) -> bool:
        return name in self._groups

    def direct(self, member: str) -> frozenset[str]:
        return frozenset(self._parents.get(member, ()))

    def groups_of(self, member: str) -> frozenset[str]:
        """All groups that somebody belongs to, in person or through other groups."""
        found = set(self.direct(member))
        for group in self.direct(member):
            found |= self.direct(group)
        return frozenset(found)

    def members(self, group: str) -> list[str]:
        """People in a group, groups not counted."""
        return sorted(
            name
            for name in list(self._parents)
            if not self.is_group(name) and group in self.groups_of(name)
        )
