"""Widths of columns, counted in the characters that a reader sees."""

import unicodedata


def width(text):
    """Letters on the board: an accent sits on its letter and takes no place of its own."""
    return sum(1 for sign in text if not unicodedata.combining(sign))


def widths(rows):
    """Width of the widest cell of each column."""
    return [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]


def fill(text, room, align="<"):
    """Fill a cell with blanks: "<" to the left, ">" to the right."""
    blanks = " " * (room - width(text))
    return blanks + text if align == ">" else text + blanks
