"""The calendar for the fridge: one letter a day, a week a line."""

from days import days


def page(book, first, last):
    """A dot for a free night, the guest's initial for a taken one; weeks begin at `first`."""
    marks = [(book.guest_on(day) or ".")[0] for day in days(first, last)]
    weeks = [marks[n : n + 7] for n in range(0, len(marks), 7)]
    return "\n".join(" ".join(week) for week in weeks)
