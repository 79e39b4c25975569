"""A buffer of fixed size that forgets the oldest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Ring(Generic[T]):
    """Behaves like a list of the last `size` values, oldest first."""

    def __init__(self, size: int, values: Iterable[T] = ()) -> None:
        if size < 1:
            raise ValueError("a ring has room for one value at least")
        self._size = size
        self._slots: list[T] = []
        self._head = 0  # the slot that is written next once the ring is full
        self.extend(values)

    def append(self, value: T) -> None:
        if len(self._slots) < self._size:
            self._slots.append(value)
            return
        self._slots[self._head] = value
        self._head = (self._head + 1) % self._size

    def extend(self, values: Iterable[T]) -> None:
        for value in values:
            self.append(value)

    @property
    def full(self) -> bool:
        return len(self._slots) == self._size

    def __len__(self) -> int:
        return len(self._slots)

    def __iter__(self) -> Iterator[T]:
        yield from self._slots[: self._head]
        yield from self._slots[self._head :]

    def __getitem__(self, index: int) -> T:
        if not -len(self) <= index < len(self):
            raise IndexError(f"ring index {index} of {len(self)}")
        return self._slots[(self._head + index) % len(self._slots)]
