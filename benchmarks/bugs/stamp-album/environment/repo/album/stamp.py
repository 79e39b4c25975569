from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Stamp:
    country: str
    year: int
    motif: str

    @classmethod
    def read(cls, line):
        """ "Iceland 1953 volcano"."""
        country, year, motif = line.split(maxsplit=2)
        return cls(country, int(year), motif)
