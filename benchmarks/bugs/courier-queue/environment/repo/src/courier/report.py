from __future__ import annotations

from collections.abc import Iterable

from courier.parcel import Parcel


def report(parcels: Iterable[Parcel]) -> str:
    """One line a parcel that came back, with the last remark."""
    lines = [
        f"#{parcel.number} to {parcel.address}: {parcel.remarks[-1]}"
        for parcel in parcels
        if parcel.state == "returned"
    ]
    return "\n".join(lines) or "all delivered"
