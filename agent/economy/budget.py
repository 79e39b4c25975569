"""A budget divided among uses at equal marginal return (Eq. 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def split_budget(
    budget_usd: float,
    unit_prices: Mapping[str, float],
    quality: Callable[[Mapping[str, float]], float],
    *,
    slices: int = 1000,
) -> dict[str, float]:
    """Spend a budget in equal slices, each where it raises quality most (Eq. 2).

    At the end the marginal quality per dollar is equal over the uses in use. For
    Cobb-Douglas Q = A·Π t_i^α_i this tends to t_i = (α_i / Σα)·(B / p_i).

    Args:
        unit_prices: full price p_i of one unit of each use, USD, above 0.
        quality: Q of the units bought of each use. The first slice is shared by all uses, so
            that a complement is never priced at zero units.
    Returns: units bought of each use.
    Raises:
        ValueError: a price is not above 0, or the budget is negative.
    """
    if budget_usd < 0 or any(price <= 0 for price in unit_prices.values()):
        raise ValueError("the budget must be at least 0 and every unit price above 0")
    piece = budget_usd / slices
    units = {use: piece / len(unit_prices) / price for use, price in unit_prices.items()}
    for _ in range(slices - 1):
        gains = {
            use: quality({**units, use: units[use] + piece / price})
            for use, price in unit_prices.items()
        }
        best = max(gains, key=lambda use: gains[use])
        units[best] += piece / unit_prices[best]
    return units
