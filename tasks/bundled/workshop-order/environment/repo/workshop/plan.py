"""All jobs of a piece, and orders to do them in."""

from workshop.problems import UnknownJob


class Plan:
    def __init__(self, jobs=()):
        self._jobs = {}
        for job in jobs:
            self.add(job)

    def add(self, job):
        """Describe a job; the same name again replaces it."""
        self._jobs[job.name] = job

    def job(self, name):
        """The job of a name. Raises UnknownJob."""
        if name not in self._jobs:
            raise UnknownJob(f"nobody has described {name!r}")
        return self._jobs[name]

    def order(self):
        """Names of all jobs, each after those that it waits for; else as they were added.

        Raises UnknownJob, and CircularJobs for jobs that wait for each other.
        """
        done = []
        for name in self._jobs:
            self._do(name, done)
        return done

    def earliest(self, name):
        """Minutes from the start until a job can begin, with enough hands for everything."""
        self.order()
        earlier = self.job(name).after
        return max((self.earliest(n) + self.job(n).minutes for n in earlier), default=0)

    def minutes(self):
        """Minutes for the whole piece, with enough hands for everything."""
        return max((self.earliest(n) + j.minutes for n, j in self._jobs.items()), default=0)

    def _do(self, name, done):
        if name in done:
            return
        for earlier in self.job(name).after:
            self._do(earlier, done)
        done.append(name)
