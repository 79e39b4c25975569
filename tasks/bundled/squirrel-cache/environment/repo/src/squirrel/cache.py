"""The hoard."""

from squirrel.entry import Entry
from squirrel.stats import Stats
from squirrel.ticks import Ticks

MISSING = object()


class Cache:
    """Keeps values of at most `room` in all, dropping the least recently used first.

    With `max_age`, a value buried more than that many ticks ago counts as gone.
    """

    def __init__(self, room, max_age=None, clock=None):
        if room < 1:
            raise ValueError("a cache needs room for one value at least")
        self.room = room
        self.max_age = max_age
        self.stats = Stats()
        self._clock = clock or Ticks()
        self._entries = {}

    def put(self, key, value, size=1):
        """Bury a value, and drop others until it fits. Too big a value is not kept."""
        self._entries.pop(key, None)
        if size > self.room:
            return
        while self.used_room() + size > self.room:
            self._drop_one()
        now = self._clock()
        self._entries[key] = Entry(value, buried_at=now, used_at=now, size=size)

    def get(self, key, default=None):
        """Dig a value up; the default if it was never there, was dropped or is stale."""
        now = self._clock()
        entry = self._entries.get(key)
        if entry is None or self._stale(entry, now):
            self.stats.misses += 1
            return default
        entry.used_at = now
        self.stats.hits += 1
        return entry.value

    def used_room(self):
        return sum(entry.size for entry in self._entries.values())

    def keys(self):
        """Keys of what is kept, longest buried first."""
        return sorted(self._entries, key=lambda key: self._entries[key].buried_at)

    def _stale(self, entry, now):
        return self.max_age is not None and entry.age(now) > self.max_age

    def _drop_one(self):
        victim = min(self._entries, key=lambda key: self._entries[key].buried_at)
        del self._entries[victim]
        self.stats.dropped += 1
