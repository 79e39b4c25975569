"""Split times for people who run far and count in two systems."""

from splits.plan import even_splits
from splits.races import RACES

__all__ = ["RACES", "even_splits"]
