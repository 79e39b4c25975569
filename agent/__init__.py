"""The loop and the four layers: demand, action, supply, capital."""

__version__ = "0.1.0"
