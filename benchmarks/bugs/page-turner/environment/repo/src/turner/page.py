"""Cuts a sequence into pages, counted from one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class PageOutOfRange(LookupError):
    def __init__(self, number: int, pages: int) -> None:
        super().__init__(f"page {number} of {pages}")
        self.number = number
        self.pages = pages


@dataclass(frozen=True)
class Page(Generic[T]):
    number: int
    pages: int
    items: Sequence[T]
    first: int  # position of the first item in the whole, from one; 0 on an empty page

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1 if self.items else 0


class Paginator(Generic[T]):
    """Pages of a sequence.

    When the last page would have `orphans` items or fewer, they stand on the page before it.
    """

    def __init__(self, items: Sequence[T], per_page: int = 20, orphans: int = 0) -> None:
        if per_page < 1:
            raise ValueError("a page has room for one item at least")
        self._items = items
        self._per_page = per_page
        self._orphans = orphans

    @property
    def pages(self) -> int:
        """How many pages there are; an empty sequence has one."""
        hits = max(0, len(self._items) - self._orphans)
        return max(1, hits // self._per_page)

    def page(self, number: int) -> Page[T]:
        if not 1 <= number <= self.pages:
            raise PageOutOfRange(number, self.pages)
        start = (number - 1) * self._per_page
        stop = len(self._items) if number == self.pages else start + self._per_page
        items = self._items[start:stop]
        return Page(number, self.pages, items, start + 1 if items else 0)

    def __iter__(self) -> Iterator[Page[T]]:
        for number in range(1, self.pages + 1):
            yield self.page(number)
