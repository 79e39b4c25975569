"""The keyboard: one letter a command."""

from sketchpad.strokes import across, down


class Keys:
    """`r` and `d` draw two squares right or down from the cursor, `u` undoes, `y` redoes."""

    def __init__(self, history):
        self.history = history
        self.x = self.y = 0

    def press(self, keys):
        """Press keys one after the other; a key without a meaning is ignored."""
        for key in keys:
            if key == "r":
                self.history.draw(across(self.x, self.y, 2, "-"))
                self.x += 1
            elif key == "d":
                self.history.draw(down(self.x, self.y, 2, "|"))
                self.y += 1
            elif key == "u":
                self.history.undo()
            elif key == "y":
                self.history.redo()
