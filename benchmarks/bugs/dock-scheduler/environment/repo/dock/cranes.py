"""Cranes are busy for a while with every ship."""

from dock.job import Job


class Crane:
    def __init__(self, scheduler, minutes=30):
        self.scheduler = scheduler
        self.minutes = minutes
        self.free_at = scheduler.now
        self.unloaded = []

    def unload(self, ship):
        """Queue a ship; returns the minute at which it will be done."""
        start = max(self.free_at, self.scheduler.now)
        self.free_at = start + self.minutes
        job = Job(f"unload {ship}", lambda minute: self.unloaded.append(ship))
        self.scheduler.at(self.free_at, job)
        return self.free_at
