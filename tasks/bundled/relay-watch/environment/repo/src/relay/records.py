"""The club's records."""


class Records:
    """Best time of each distance, in tenths."""

    def __init__(self):
        self._best = {}

    def offer(self, distance, time, who):
        """Enter a time; returns whether it is a record. Equal is not better."""
        if distance in self._best and time >= self._best[distance][0]:
            return False
        self._best[distance] = (time, who)
        return True

    def best(self, distance):
        return self._best.get(distance)
