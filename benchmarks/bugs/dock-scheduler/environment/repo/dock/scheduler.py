import heapq


class Scheduler:
    """Simulated time in minutes; jobs run when time is moved past them."""

    def __init__(self, now=0):
        self.now = now
        self._heap = []

    def at(self, minute, job):
        """Run a job at a minute, which must not have passed."""
        if minute < self.now:
            raise ValueError(f"minute {minute} has passed")
        heapq.heappush(self._heap, (minute, job))
        return job

    def after(self, minutes, job):
        return self.at(self.now + minutes, job)

    def cancel(self, job):
        """Whatever is planned of the job does not happen."""
        job.cancelled = True

    def run_until(self, minute):
        """Move time; returns (minute, name) of the jobs that ran. Jobs may schedule others."""
        done = []
        while self._heap and self._heap[0][0] <= minute:
            self.now, job = heapq.heappop(self._heap)
            if job.cancelled:
                continue
            job(self.now)
            done.append((self.now, job.name))
            if job.every:
                self.at(self.now + job.every, job)
        self.now = minute
        return done

    def pending(self):
        """Names of the jobs to come, soonest first."""
        return [job.name for _, job in sorted(self._heap) if not job.cancelled]

    def __len__(self):
        return len(self.pending())
