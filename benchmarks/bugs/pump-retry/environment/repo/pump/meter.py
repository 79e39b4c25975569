from __future__ import annotations

from pump.station import Station


def reading(station: Station) -> list[str]:
    """Litres a garden, thirstiest first, then the sum."""
    rows = sorted(station.pumped.items(), key=lambda row: (-row[1], row[0]))
    return [*(f"{garden:<10}{litres:>6} l" for garden, litres in rows), f"{'all':<10}{station.total():>6} l"]
