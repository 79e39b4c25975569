"""Who swims where: the fastest in the last heat and in the middle lanes."""

from swim.entry import Slot


def lane_order(lanes):
    """Lanes from the best to the worst: 3, 4, 2, 5, 1, 6 for six of them."""
    middle = (lanes + 1) // 2
    return sorted(range(1, lanes + 1), key=lambda lane: (abs(lane - middle - 0.25), lane))


def seed(entries, lanes):
    """Slots by name. The first heat is the one that may have empty lanes."""
    ordered = sorted(entries, key=lambda entry: entry.sort_key())
    heats = -(-len(ordered) // lanes)
    slots = {}
    for position, entry in enumerate(ordered):
        heat = heats - position // lanes
        lane = lane_order(lanes)[position % lanes]
        slots[entry.name] = Slot(lane, heat)
    return slots
