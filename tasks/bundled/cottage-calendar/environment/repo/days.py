"""Two ways to count days: the nights of a stay, and the days of a season."""

from datetime import timedelta

ONE_DAY = timedelta(days=1)


def nights(arrival, departure):
    """Each night of a stay by the date of its evening; nobody sleeps on the day of departure."""
    return [arrival + n * ONE_DAY for n in range((departure - arrival).days)]


def days(first, last):
    """Each day of a period, its last day included."""
    return [first + n * ONE_DAY for n in range((last - first).days)]


def is_weekend_night(day):
    """Friday and Saturday nights."""
    return day.weekday() in (4, 5)
