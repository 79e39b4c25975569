"""In which order to build a rocking horse."""

from workshop.plan import Plan
from workshop.problems import CircularJobs, UnknownJob

__all__ = ["CircularJobs", "Plan", "UnknownJob"]
