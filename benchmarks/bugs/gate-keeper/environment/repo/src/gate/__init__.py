"""Lets functions be called by those who may."""

from gate.guard import Denied, guarded
from gate.session import Session, acting_as

__all__ = ["Denied", "Session", "acting_as", "guarded"]
