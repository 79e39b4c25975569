"""Letters on squared paper."""


class Canvas:
    """`wide` by `high` squares; the square (0, 0) is at the top left."""

    def __init__(self, wide, high):
        self.wide = wide
        self.high = high
        self._marks = {}

    def mark(self, x, y):
        """The letter on a square, a dot where there is none."""
        return self._marks.get((x, y), ".")

    def put(self, x, y, letter):
        """Write a letter; a dot rubs it out. Raises IndexError beside the paper."""
        if not (0 <= x < self.wide and 0 <= y < self.high):
            raise IndexError(f"({x}, {y}) is not on the paper")
        if letter == ".":
            self._marks.pop((x, y), None)
        else:
            self._marks[x, y] = letter

    def __str__(self):
        rows = ["".join(self.mark(x, y) for x in range(self.wide)) for y in range(self.high)]
        return "\n".join(rows)
