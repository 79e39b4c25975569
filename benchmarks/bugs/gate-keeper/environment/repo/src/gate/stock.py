"""What the gate is for."""

from __future__ import annotations

from gate.guard import guarded

_STOCK: dict[str, int] = {}


@guarded("stock:read")
def pieces(name: str) -> int:
    """How many there are."""
    return _STOCK.get(name, 0)


@guarded("stock:write")
def put(name: str, count: int) -> int:
    """Store pieces; returns how many there are now."""
    _STOCK[name] = _STOCK.get(name, 0) + count
    return _STOCK[name]


@guarded("stock:write")
def clear() -> None:
    _STOCK.clear()
