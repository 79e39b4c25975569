"""Strokes can be drawn and taken back."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stroke:
    """A letter on some squares."""

    squares: tuple
    letter: str

    def draw(self, canvas):
        """Draw it; returns the stroke's opposite, as (square, letter) pairs."""
        covered = [((x, y), canvas.mark(x, y)) for x, y in self.squares]
        for x, y in self.squares:
            canvas.put(x, y, self.letter)
        return covered


def across(x, y, length, letter):
    """A stroke from left to right."""
    return Stroke(tuple((x + n, y) for n in range(length)), letter)


def down(x, y, length, letter):
    """A stroke from top to bottom."""
    return Stroke(tuple((x, y + n) for n in range(length)), letter)


def frame(x, y, wide, high, letter):
    """The outline of a box, each square once."""
    edge = {(x + n, y + m * (high - 1)) for n in range(wide) for m in (0, 1)}
    edge |= {(x + m * (wide - 1), y + n) for n in range(high) for m in (0, 1)}
    return Stroke(tuple(sorted(edge)), letter)
