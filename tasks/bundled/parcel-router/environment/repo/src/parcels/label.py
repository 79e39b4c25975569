"""Labels as they stick on parcels: "Mill / Ada / 1200 g"."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    place: str
    name: str
    grams: int


def read_label(text):
    """Read a label. Raises ValueError with the text that could not be read."""
    parts = [part.strip() for part in text.split("/")]
    if len(parts) != 3 or not parts[2].endswith(" g"):
        raise ValueError(f"not a label: {text!r}")
    place, name, weight = parts
    return Label(place, name, int(weight.removesuffix(" g")))
