from __future__ import annotations

from optics.fields import Number, Text


class Lens:
    """A thin lens at a place on the bench; lengths in millimetres."""

    label = Text("lens")
    focal = Number(50.0, zero=False)
    place = Number(0.0, low=0)

    def __init__(self, focal: float, place: float, label: str | None = None) -> None:
        self.focal = focal
        self.place = place
        if label is not None:
            self.label = label

    def image(self, distance: float) -> float | None:
        """Distance of the image of something so far in front; None when it is at infinity."""
        if distance == self.focal:
            return None
        return self.focal * distance / (distance - self.focal)

    def magnification(self, distance: float) -> float | None:
        image = self.image(distance)
        return None if image is None else -image / distance
