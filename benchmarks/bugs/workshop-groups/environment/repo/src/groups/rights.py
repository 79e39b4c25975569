from __future__ import annotations

from groups.directory import Directory


class Rights:
    """Grants and refusals by group or person. A refusal to a person beats everything."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._granted: set[tuple[str, str]] = set()
        self._refused: set[tuple[str, str]] = set()

    def grant(self, who: str, what: str) -> None:
        self._granted.add((who, what))
        self._refused.discard((who, what))

    def refuse(self, who: str, what: str) -> None:
        self._refused.add((who, what))
        self._granted.discard((who, what))

    def may(self, person: str, what: str) -> bool:
        if (person, what) in self._refused:
            return False
        if (person, what) in self._granted:
            return True
        groups = self._directory.groups_of(person)
        if any((group, what) in self._refused for group in groups):
            return False
        return any((group, what) in self._granted for group in groups)

    def why(self, person: str, what: str) -> str:
        if not self.may(person, what):
            return f"{person} may not {what}"
        through = sorted(
            group
            for group in self._directory.groups_of(person)
            if (group, what) in self._granted
        )
        reason = f" as one of {', '.join(through)}" if through else ""
        return f"{person} may {what}{reason}"
