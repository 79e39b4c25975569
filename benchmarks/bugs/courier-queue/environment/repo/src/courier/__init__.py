"""Delivers parcels with a few couriers at a time."""

from courier.depot import Depot
from courier.parcel import Parcel

__all__ = ["Depot", "Parcel"]
