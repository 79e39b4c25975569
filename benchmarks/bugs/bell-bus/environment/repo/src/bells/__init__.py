"""Events inside one program."""

from bells.bus import Bus
from bells.subscription import Subscription

__all__ = ["Bus", "Subscription"]
