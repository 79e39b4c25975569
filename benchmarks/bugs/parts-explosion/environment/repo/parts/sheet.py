"""Prints the work sheet."""

from parts.catalogue import Catalogue
from parts.explosion import build_order


def work_sheet(catalogue: Catalogue, name: str) -> list[str]:
    """Numbered steps for the workshop; bought parts are no work."""
    steps = [part for part in build_order(catalogue, name) if not catalogue[part].bought]
    return [f"{number}. build {part}" for number, part in enumerate(steps, start=1)]
