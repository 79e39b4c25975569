"""All beacons along a coast."""

from collections import Counter

from beacon.lamp import Beacon
from beacon.states import State


class Coast:
    def __init__(self, *names):
        self.beacons = {name: Beacon(name) for name in names}

    def __getitem__(self, name):
        return self.beacons[name]

    def dusk(self):
        """Light what can be lit at once; returns names of those that stay dark."""
        dark = []
        for beacon in self.beacons.values():
            if beacon.state is State.OFF:
                beacon.become(State.ON)
            if not beacon.state.lit:
                dark.append(beacon.name)
        return dark

    def service_day(self):
        """Service every beacon that is off, and leave it off."""
        done = []
        for beacon in self.beacons.values():
            if beacon.state is State.OFF:
                beacon.become(State.SERVICE)
                beacon.become(State.OFF)
                done.append(beacon.name)
        return done

    def summary(self):
        counts = Counter(beacon.state for beacon in self.beacons.values())
        return ", ".join(f"{counts[state]} {state.value}" for state in State if counts[state])
