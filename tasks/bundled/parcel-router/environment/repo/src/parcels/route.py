"""The quickest way, by Dijkstra's method."""

import heapq


class Unreachable(LookupError):
    """No chain of streets leads there."""


def quickest(town, start, goal):
    """(minutes, places) of the quickest way, both ends included. Raises Unreachable."""
    best = {start: 0}
    came_from = {}
    waiting = [(0, start)]
    while waiting:
        spent, here = heapq.heappop(waiting)
        if here == goal:
            return spent, _way(came_from, start, goal)
        if spent > best[here]:
            continue
        for there in town.next_places(here):
            arrival = spent + town.minutes(there, here)
            if arrival < best.get(there, float("inf")):
                best[there] = arrival
                came_from[there] = here
                heapq.heappush(waiting, (arrival, there))
    raise Unreachable(f"no way from {start} to {goal}")


def _way(came_from, start, goal):
    way = [goal]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]
