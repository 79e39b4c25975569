"""An album has a page for each country, in alphabetical order."""

from collections import Counter

from album.stamp import Stamp


class Album:
    def __init__(self, *lines):
        self._pages = {}
        for line in lines:
            self.add(Stamp.read(line))

    def add(self, stamp, pieces=1):
        page = self._pages.setdefault(stamp.country, Counter())
        page[stamp] += pieces

    def take(self, stamp):
        """Remove one piece. Raises KeyError when there is none."""
        page = self._pages.get(stamp.country, Counter())
        if not page[stamp]:
            raise KeyError(stamp)
        page[stamp] -= 1
        if not page[stamp]:
            del page[stamp]
        if not page:
            del self._pages[stamp.country]

    def countries(self):
        return sorted(self._pages)

    def page(self, country):
        """Stamps of a country with their pieces, oldest first."""
        return sorted(self._pages.get(country, Counter()).items())

    def __len__(self):
        return sum(sum(page.values()) for page in self._pages.values())

    def __contains__(self, stamp):
        return stamp in self._pages.get(stamp.country, ())
