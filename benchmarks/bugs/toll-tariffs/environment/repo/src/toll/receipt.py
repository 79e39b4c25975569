"""The slip of paper."""

from __future__ import annotations

from toll.tariff import ROADS, fee_cents
from toll.vehicle import Vehicle


def receipt(road: str, vehicle: Vehicle) -> str:
    try:
        tariff = ROADS[road]
    except KeyError:
        raise LookupError(f"no tariff for {road!r}; there is {', '.join(sorted(ROADS))}") from None
    cents = fee_cents(vehicle, tariff)
    lines = [
        f"road      {road}",
        f"axles     {vehicle.axles()}",
        f"weight    {vehicle.tonnes():.1f} t",
        f"to pay    {cents // 100}.{cents % 100:02d}",
    ]
    if vehicle.resident:
        lines.append("          resident")
    return "\n".join(lines)
