"""Friendly, firm, final."""

LETTERS = ((14, "friendly"), (28, "firm"), (42, "final"))


def letter(days_late):
    """Which letter goes out after so many days; None while there is time."""
    due = None
    for days, tone in LETTERS:
        if days_late >= days:
            due = tone
    return due
