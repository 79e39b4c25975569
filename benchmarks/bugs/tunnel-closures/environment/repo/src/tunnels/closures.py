from tunnels.work import Closure


def closures(works):
    """The closures that works make necessary, in order of time."""
    found = []
    for work in sorted(works):
        found.append(Closure(work.start, work.end, (work.reason,)))
    return found


def open_hours(found, start=0, end=168):
    """The gaps between closures, as (from, to)."""
    gaps = []
    for closure in found:
        if closure.start > start:
            gaps.append((start, closure.start))
        start = max(start, closure.end)
    if start < end:
        gaps.append((start, end))
    return gaps


def is_open(found, hour):
    return not any(closure.start <= hour < closure.end for closure in found)
