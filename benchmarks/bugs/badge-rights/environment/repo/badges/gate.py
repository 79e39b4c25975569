"""The decision at the door."""

from datetime import time

NIGHT_FROM = time(22)
NIGHT_TO = time(6)


def is_night(clock):
    return clock >= NIGHT_FROM or clock < NIGHT_TO


class Gate:
    def __init__(self, building):
        self.building = building
        self.refusals = []

    def opens(self, badge, name, moment):
        """Whether the badge opens the door now; refusals are kept for the porter."""
        reason = self._refusal(badge, name, moment)
        if reason:
            self.refusals.append((badge.holder, name, reason))
        return reason is None

    def _refusal(self, badge, name, moment):
        if name not in self.building:
            return "no such door"
        door = self.building[name]
        if not badge.valid(moment.date()):
            return "expired"
        if not badge.roles & door.roles:
            return "not allowed"
        if is_night(moment.time()) and not door.night:
            return "closed at night"
        return None

    def reachable(self, badge, moment):
        """Names of all doors that would open; leaves no refusals."""
        return [name for name in self.building if self._refusal(badge, name, moment) is None]
