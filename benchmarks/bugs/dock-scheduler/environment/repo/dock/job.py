from dataclasses import dataclass, field


@dataclass(eq=False)
class Job:
    """Something to do. `every` makes it come again after so many minutes."""

    name: str
    action: object = None
    every: int = 0
    cancelled: bool = False
    runs: list = field(default_factory=list)

    def __call__(self, minute):
        self.runs.append(minute)
        return self.action(minute) if self.action else None
