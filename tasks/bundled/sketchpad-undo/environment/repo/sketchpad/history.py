"""Second thoughts, and third ones."""


class History:
    """What was drawn on a canvas, in order; it can be undone and done again.

    A new stroke after an undo begins a new story: what was undone is gone.
    """

    def __init__(self, canvas, keep=100):
        self.canvas = canvas
        self.keep = keep
        self._done = []
        self._undone = []

    def draw(self, stroke):
        """Draw a stroke and remember it; only the last `keep` can be undone."""
        self._done.append((stroke, stroke.draw(self.canvas)))
        del self._done[: -self.keep]

    def undo(self):
        """Take the last stroke back. Returns whether there was one."""
        if not self._done:
            return False
        stroke, covered = self._done.pop()
        for (x, y), letter in reversed(covered):
            self.canvas.put(x, y, letter)
        self._undone.append(stroke)
        return True

    def redo(self):
        """Draw the last stroke taken back once more. Returns whether there was one."""
        if not self._undone:
            return False
        stroke = self._undone.pop()
        self._done.append((stroke, stroke.draw(self.canvas)))
        return True

    def forget(self):
        """Begin with a clean memory; the canvas stays as it is."""
        self._done.clear()
        self._undone.clear()

    def __len__(self):
        return len(self._done)
