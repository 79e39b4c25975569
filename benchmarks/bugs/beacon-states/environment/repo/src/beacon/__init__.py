from beacon.lamp import Beacon, NotAllowed
from beacon.states import State

__all__ = ["Beacon", "NotAllowed", "State"]
