"""All hives of a bee yard."""


class Yard:
    def __init__(self, *hives):
        self._hives = {hive.name: hive for hive in hives}

    def feed(self, text):
        """Take lines such as "oak weight 40.5"; returns the lines that make no sense."""
        bad = []
        for line in text.splitlines():
            try:
                name, sensor, value = line.split()
                self._hives[name].record(sensor, float(value))
            except (ValueError, KeyError):
                bad.append(line)
        return bad

    def alarms(self):
        return [
            f"{hive.name}: {sensor} {verdict}"
            for hive in self._hives.values()
            for sensor, verdict in hive.alarms()
        ]

    def heaviest(self):
        """The hive that weighs most now; None without a reading."""
        weighed = [hive for hive in self._hives.values() if hive.latest("weight") is not None]
        return max(weighed, key=lambda hive: hive.latest("weight"), default=None)
