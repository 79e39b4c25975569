"""Settings in layers: defaults, project file, environment, command line."""

from strata.load import Settings, load

__all__ = ["Settings", "load"]
