"""One gate. The table says everything; an event that it does not name changes nothing."""

from museum.states import Event, State


class Gate:
    """A ticket opens it for one visitor; whoever climbs over it meets the guard."""

    MOVES = {
        (State.LOCKED, Event.TICKET): State.OPEN,
        (State.LOCKED, Event.CLIMB): State.ALARM,
        (State.OPEN, Event.PUSH): State.OPEN,
        (State.OPEN, Event.CLIMB): State.ALARM,
        (State.ALARM, Event.RESET): State.LOCKED,
    }

    def __init__(self, name):
        self.name = name
        self.state = State.LOCKED
        self.visitors = 0
        self.alarms = 0

    def happens(self, event):
        """Take in an event; returns the state after it."""
        before = self.state
        self.state = self.MOVES.get((before, event), before)
        if before is State.OPEN and event is Event.PUSH:
            self.visitors += 1
        if self.state is State.ALARM and before is not State.ALARM:
            self.alarms += 1
        return self.state
