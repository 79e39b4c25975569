"""What a gate can be, and what can happen to it."""

from enum import Enum


class State(Enum):
    LOCKED = "locked"
    OPEN = "open"
    ALARM = "alarm"


class Event(Enum):
    TICKET = "a valid ticket is shown"
    PUSH = "somebody walks through"
    CLIMB = "somebody climbs over"
    RESET = "the guard turns the key"
