"""Where a record stands."""


def shelf_key(record):
    """By artist without "The", then by year, then by title."""
    artist = record.artist.casefold().removeprefix("the ")
    return artist, record.year, record.title.casefold()


def arranged(records):
    """The records from left to right."""
    return sorted(records, key=shelf_key)


def decades(records):
    """How many records of each decade, oldest first: {1970: 2, 1980: 1}."""
    counts = {}
    for record in sorted(records, key=lambda record: record.year):
        decade = record.year // 10 * 10
        counts[decade] = counts.get(decade, 0) + 1
    return counts
