"""Weights of `confidence`, by feature, as `benchmarks/fit_confidence.py` fitted them."""

WEIGHTS = {
    "bias": 1.27,
    "trust": 3.471,
    "share": 2.193,
    "groups": -0.52,
    "members": 0.025,
    "failing": 0.839,
    "neighbours": 0.533,
    "passed": -0.586,
    "place": -1.662,
    "grows": -1.412,
    "shrinks": -1.213,
    "edits": -1.56,
    "literal": -0.704,
    "silences": -0.021,
    "compared": 0.87,
    "lost": -1.553,
    "changed": -0.233,
    "raises": -1.282,
    "heals": 1.064,
    "odd": -2.5,  # assumed, like the next: no rows of these four have been fitted yet
    "traced": 0.0,
    "covering": 0.0,
    "score": 0.0,
}
