"""Plans as they hang on the wall: "glue 15: saw, sand" is 15 minutes after saw and sand."""

from workshop.job import Job
from workshop.plan import Plan


def read_plan(text):
    """A plan from lines of text. Raises ValueError for a line that is none."""
    return Plan(_job(line) for line in text.splitlines() if line.strip())


def _job(line):
    head, _, tail = line.partition(":")
    name, _, minutes = head.strip().rpartition(" ")
    if not name or not minutes.isdigit():
        raise ValueError(f"not a job: {line.strip()!r}")
    after = tuple(part.strip() for part in tail.split(",") if part.strip())
    return Job(name, int(minutes), after)
