"""The card beside a piece."""

import textwrap


def label(piece, width=32):
    """Lines of at most `width` letters: artist, title and year, credit."""
    title = f"{piece.title}, {piece.year}" if piece.year else piece.title
    lines = [piece.artist]
    for text in (title, piece.credit()):
        lines += textwrap.wrap(text, width)
    return lines


def guide(show):
    """The leaflet: rooms and the pieces in them."""
    lines = [show.name]
    for room in show.rooms:
        titles = ", ".join(piece.title for piece in show.inside(room)) or "-"
        lines.append(f"{room}: {titles}")
    return "\n".join(lines)
