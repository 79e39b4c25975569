"""Teams and their legs."""

from dataclasses import dataclass

from relay.reading import read

RUNNERS = 4


@dataclass(frozen=True)
class Leg:
    runner: str
    time: int


@dataclass(frozen=True)
class Team:
    name: str
    legs: tuple

    @classmethod
    def called(cls, name, *calls):
        """A team from calls such as "Ada 58.3"."""
        return cls(name, tuple(_leg(call) for call in calls))

    def time(self):
        """The time of the whole team; None unless all four came in."""
        if len(self.legs) < RUNNERS:
            return None
        return sum(leg.time for leg in self.legs)

    def fastest(self):
        """The leg that took least time."""
        return min(self.legs, key=lambda leg: leg.time)


def _leg(call):
    runner, _, time = call.rpartition(" ")
    return Leg(runner, read(time))
