"""Who did what, in order."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    number: int
    what: str
    variety: str
    packets: int


class Journal:
    def __init__(self):
        self.entries = []

    def note(self, what, variety, packets):
        entry = Entry(len(self.entries) + 1, what, variety, packets)
        self.entries.append(entry)
        return entry

    def of(self, variety):
        """The entries of one variety, oldest first."""
        return [entry for entry in self.entries if entry.variety == variety]
