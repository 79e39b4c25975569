"""One courier, one parcel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from courier.parcel import NobodyHome, NoSuchAddress, Parcel

Ring = Callable[[str], Awaitable[None]]


async def attempt(parcel: Parcel, ring: Ring, most_tries: int = 3) -> bool:
    """Try once; returns whether the parcel should be tried again."""
    parcel.tries += 1
    try:
        ring(parcel.address)
    except NobodyHome:
        parcel.remarks.append(f"try {parcel.tries}: nobody home")
        if parcel.tries < most_tries:
            return True
        parcel.state = "returned"
    except NoSuchAddress:
        parcel.remarks.append("no such address")
        parcel.state = "returned"
    else:
        parcel.state = "delivered"
    return False
