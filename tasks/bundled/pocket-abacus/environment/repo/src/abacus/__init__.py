"""Exact arithmetic for people who do not trust floating points.

    text -> tokens -> grammar -> tree -> Fraction

Each arrow is a module; `session` holds the conversation.
"""

from abacus.session import Session, evaluate

__all__ = ["Session", "evaluate"]
