"""What the kiosk shows."""

from __future__ import annotations

from datetime import date, datetime

from ferry.timetable import Timetable


def day_list(table: Timetable, day: date) -> list[str]:
    """The sheet for a day; suspended sailings are struck out."""
    rows = []
    for sailing in table.on(day):
        note = "  -- suspended" if day in sailing.suspended else ""
        rows.append(f"{sailing.at:%H:%M} {sailing.to}{note}")
    return rows


def answer(table: Timetable, to: str, now: datetime) -> str:
    """A sentence for somebody who wants to go to a place."""
    found = table.next(to, now)
    if found is None:
        return f"No ferry to {to} this week."
    day, sailing = found
    when = "today" if day == now.date() else f"on {day:%A}"
    return f"The next ferry to {to} leaves {when} at {sailing.at:%H:%M}."
