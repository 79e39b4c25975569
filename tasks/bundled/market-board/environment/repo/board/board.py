"""The board itself."""

from board.cells import amount, origin, price
from board.columns import fill, widths
from board.goods import cheapest_first

HEAD = ("Ware", "aus", "Menge", "Preis")


def board(goods):
    """The lines of the board, cheapest first, under a head and a ruler."""
    rows = [HEAD, *(_row(item) for item in cheapest_first(goods))]
    room = widths(rows)
    lines = [_line(row, room) for row in rows]
    return [lines[0], "─" * (sum(room) + 3 * (len(room) - 1)), *lines[1:]]


def _row(item):
    return item.name, origin(item.place), amount(item.grams), price(item.cents)


def _line(row, room):
    aligned = zip(row, room, "<<>>", strict=True)
    return " · ".join(fill(cell, width, align) for cell, width, align in aligned).rstrip()
