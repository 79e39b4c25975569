"""Why a step was chosen, in one sentence with numbers."""

from __future__ import annotations

from collections.abc import Sequence

from fixit_runtime.agent.economy import Action, Prices, Scored, full_cost


def reason(pick: Scored, ranked: Sequence[Scored], prices: Prices) -> str:
    """One sentence: why this step, or why none is worth its price."""
    chosen, cost = pick.quote, full_cost(pick.quote, prices)
    if chosen.action is Action.SUBMIT:
        return f"showing the patch is worth ${pick.score:.2f}, more than any further step"
    others = [s for s in ranked if s.quote.action is not Action.DEFER and s is not pick]
    if chosen.action is Action.DEFER:
        if not others:
            return "no step is left that the limits afford"
        best = max(others, key=lambda s: s.score)
        gain, price = best.quote.quality_gain, full_cost(best.quote, prices)
        return (
            f"the best step left ({best.quote.option}) buys {gain:+.2f} chance, worth "
            f"${prices.value_usd * gain:.3f} before risk, for ${price:.3f}: not worth its price"
        )
    gain = chosen.quality_gain
    return f"{gain:+.2f} chance of a right fix for ${cost:.4f}: surplus ${pick.score:.2f}"
