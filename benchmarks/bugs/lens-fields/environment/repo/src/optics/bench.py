from __future__ import annotations

from optics.fields import Number
from optics.lens import Lens


class Bench:
    length = Number(1000.0, low=1)

    def __init__(self, length: float | None = None) -> None:
        if length is not None:
            self.length = length
        self.lenses: list[Lens] = []

    def put(self, lens: Lens) -> None:
        if lens.place > self.length:
            raise ValueError(f"{lens.label} does not stand on the bench")
        self.lenses.append(lens)
        self.lenses.sort(key=lambda other: other.place)

    def image_place(self, place: float = 0.0) -> float | None:
        """Where all lenses together show something that stands at a place."""
        for lens in self.lenses:
            image = lens.image(lens.place - place)
            if image is None:
                return None
            place = lens.place + image
        return place
