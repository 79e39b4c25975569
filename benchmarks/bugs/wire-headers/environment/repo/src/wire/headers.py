from __future__ import annotations

from collections.abc import Iterator


class Headers:
    """Names and values in order; case does not matter when a name is looked up."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, str]] = {}

    def add(self, name: str, value: str) -> None:
        """One more line, also where the name is there already."""
        if not name or any(letter.isspace() or letter == ":" for letter in name):
            raise ValueError(f"not a header name: {name!r}")
        self._values[name.lower()] = (name, value.strip())

    def set(self, name: str, value: str) -> None:
        """The only line of that name."""
        self.remove(name)
        self.add(name, value)

    def remove(self, name: str) -> None:
        self._values.pop(name.lower(), None)

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of a name."""
        _, value = self._values.get(name.lower(), (name, default))
        return value

    def get_all(self, name: str) -> list[str]:
        return [value for key, (_, value) in self._values.items() if key == name.lower()]

    def __contains__(self, name: str) -> bool:
        return bool(self.get_all(name))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._values.values())

    def __len__(self) -> int:
        return len(self._values)
