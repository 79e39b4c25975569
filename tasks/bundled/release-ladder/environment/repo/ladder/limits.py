"""Limits such as ">=1.2, <2": what somebody can live with."""

from ladder.compare import compare

_HOLDS = {
    ">=": lambda order: order >= 0,
    "<=": lambda order: order <= 0,
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    ">": lambda order: order > 0,
    "<": lambda order: order < 0,
}


def allows(limits, release):
    """Whether a release is inside all of the limits. No limits allow everything."""
    return all(_holds(limit.strip(), release) for limit in limits.split(",") if limit.strip())


def _holds(limit, release):
    for sign, holds in _HOLDS.items():
        if limit.startswith(sign):
            return holds(compare(release, limit.removeprefix(sign)))
    raise ValueError(f"not a limit: {limit!r}")
