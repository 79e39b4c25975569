"""Equation 1, written once: what a step is worth, and which step to take.

Source: S. Zhu, *Agentic AI Systems Should Be Designed as Marginal Token Allocators*,
arXiv 2605.01214, Eq. 1-3. The index rule is Weitzman's (1979) for a yes/no outcome:
buy the attempt with the least cost per chance, and stop when nothing raises the worth.

    full cost      κ = ΔC + λ·ΔL + ρ·ΔR + ρ_irr·ΔR_irr + H
    submit         V·P − ρ·(1 − P)                                 defer = 0
    score(i)       −κ_i + Σ_o P(o | belief, i) · W(belief after o)
    W(b)           max(0, submit(b), index(b))
    index(b)       buy k = argmin κ_k / p_k while that raises W:
                   −κ_k + p_k · max(0, submit after accept) + (1 − p_k) · W(b after reject)

Both submits are those of the belief that the step leaves: what an attempt shows also moves the
candidate at hand.

One attempt with a perfect verifier makes score(i) = p·V − κ, which is Eq. 1. The
literal next-step rule (V·ΔQ − κ) is `marginal_surplus`; it is kept as a peer policy.

Everything is US dollars, seconds and probabilities. Nothing here does I/O.
"""

from fixit_runtime.agent.economy.belief import (
    NOTHING,
    TINY,
    Array,
    AtHand,
    Attempts,
    Belief,
    Owed,
    Worth,
    bayes,
)
from fixit_runtime.agent.economy.budget import split_budget
from fixit_runtime.agent.economy.quotes import (
    RISK_TO_VALUE,
    SECONDS_PER_HOUR,
    Action,
    Prices,
    Quote,
    Scored,
    Verdict,
)
from fixit_runtime.agent.economy.rule import DEPTH, rank, score, worth
from fixit_runtime.agent.economy.value import (
    chance_needed,
    full_cost,
    marginal_surplus,
    stop_worth,
    submit_value,
)

__all__ = [
    "DEPTH",
    "NOTHING",
    "RISK_TO_VALUE",
    "SECONDS_PER_HOUR",
    "TINY",
    "Action",
    "Array",
    "AtHand",
    "Attempts",
    "Belief",
    "Owed",
    "Prices",
    "Quote",
    "Scored",
    "Verdict",
    "Worth",
    "bayes",
    "chance_needed",
    "full_cost",
    "marginal_surplus",
    "rank",
    "score",
    "split_budget",
    "stop_worth",
    "submit_value",
    "worth",
]
