"""The row of numbers below a list."""

from __future__ import annotations

from turner.page import Page

GAP = "…"


def navigation(page: Page[object], around: int = 1) -> list[str]:
    """Numbers to show: both ends, the page in brackets and its neighbours, gaps between."""
    shown = {1, page.pages}
    shown.update(range(page.number - around, page.number + around + 1))
    row: list[str] = []
    last = 0
    for number in sorted(n for n in shown if 1 <= n <= page.pages):
        if number - last == 2:
            row.append(str(last + 1))
        elif number - last > 2:
            row.append(GAP)
        row.append(f"[{number}]" if number == page.number else str(number))
        last = number
    return row


def caption(page: Page[object], total: int) -> str:
    if not page.items:
        return "nothing found"
    return f"{page.first} to {page.last} of {total}"
