"""Titles from file names, file names from titles."""

from __future__ import annotations

import re
import unicodedata

ENDINGS = (".tar.gz", ".txt", ".pdf", ".gz")


def split_ending(name: str) -> tuple[str, str]:
    """The name without its ending, and the ending; longer endings are known first."""
    lowered = name.lower()
    for ending in ENDINGS:
        if lowered.endswith(ending) and len(name) > len(ending):
            return name.rstrip(name[-len(ending) :]), ending
    return name, ""


def title(name: str) -> str:
    """Words of a file name: "2026-03_water_bill.pdf" is "2026-03 water bill"."""
    stem, _ = split_ending(name)
    return " ".join(stem.replace("_", " ").split())


def slug(text: str, ending: str = "") -> str:
    """A file name without spaces and accents for a title."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9-]+", "_", plain.lower()).strip("_") + ending
