"""Choosing among releases."""

from ladder.limits import allows
from ladder.rung import is_final, rung


def newest(releases, limits="", candidates=False):
    """The newest release inside the limits, or None. Candidates only when asked for."""
    fitting = [
        release
        for release in releases
        if allows(limits, release) and (candidates or is_final(release))
    ]
    return max(fitting, key=rung, default=None)


def since(releases, installed):
    """Releases that came after the installed one, oldest first."""
    return sorted((r for r in releases if rung(r) > rung(installed)), key=rung)
