"""Seasons and what a night costs in them, in whole euros."""

from dataclasses import dataclass

from days import days, is_weekend_night

WEEKEND_EXTRA = 20


@dataclass(frozen=True)
class Season:
    """A named period of the year. `first` and `last` are both part of it."""

    name: str
    first: object
    last: object
    night: int

    def covers(self, day):
        return day in days(self.first, self.last)


class PriceList:
    """The seasons in order of precedence, and the price of a night outside all of them."""

    def __init__(self, seasons, usual):
        self.seasons = list(seasons)
        self.usual = usual

    def season_of(self, day):
        """The first season that covers the day, or None."""
        return next((season for season in self.seasons if season.covers(day)), None)

    def night(self, day):
        """Price of the night that begins on this day."""
        season = self.season_of(day)
        price = season.night if season else self.usual
        return price + WEEKEND_EXTRA if is_weekend_night(day) else price
