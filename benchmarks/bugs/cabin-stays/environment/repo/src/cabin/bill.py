from __future__ import annotations

from cabin.stay import Stay

NIGHT = 8000
WEEKEND = 2500  # on top, nights to Saturday and to Sunday


def cents(stay: Stay) -> int:
    weekend = sum(night.weekday() in (4, 5) for night in stay)
    return stay.nights * NIGHT + weekend * WEEKEND
