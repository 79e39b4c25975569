"""Hands parcels to couriers until all are done."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from courier.parcel import Parcel
from courier.round import Ring, attempt


class Depot:
    def __init__(self, ring: Ring, couriers: int = 2, most_tries: int = 3) -> None:
        self._ring = ring
        self._couriers = couriers
        self._most_tries = most_tries
        self.parcels: list[Parcel] = []

    def accept(self, *addresses: str) -> None:
        for address in addresses:
            self.parcels.append(Parcel(len(self.parcels) + 1, address))

    async def deliver(self) -> Counter[str]:
        """Deliver everything that waits; returns how many parcels are in which state."""
        queue: asyncio.Queue[Parcel] = asyncio.Queue()
        for parcel in self._waiting():
            queue.put_nowait(parcel)
        couriers = [asyncio.create_task(self._work(queue)) for _ in range(self._couriers)]
        await queue.join()
        for courier in couriers:
            courier.cancel()
        await asyncio.gather(*couriers, return_exceptions=True)
        return Counter(parcel.state for parcel in self.parcels)

    async def _work(self, queue: asyncio.Queue[Parcel]) -> None:
        while True:
            parcel = await queue.get()
            try:
                if await attempt(parcel, self._ring, self._most_tries):
                    queue.put_nowait(parcel)
            finally:
                queue.task_done()

    def _waiting(self) -> Iterable[Parcel]:
        return [parcel for parcel in self.parcels if parcel.state == "waiting"]
