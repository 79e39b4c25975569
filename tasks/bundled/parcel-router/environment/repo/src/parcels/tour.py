"""A round with several parcels, delivered in the order of the labels."""

from parcels.route import quickest


def tour(town, depot, stops):
    """(minutes, places) from the depot over all stops and back."""
    total, way = 0, [depot]
    for stop in [*stops, depot]:
        minutes, leg = quickest(town, way[-1], stop)
        total += minutes
        way.extend(leg[1:])
    return total, way
