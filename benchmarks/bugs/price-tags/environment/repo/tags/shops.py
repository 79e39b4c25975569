from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """How amounts are written."""

    decimal: str = "."
    thousands: str = ","
    currency: str = "£"
    currency_first: bool = True


ENGLISH = Style()
DANISH = Style(",", ".", " kr.", currency_first=False)
SWISS = Style(".", "'", "Fr. ")


@dataclass(frozen=True)
class Shop:
    town: str
    style: Style = ENGLISH
    width: int = 24
