"""Lenses on a bench, with fields that refuse nonsense."""

from optics.bench import Bench
from optics.lens import Lens

__all__ = ["Bench", "Lens"]
