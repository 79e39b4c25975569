from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Work:
    """Work in a tunnel from one hour of the week up to another, which is not included."""

    start: int
    end: int
    reason: str

    def __post_init__(self):
        if not 0 <= self.start < self.end <= 168:
            raise ValueError(f"no such hours: {self.start} to {self.end}")

    @classmethod
    def read(cls, line):
        """ "8-10 wash the walls"."""
        hours, _, reason = line.strip().partition(" ")
        start, dash, end = hours.partition("-")
        if not dash or not reason:
            raise ValueError(f"not a work: {line!r}")
        return cls(int(start), int(end), reason.strip())


@dataclass(frozen=True)
class Closure:
    start: int
    end: int
    reasons: tuple

    @property
    def hours(self):
        return self.end - self.start
