from __future__ import annotations

from collections.abc import Mapping


def divide(whole: int, shares: Mapping[str, int]) -> dict[str, int]:
    """Whole parts in proportion to the shares, in the order of the shares.

    Raises:
        ValueError: the whole or a share is negative, or there is nothing to divide by.
    """
    if whole < 0 or any(share < 0 for share in shares.values()):
        raise ValueError("neither the whole nor a share may be negative")
    total = sum(shares.values())
    if total == 0:
        raise ValueError("nobody has a share")
    return {name: whole * share // total for name, share in shares.items()}
