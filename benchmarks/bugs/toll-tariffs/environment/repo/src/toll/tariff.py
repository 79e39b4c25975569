"""From a vehicle to cents."""

from __future__ import annotations

from dataclasses import dataclass

from toll.vehicle import Fuel, Vehicle


@dataclass(frozen=True)
class Tariff:
    """Prices of one road, in cents.

    `heavy` is added for each axle that carries more than `limit` tonnes, trailers included.
    """

    base: int = 300
    axle: int = 150
    heavy: int = 400
    limit: float = 6.0
    resident_percent: int = 50


ROADS = {
    "coast": Tariff(),
    "pass": Tariff(base=500, axle=200, heavy=900, limit=5.0),
    "bypass": Tariff(base=0, axle=100, heavy=100),
}


def fee_cents(vehicle: Vehicle, tariff: Tariff) -> int:
    """What has to be paid; the first two axles are in the base price."""
    extra_axles = max(0, vehicle.axles() - 2)
    cents = tariff.base + extra_axles * tariff.axle + _heavy_cents(vehicle, tariff)
    if vehicle.fuel is Fuel.ELECTRIC:
        cents = cents * 3 // 4
    if vehicle.resident:
        cents = cents * (100 - tariff.resident_percent) // 100
    return cents


def _heavy_cents(vehicle: Vehicle, tariff: Tariff) -> int:
    units = [vehicle.front]
    if vehicle.trailer is not None:
        units.append(vehicle.trailer)
    cents = 0
    for unit in units:
        if unit.tonnes / vehicle.front.axles > tariff.limit:
            cents += vehicle.front.axles * tariff.heavy
    return cents
