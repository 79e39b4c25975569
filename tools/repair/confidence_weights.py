"""Weights of `confidence`, by feature. Assumed, until `benchmarks/fit_confidence.py` fits them."""

WEIGHTS = {
    "bias": 0.4,
    "trust": 2.5,
    "share": 0.8,
    "groups": -0.2,
    "members": 0.3,
    "failing": 0.3,
    "neighbours": 0.5,
    "passed": -0.8,
    "place": -0.8,
    "grows": -0.5,
    "shrinks": -0.8,
    "edits": -0.7,
    "literal": -0.7,
    "silences": -0.6,
    "compared": 0.0,
    "lost": -1.5,
    "changed": -0.5,
    "raises": -1.5,
    "heals": 0.2,
}
