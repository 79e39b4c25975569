from swim.entry import Entry
from swim.seeding import seed


class Meet:
    def __init__(self, lanes=6):
        if lanes < 1:
            raise ValueError("a pool has a lane at least")
        self.lanes = lanes
        self.entries = []
        self._times = {}

    def enter(self, name, hundredths=None):
        if any(entry.name == name for entry in self.entries):
            raise ValueError(f"{name} is entered already")
        self.entries.append(Entry(name, hundredths))

    def lane_of(self, name):
        return seed(self.entries, self.lanes)[name]

    def heat_list(self, heat):
        """Names by lane; None for an empty lane."""
        names = {slot.lane: name for name, slot in seed(self.entries, self.lanes).items()
                 if slot.heat == heat}
        return [names.get(lane) for lane in range(1, self.lanes + 1)]

    def time(self, heat, lane, hundredths):
        """The clock of a lane. Raises LookupError where nobody swims."""
        if not 1 <= lane <= self.lanes or self.heat_list(heat)[lane - 1] is None:
            raise LookupError(f"nobody in heat {heat}, lane {lane}")
        self._times[self.heat_list(heat)[lane - 1]] = hundredths

    def results(self):
        """(name, hundredths), fastest first."""
        return sorted(self._times.items(), key=lambda row: (row[1], row[0]))
