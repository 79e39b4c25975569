"""Distances that people enter for, in metres."""

RACES = {
    "5k": 5_000,
    "10k": 10_000,
    "half": 21_097.5,
    "marathon": 42_195,
}


def distance(name):
    """Length of a race in metres. Raises KeyError with the names that there are."""
    try:
        return RACES[name]
    except KeyError:
        raise KeyError(f"{name!r} is none of {', '.join(sorted(RACES))}") from None
