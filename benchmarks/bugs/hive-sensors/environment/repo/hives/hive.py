"""One hive and its sensors."""

from hives.limits import NORMAL


class UnknownSensor(KeyError):
    pass


class Hive:
    kind = "langstroth"
    limits = NORMAL
    readings = {}

    def __init__(self, name, keeper=None):
        self.name = name
        self.keeper = keeper

    def record(self, sensor, value):
        """Enter a reading. Raises UnknownSensor."""
        if sensor not in self.limits:
            raise UnknownSensor(sensor)
        self.readings.setdefault(sensor, []).append(value)

    def latest(self, sensor):
        values = self.readings.get(sensor)
        return values[-1] if values else None

    def change(self, sensor):
        """Difference of the last two readings; 0 with fewer."""
        values = self.readings.get(sensor, [])
        return values[-1] - values[-2] if len(values) > 1 else 0

    def alarms(self):
        """(sensor, verdict) of each latest reading that is not normal."""
        found = []
        for sensor in self.limits:
            value = self.latest(sensor)
            if value is not None and (verdict := self.limits[sensor].verdict(value)) != "ok":
                found.append((sensor, verdict))
        return found


class TopBarHive(Hive):
    """Lighter, so its weight has other limits."""

    kind = "top bar"
    limits = {**NORMAL, "weight": type(NORMAL["weight"])(8, 45)}
