"""States of a beacon, and which may follow which."""

from enum import Enum


class State(Enum):
    OFF = "off"
    ON = "on"
    FAULT = "fault"
    SERVICE = "service"

    @property
    def lit(self):
        return self is State.ON

    def may_become(self, other):
        return other in FOLLOWS[self]


FOLLOWS = {
    State.OFF: {State.ON, State.SERVICE},
    State.ON: {State.OFF, State.FAULT},
    State.FAULT: {State.SERVICE},
    State.SERVICE: {State.ON},
}


def way(start, goal):
    """The shortest way from one state to another, both included; None when there is none."""
    ways = [[start]]
    seen = {start}
    for steps in ways:
        if steps[-1] is goal:
            return steps
        for state in State:
            if steps[-1].may_become(state) and state not in seen:
                seen.add(state)
                ways.append([*steps, state])
    return None
