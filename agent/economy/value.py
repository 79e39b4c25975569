"""What a step costs in all, and what stopping is worth: the terms of Eq. 1."""

from __future__ import annotations

from typing import TypeVar

from fixit_runtime.agent.economy.belief import NOTHING, Array, Belief, Worth
from fixit_runtime.agent.economy.quotes import Prices, Quote

Chance = TypeVar("Chance", float, Array)


def full_cost(quote: Quote, prices: Prices) -> float:
    """κ = ΔC + λ·ΔL + ρ·ΔR + ρ_irr·ΔR_irr + H, in USD (Eq. 1 and 6)."""
    return (
        prices.money * quote.cost_usd
        + prices.latency_usd_per_s * quote.latency_s
        + prices.risk_usd * quote.risk_events
        + prices.irreversible_usd * quote.irreversible_events
        + quote.oversight_usd
    )


def marginal_surplus(quote: Quote, prices: Prices) -> float:
    """Eq. 1 to the letter: V·ΔQ − κ of the next step alone."""
    return prices.value_usd * quote.quality_gain - full_cost(quote, prices)


def submit_value(chance: Chance, prices: Prices) -> Chance:
    """V·P − ρ·(1 − P) − H: what showing a candidate with this chance of being right is worth,
    and handing it over as far as was asked for."""
    return prices.value_usd * chance - prices.risk_usd * (1.0 - chance) - prices.handover_usd


def chance_needed(prices: Prices) -> float:
    """From which chance of being right on a candidate is worth showing: (ρ + H) / (V + ρ)."""
    return (prices.risk_usd + prices.handover_usd) / (prices.value_usd + prices.risk_usd or 1.0)


def stop_worth(belief: Belief, prices: Prices) -> Worth:
    """max(0, submit): stop here, showing the candidate if that is worth more than nothing.

    A candidate that still owes checks is worth what it is once they pass, less their cost:
    verification is quoted together with the submission that it makes worth something.
    """
    p_pass, chance, owed_usd = belief.owed()
    usd = p_pass * submit_value(chance, prices) - owed_usd
    return Worth(usd, p_pass * chance) if usd > 0 else NOTHING
