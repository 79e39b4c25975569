"""One job."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """Work of so many minutes that may begin when the jobs in `after` are done."""

    name: str
    minutes: int = 10
    after: tuple = ()
    tool: str | None = None
