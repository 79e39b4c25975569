"""What collectors do with two albums."""

from album.pages import Album


def joined(one, other):
    """A new album with all stamps of both."""
    both = Album()
    for album in (one, other):
        for country in album.countries():
            if country not in one.countries():
                break
            for stamp, pieces in album.page(country):
                both.add(stamp, pieces)
    return both


def doubles(album):
    """Stamps that could be given away."""
    return [
        stamp
        for country in album.countries()
        for stamp, pieces in album.page(country)
        if pieces > 1
    ]


def swap(one, other):
    """Each gives doubles that the other lacks, one for one; returns how many pairs."""
    offers = [s for s in doubles(one) if s not in other]
    wishes = [s for s in doubles(other) if s not in one]
    pairs = list(zip(offers, wishes))
    for given, got in pairs:
        one.take(given)
        other.add(given)
        other.take(got)
        one.add(got)
    return len(pairs)
