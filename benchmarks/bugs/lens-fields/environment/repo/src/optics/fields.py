from __future__ import annotations

from typing import Any


class Field:
    """A checked attribute."""

    def __init__(self, default: Any = None) -> None:
        self.default = default
        self.name = "?"
        self._value = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object | None, owner: type | None = None) -> Any:
        return self._value

    def __set__(self, instance: object, value: Any) -> None:
        self._value = self.check(value)

    def check(self, value: Any) -> Any:
        """The value to keep. Raises ValueError or TypeError for others."""
        return value

    def _refuse(self, problem: str) -> ValueError:
        return ValueError(f"{self.name} {problem}")


class Number(Field):
    def __init__(self, default: float = 0.0, low: float = float("-inf"), zero: bool = True) -> None:
        super().__init__(default)
        self.low = low
        self.zero = zero

    def check(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"{self.name} must be a number, not {value!r}")
        if value < self.low:
            raise self._refuse(f"must be {self.low:g} or more")
        if not self.zero and value == 0:
            raise self._refuse("must not be 0")
        return float(value)


class Text(Field):
    def check(self, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._refuse("must be a text")
        return value.strip()
