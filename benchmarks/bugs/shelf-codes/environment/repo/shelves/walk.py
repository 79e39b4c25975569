"""The way of a picker through the store."""

from shelves.code import read_code


def route(codes):
    """Places in the order of the walk: aisles by letter, every second one backwards."""
    places = [read_code(code) for code in codes]
    aisles = {}
    for place in places:
        aisles.setdefault(place.aisle, []).append(place)
    way = []
    for index, aisle in enumerate(sorted(aisles)):
        way += sorted(aisles[aisle], reverse=index % 2 == 1)
    return way


def pick_list(codes):
    return [place.code() for place in route(codes)]
